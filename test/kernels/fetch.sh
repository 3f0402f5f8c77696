#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Downloads the kernels that the matrix boots, once, into the user's cache.
# usage: fetch.sh [SERIES...]     5.10 6.1 6.12 by default; a series that is there already is kept
#
# $XDG_CACHE_HOME/kernwise/kernels/RELEASE/ then holds `vmlinuz` and the modules that a scratch disk
# needs. The archive is the one this machine's apt is configured with; nothing of /etc/apt changes.
set -euo pipefail

# Series, Debian suite that carries it.
declare -A SUITES=([5.10]=bullseye [6.1]=bookworm [6.12]=bookworm-backports)
# In the order in which they depend on each other; those that are built in have no file.
MODULES=(virtio virtio_ring virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk)
META=linux-image-cloud-amd64

cache=${XDG_CACHE_HOME:-${HOME:?}/.cache}/kernwise/kernels

fail() { printf 'fetch.sh: %s\n' "$*" >&2; exit 1; }

archive_address() {
  local address=""
  if [ -f /etc/apt/sources.list.d/debian.sources ]; then
    address=$(awk '/^URIs:/{print $2; exit}' /etc/apt/sources.list.d/debian.sources)
  elif [ -f /etc/apt/sources.list ]; then
    address=$(awk '$1 == "deb" {for (i = 2; i <= NF; i++) if ($i ~ /:\/\//) {print $i; exit}}' \
      /etc/apt/sources.list)
  fi
  [ -n "$address" ] || fail "no Debian archive is configured in /etc/apt"
  printf '%s\n' "$address"
}

# An apt of its own that knows one suite only: apt_of FOLDER COMMAND...
apt_of() {
  local root=$1 tool=$2
  shift 2
  "$tool" -q -o Dir::Etc::sourcelist="$root/sources.list" -o Dir::Etc::sourceparts=- \
    -o Dir::State::lists="$root/lists" -o Dir::Cache="$root/cache" -o APT::Sandbox::User=root \
    -o Acquire::Languages=none -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false "$@"
}

# store FOLDER PACKAGE_FILE: unpacks what a boot needs and moves it into place in one step.
store() {
  local work=$1 package=$2 release module file
  dpkg-deb -x "$package" "$work/root"
  release=$(basename "$work"/root/boot/vmlinuz-*)
  release=${release#vmlinuz-}
  mkdir -p "$work/$release/modules"
  cp "$work/root/boot/vmlinuz-$release" "$work/$release/vmlinuz"
  for module in "${MODULES[@]}"; do
    file=$(find "$work/root/lib/modules" -name "$module.ko*" -print -quit)
    case $file in
      "") continue ;;
      *.xz) xz -dc "$file" >"$work/$release/modules/$module.ko" ;;
      *) cp "$file" "$work/$release/modules/$module.ko" ;;
    esac
    printf '%s.ko\n' "$module" >>"$work/$release/modules/order"
  done
  mv "$work/$release" "$cache/$release"
  printf 'kernel %s is in the cache\n' "$release"
}

fetch() {
  local series=$1 suite=${SUITES[$1]:-} work package
  [ -n "$suite" ] || fail "unknown series '$series'; there are: ${!SUITES[*]}"
  compgen -G "$cache/$series.*/vmlinuz" >/dev/null && return 0
  work=$(mktemp -d "$cache/.fetch-XXXXXX")
  # shellcheck disable=SC2064  # the folder's name is wanted now
  trap "rm -rf '$work'" EXIT
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
  printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' \
    "$(archive_address)" "$suite" >"$work/sources.list"
  apt_of "$work" apt-get update >"$work/log" 2>&1 || { cat "$work/log" >&2; fail "suite $suite: not readable"; }
  package=$(apt_of "$work" apt-cache depends $META | awk '$1 == "Depends:" {print $2; exit}')
  [ -n "$package" ] || fail "suite $suite has no $META"
  (cd "$work" && apt_of "$work" apt-get download "$package") >>"$work/log" 2>&1 ||
    { cat "$work/log" >&2; fail "cannot download $package"; }
  store "$work" "$(find "$work" -maxdepth 1 -name '*.deb' -print -quit)"
  rm -rf "$work"
  trap - EXIT
}

mkdir -p "$cache"
[ $# -gt 0 ] || set -- 5.10 6.1 6.12
for series in "$@"; do fetch "$series"; done
