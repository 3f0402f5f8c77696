#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds a Kubernetes control plane from its Go modules, once, into the user's cache.
# usage: build.sh [--minor 1.36|1.33] [--check]
#
# $KERNWISE_CACHE/controlplane/VERSION/ then holds etcd, kube-apiserver, kube-controller-manager,
# kube-scheduler, kubectl, kwok, kwok's stage files and `versions`; the folder's name is the last
# line of output. With --check nothing is built: the status is 1 when the folder is not there and 3
# when it could not be built either, and the reason is printed.
# KERNWISE_CACHE is $XDG_CACHE_HOME/kernwise by default.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# Minor, release. The wrapper's go.mod belongs to the first; another has go-VERSION.mod beside it.
declare -A RELEASES=([1.36]=1.36.3 [1.33]=1.33.13)
NEWEST=1.36
ETCD=3.6.16  # as go/etcd/go.mod names it
KWOK=0.8.0
GO_MINOR=26  # the oldest Go 1.x that the modules accept
KUBERNETES_PROGRAMS=(kubectl kube-scheduler kube-controller-manager kube-apiserver)

cache=${KERNWISE_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/kernwise}/controlplane

fail() { printf 'build.sh: %s\n' "$*" >&2; exit 1; }
misuse() { printf 'build.sh: %s\n' "$*" >&2; exit 2; }

# Says why nothing can be built here; silent and successful when it can.
go_missing() {
  local minor
  PATH=$PATH:/usr/local/go/bin
  command -v go >/dev/null || { printf 'Go is not installed\n'; return 1; }
  minor=$(go env GOVERSION | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
  [ "${minor:-0}" -ge $GO_MINOR ] ||
    { printf '%s is too old, 1.%s is needed\n' "$(go env GOVERSION)" $GO_MINOR; return 1; }
}

versions() { printf 'kubernetes %s\netcd %s\nkwok %s\n' "$version" $ETCD $KWOK; }

is_built() { versions | cmp -s - "$cache/$version/versions"; }

# go_build MODULE_FOLDER OUTPUT PACKAGE [FLAG...]
go_build() {
  local folder=$1 output=$2 package=$3 begin=$SECONDS
  shift 3
  printf '    %s ... ' "$(basename "$output")"
  (cd "$here/go/$folder" && CGO_ENABLED=0 GOTOOLCHAIN=local GOWORK=off \
    go build -trimpath -buildvcs=false -o "$output" "$@" "$package") 2>"$work/log" ||
    { printf 'failed\n'; cat "$work/log" >&2; fail "cannot build $(basename "$output")"; }
  printf '%d s\n' $((SECONDS - begin))
}

build_kubernetes() {
  local stamp=k8s.io/component-base/version minor=${version#1.} modfile=go.mod program
  [ "$version" = "${RELEASES[$NEWEST]}" ] || modfile=go-$version.mod
  for program in "${KUBERNETES_PROGRAMS[@]}"; do
    go_build kubernetes "$work/out/$program" "./cmd/$program" "-modfile=$modfile" -ldflags \
      "-s -w -X $stamp.gitVersion=v$version -X $stamp.gitMajor=1 -X $stamp.gitMinor=${minor%%.*}"
  done
}

# kwok is a program of its own module, and so are the stages that say how its nodes and pods behave.
build_kwok() {
  local begin=$SECONDS source
  printf '    kwok ... '
  GOBIN=$work/out CGO_ENABLED=0 GOTOOLCHAIN=local GOWORK=off GOFLAGS='-trimpath -buildvcs=false' \
    go install "sigs.k8s.io/kwok/cmd/kwok@v$KWOK" 2>"$work/log" ||
    { printf 'failed\n'; cat "$work/log" >&2; fail "cannot build kwok"; }
  source=$(cd "$work" && go mod download -json "sigs.k8s.io/kwok@v$KWOK" |
    sed -n 's/^[[:space:]]*"Dir": "\(.*\)",$/\1/p')
  mkdir "$work/out/stages"
  for stage in node/fast node/heartbeat-with-lease pod/fast; do
    find "$source/kustomize/stage/$stage" -name '*.yaml' ! -name kustomization.yaml |
      while read -r file; do
        install -m 644 "$file" "$work/out/stages/${stage//\//-}-$(basename "$file")"
      done
  done
  printf '%d s\n' $((SECONDS - begin))
}

build() {
  local begin=$SECONDS
  mkdir -p "$cache"
  exec 9>"$cache/.lock"
  flock -n 9 || { printf '    another build is running: waiting for it\n'; flock 9; }
  if is_built; then return; fi
  work=$(mktemp -d "$cache/.build-XXXXXX")
  trap 'rm -rf "$work"' EXIT
  mkdir "$work/out"
  go_build etcd "$work/out/etcd" . -ldflags '-s -w'
  build_kwok
  build_kubernetes
  versions >"$work/out/versions"
  rm -rf "${cache:?}/$version"
  mv "$work/out" "$cache/$version"
  printf '    control plane %s: %d s\n' "$version" $((SECONDS - begin))
}

minor=$NEWEST check=""
while [ $# -gt 0 ]; do
  case $1 in
    --minor) minor=${2:-}; shift 2 || misuse "--minor wants a value" ;;
    --check) check=yes; shift ;;
    *) misuse "unknown argument '$1'" ;;
  esac
done
version=${RELEASES[$minor]:-}
[ -n "$version" ] || misuse "unknown minor '$minor'; there are: ${!RELEASES[*]}"

if ! is_built; then
  go_missing || exit 3
  [ -z "$check" ] || { printf 'control plane %s is not built\n' "$version"; exit 1; }
  build
fi
printf '%s\n' "$cache/$version"
