#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=dash
# The first process of a matrix boot: mounts what a node has, pure cgroup v2 with its controllers,
# a scratch disk on /var/tmp; runs the test programs and powers off. The last line tells the result.
export PATH=/bin:/sbin HOME=/root
/bin/busybox --install -s /bin

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
mount -t cgroup2 cgroup /sys/fs/cgroup
mount -t tracefs tracing /sys/kernel/tracing
echo "+io +cpu +memory" >/sys/fs/cgroup/cgroup.subtree_control
ip link set lo up
# sysfs hands it out a page at a time, and each object that is loaded reads the whole.
cp /sys/kernel/btf/vmlinux /tmp/btf && mount --bind /tmp/btf /sys/kernel/btf/vmlinux

while read -r module; do insmod "/modules/$module"; done </modules/order
mount -t ext4 /dev/vda /var/tmp || echo "FAIL  no scratch disk"

# One filter a line.
set --
[ ! -f /filters ] || while read -r filter; do set -- "$@" "$filter"; done </filters

set -o pipefail
rows() { "$program" --reporter rows "$@" 2>&1 | tee /tmp/rows; }

# An emulated CPU stands still, clocks and all, whenever the machine below gives its time to another
# process, and a row that measures then sees what nobody did. So a test that failed runs once more,
# whole, and has to pass; a program that died before its last row has failed for good.
once_more() {
  tail -n 1 /tmp/rows | grep -q '^tests ' || return 1
  sed -n 's/^again //p' /tmp/rows | sed 's/[\,[]/\\&/g; s/.*/"&"/' >/tmp/again
  [ -s /tmp/again ] && rows --input-file /tmp/again
}

status=0
export KERNWISE_REQUIRE_KERNEL=1 KERNWISE_EMULATED=1
for program in /tests/*; do
  echo "run   ${program##*/} on $(uname -r)"
  rows "$@" || once_more || status=1
done
umount /var/tmp
echo "kernwise-matrix: exit $status"
poweroff -f
