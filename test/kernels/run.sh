#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Boots one kernel of the matrix in software emulation, runs test programs on it and prints what
# ran, what did not and why.
# usage: run.sh SERIES PROGRAM... [-- FILTER...]     the Catch2 filters go to each program
# exit: 0 all passed, 1 failed, 4 this machine lacks the means
set -euo pipefail

BOOT_LIMIT=420 # seconds for all programs of one kernel

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-${HOME:?}/.cache}/kernwise/kernels
series=${1:?usage: run.sh SERIES PROGRAM... [-- FILTER...]}
shift
programs=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do programs+=("$1"); shift; done
[ $# -eq 0 ] || shift

# Continuous integration has all the means: there a missing one is a failure.
missing() {
  printf 'run.sh: %s; ./dev test kernels installs and downloads what is needed\n' "$1" >&2
  if [ -n "${KERNWISE_REQUIRE_KERNEL:-}" ]; then exit 1; else exit 4; fi
}

for tool in qemu-system-x86_64 busybox cpio mke2fs; do
  command -v "$tool" >/dev/null || missing "no $tool"
done
kernel=$(compgen -G "$cache/$series.*/vmlinuz" | sort -V | tail -n 1) || missing "no kernel $series in $cache"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The programs with the libraries they are linked to, at the places where their loader looks.
copy_with_libraries() {
  local program=$1 library
  cp "$program" "$work/root/tests/"
  ldd "$program" | awk '$2 == "=>" {print $3; next} $1 ~ /^\// {print $1}' |
    while IFS= read -r library; do
      mkdir -p "$work/root$(dirname "$library")"
      cp -Ln "$library" "$work/root$library"
    done
}

build_initramfs() {
  mkdir -p "$work"/root/{bin,dev,etc,lib,lib64,modules,proc,root,sys,tests,tmp,var/tmp}
  cp "$(command -v busybox)" "$work/root/bin/busybox"
  install -m 755 "$here/init.sh" "$work/root/init"
  cp "$(dirname "$kernel")"/modules/* "$work/root/modules/"
  [ $# -eq 0 ] || printf '%s\n' "$@" >"$work/root/filters"
  local program
  for program in "${programs[@]}"; do copy_with_libraries "$program"; done
  (cd "$work/root" && find . | cpio --quiet -o -H newc) | gzip -1 >"$work/initramfs"
}

build_scratch_disk() {
  truncate -s 512M "$work/disk"
  mke2fs -q -t ext4 -F "$work/disk"
}

# Software emulation always: some hosts' kvm cannot run these kernels. A plain CPU, because its string
# and vector instructions are emulated slowly; without cmpxchg16b, on which 6.12 fails here. Both
# CPUs in one thread: in two, one may still run an instruction that the other has patched (the
# kernel switches its trace points on that way) and dies of the breakpoint that is gone.
boot() {
  timeout --foreground --kill-after=5 "$BOOT_LIMIT" qemu-system-x86_64 \
    -machine pc -accel tcg,thread=single -cpu qemu64,cx16=off -smp 2 -m 1024 \
    -nodefaults -no-reboot -display none -serial stdio \
    -kernel "$kernel" -initrd "$work/initramfs" \
    -append "console=ttyS0 quiet loglevel=3 panic=-1 psi=1 mitigations=off" \
    -drive "file=$work/disk,if=virtio,format=raw" </dev/null
}

build_initramfs "$@"
build_scratch_disk
status=0
boot | tr -d '\r' | tee "$work/console" || status=$?
[ "$status" -ne 124 ] || printf 'run.sh: stopped after %s s\n' "$BOOT_LIMIT" >&2
if grep -q '^kernwise-matrix: exit 0$' "$work/console"; then exit 0; fi
# Once more what failed: hundreds of lines above are of rows that passed.
printf 'run.sh: %s did not pass\n' "$series"
grep -aE '^FAIL|^run |panic|BUG:|Oops|[Ss]egfault|Aborted|AddressSanitizer' "$work/console" || true
exit 1
