/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the programs count of the node and of themselves, and what user space tells all of them. */
#ifndef KERNWISE_GLOBALS_H
#define KERNWISE_GLOBALS_H

#ifndef __bpf__
#include <linux/types.h>
#endif

/* Failed map operations and lost records, by map. */
enum kw_error {
	KW_ERROR_TASKS = 0,
	KW_ERROR_SOCKETS,
	KW_ERROR_LISTENERS,
	KW_ERROR_PEERS,
	KW_ERROR_REQUESTS,
	KW_ERROR_DISKS,
	KW_ERROR_SAMPLES,
	KW_ERROR_CGROUP_EVENTS,
	KW_ERROR_SLOT_DISKS,
	KW_ERROR_CALLS,
	KW_ERROR_CULPRITS,
	KW_ERROR_STACKS,
	KW_ERROR_WAITS,
	KW_ERROR_MAX = 16,
};

/* Programs that time themselves, by what is shed together. */
enum kw_timed {
	KW_TIMED_SWITCHES = 0,
	KW_TIMED_WAIT_STACKS,
	KW_TIMED_SAMPLES, /* each run: they are few and dear */
	KW_TIMED_PACKETS,
	KW_TIMED_CALLS,
	KW_TIMED_FAULTS,
	KW_TIMED_BLOCK,
	KW_TIMED_CONNECTIONS,
	KW_TIMED_TRANSFERS,
	KW_TIMED_MAX = 9,
};

struct kw_timed_runs {
	__u64 runs;
	__u64 ns;
};

/* Of the whole node. */
struct kw_globals {
	__u64 errors[KW_ERROR_MAX];
	/* Every switch reads what follows, so what each of them writes stands elsewhere. */
	/* User space adds one whenever kw_cgroups, what is shed or the epoch changed. */
	__u64 generation;
	__u64 go_generation;  /* the same for kw_go */
	__u64 kernel_samples; /* 99 Hz samples of kernel threads */
	__u64 samples;	      /* ticks looked at; fewer than 99 Hz while the valve is closed */
	/* Set by user space to hold the budget; all zero = everything. */
	__u32 sample_every; /* one tick in so many is looked at and counts as many */
	__u32 shed;	    /* KW_SHED_* */
	__u64 epoch;	    /* one more each time that switches are followed again */
	__u64 registers_at; /* from a task's stack to its registers, 0 = not yet known */
	__u64 walks;	    /* of the task iterator: one more when each begins */
	struct kw_timed_runs timed[KW_TIMED_MAX]; /* one in so many, first clock to last */
};

#define KW_TIMED_EVERY 512
/* Of what is rarer and dearer, so that one run does not stand for too much. */
#define KW_TIMED_EVERY_RARE 32
/*
 * What one timed run counts as at most: where a machine stopped in the middle of a run, that is not
 * its cost, and it would count for all those that were not timed.
 */
#define KW_TIMED_MOST_NS 20000

#define KW_SHED_DISK 1	   /* new block requests are not followed */
#define KW_SHED_REASONS 2  /* waits are KW_CLASS_NONE */
#define KW_SHED_SWITCHES 4 /* switches are counted, not followed */
/* Transfers are not seen (their programs are detached): nothing follows from requests in flight. */
#define KW_SHED_REQUESTS 8
#define KW_SHED_CONNECTIONS 16 /* new connections are not followed, listening ports are */
#define KW_SHED_WAIT_STACKS 32 /* of waits that are recorded: all of them count as lost */

#endif
