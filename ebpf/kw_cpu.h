/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is kept of each CPU. Switches there write it, one at a time; user space reads it. */
#ifndef KW_CPU_H
#define KW_CPU_H

#include "kw_clock.h"

#define KW_KNOWN_CGROUPS 8 /* a power of two */

/* Where two sides without atomics that return a value tell each other: see kw_since.bpf.h. */
struct kw_turns {
	__u64 walked_ns; /* time up to here was counted by the task iterator */
	__u64 turns;	 /* only counted up, as a memory barrier */
};

struct kw_known_cgroup {
	__u64 id; /* 0 = none */
	__u32 slot;
	__u32 pad_;
};

/*
 * The thread that runs here. What its coming says is booked when it goes (or when a window ends),
 * so that a switch needs what is known of one thread only.
 */
struct kw_run {
	__u64 task;	   /* address of its task_struct, 0 = nobody who is followed */
	__u64 on_ns;	   /* on this CPU since (or since the last window's end) */
	__u64 came_ns;	   /* when it really came */
	__u64 css_set;	   /* address of the css_set that `slot` stands for */
	__u64 busy_since;  /* when the CPU last stopped being idle */
	__u64 inactive_ns; /* how long its container had been inactive when it came, 0 = it was not
			    */
	__u32 slot;	   /* its container, which counts as active while it runs */
	__u32 came_after;  /* slot of who ran before it */
	__u32 was_blocked; /* its container, while it was inactive */
	__u32 pad_;
};

struct kw_cpu {
	struct kw_clock clock;
	struct kw_run run;
	union {
		struct kw_turns turns; /* of run.on_ns, in the objects for older kernels */
		__u64 run_queue;       /* address of its struct rq, in all others */
	};
	/*
	 * Switches of threads that are not followed, voluntary and forced. They are counted here
	 * because a word that all CPUs write would cost more than the rest when they are many.
	 */
	__u64 unfollowed[2];
	__u64 generation; /* of the globals: what user space said until then is heeded here */
	__u32 shed;	  /* of the globals, as of then */
	__u32 pad_[13];
	struct kw_known_cgroup known[KW_KNOWN_CGROUPS];
};

KW_STATIC_ASSERT(sizeof(struct kw_cpu) % 64 == 0, "kw_cpu: no two CPUs write one cache line");

#endif
