/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Samples and stacks: what the sampling and the waiting programs hand to user space. The second
 * part of kernwise_abi.h, with its rules.
 */
#ifndef KERNWISE_STACKS_H
#define KERNWISE_STACKS_H

#include "kernwise_abi.h"

#define KW_STACK_DEPTH 48  /* user frames of a recorded stack */
#define KW_KERNEL_DEPTH 24 /* kernel frames of one */
#define KW_MAX_WAITS 512   /* threads of recorded containers that wait at the same time */

/* One 99 Hz tick of a container: who ran, and where. */
struct kw_sample {
	__u32 kind;
	__u32 slot;
	__u32 tgid;
	__u32 depth; /* 1, or 0 without a user stack */
	__u64 ip;
};

enum kw_record_what {
	KW_RECORD_CPU = 1,
	KW_RECORD_WAITS = 2,
};

/* Whether the stacks of a slot are wanted now, written by user space; what of them got lost. */
struct kw_record {
	__u32 what; /* KW_RECORD_* */
	__u32 pad_;
	__u64 since_ns;	    /* waits that began before count from here */
	__u64 lost_samples; /* ticks without their stack, by weight */
	__u64 lost_waits;   /* waits without theirs */
	__u64 lost_wait_ns;
};

/* A whole stack: of a tick, or of a wait that ended. */
struct kw_stack {
	__u32 kind; /* KW_RECORD_CPU or KW_RECORD_WAITS */
	__u32 slot;
	__u32 tgid;
	__u32 wait_class; /* of a wait: enum kw_class */
	__u64 amount;	  /* ticks, or nanoseconds of the wait */
	__u32 user_depth;
	__u32 kernel_depth;
	__u64 user[KW_STACK_DEPTH]; /* leaf first, as the next */
	__u64 kernel[KW_KERNEL_DEPTH];
};

/* A wait of a recorded container that has begun. */
struct kw_wait {
	__u64 start_ns; /* of the thread: its id may be somebody else's by now */
	__u64 since_ns;
	__u32 slot;
	__u32 tgid;
	__u32 wait_class;
	__u32 user_depth;
	__u64 user[KW_STACK_DEPTH];
};

KW_STATIC_ASSERT(sizeof(struct kw_sample) == 24, "kw_sample");
KW_STATIC_ASSERT(sizeof(struct kw_record) == 40, "kw_record");
KW_STATIC_ASSERT(sizeof(struct kw_stack) == 32 + 8 * (48 + 24), "kw_stack");
KW_STATIC_ASSERT(sizeof(struct kw_wait) == 32 + 8 * 48, "kw_wait");

#endif
