/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Counters of collectors that not every profile runs, each in a map of its own, so that a profile
 * pays for what it collects. The rules of kernwise_abi.h hold here too.
 */
#ifndef KERNWISE_COUNTERS_H
#define KERNWISE_COUNTERS_H

#include "kernwise_abi.h"

#define KW_MAX_TRACKED 16      /* system calls counted by name */
#define KW_MAX_SLOT_DISKS 2048 /* container and disk pairs */
#define KW_MAX_CALLS 16384     /* threads inside a tracked system call */

/* Of one container's TCP sockets. */
struct kw_net_counters {
	__u64 retransmits;
	__u64 drops;  /* packets of its sockets that the kernel threw away for a reason */
	__u64 rtt_ns; /* sum of the samples in rtt_hist */
	__u32 rtt_hist[KW_BUCKETS];
};

struct kw_memory_counters {
	__u64 oom_kills; /* processes of the container that were killed */
	__u64 major_faults;
};

/* One tracked system call of one container; at slot * KW_MAX_TRACKED + its index. */
struct kw_syscall_counters {
	__u64 calls;
	__u64 errors;
	__u64 ns; /* sum of the samples in hist */
	__u32 hist[KW_BUCKETS];
};

struct kw_slot_disk_key {
	__u32 slot;
	__u32 device; /* major in the upper half */
};

/* One disk as one container uses it. */
struct kw_slot_disk {
	__u64 ops[2]; /* read, write */
	__u64 bytes[2];
	__u64 ns; /* sum of the samples in hist */
	__u32 hist[KW_BUCKETS];
};

KW_STATIC_ASSERT(sizeof(struct kw_net_counters) == 104, "kw_net_counters");
KW_STATIC_ASSERT(sizeof(struct kw_memory_counters) == 16, "kw_memory_counters");
KW_STATIC_ASSERT(sizeof(struct kw_syscall_counters) == 104, "kw_syscall_counters");
KW_STATIC_ASSERT(sizeof(struct kw_slot_disk) == 120, "kw_slot_disk");

#endif
