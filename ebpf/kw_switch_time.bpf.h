/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* When a switch happens, and what else is kept of each CPU. */
#ifndef KW_SWITCH_TIME_BPF_H
#define KW_SWITCH_TIME_BPF_H

#include "kw_maps.bpf.h"
#include "kw_task.bpf.h"

struct kw_cpu kw_cpus[1] SEC(".data.cpus"); /* as many as kw_setup.cpu_mask leaves */

static __always_inline struct kw_cpu *kw_cpu_at(__u32 index)
{
	return KW_AT(kw_cpus, index & kw_setup.cpu_mask);
}

/* A task knows its run queue only with CONFIG_FAIR_GROUP_SCHED, which CPU limits of pods need. */
static __always_inline bool kw_has_run_queue(struct task_struct *task)
{
	return bpf_core_field_exists(task->se.cfs_rq);
}

#ifdef KW_LEGACY

static __always_inline __u64 kw_run_queue_clock(struct kw_cpu *cpu, struct task_struct *next)
{
	return next->se.cfs_rq->rq->clock;
}

#else

/* A CPU has the same run queue as long as the kernel runs, so the way to it is taken once. */
static __always_inline __u64 kw_run_queue_clock(struct kw_cpu *cpu, struct task_struct *next)
{
	struct rq *run_queue;

	if (KW_HAS(casts) && kw_likely(cpu->run_queue))
		return KW_TYPED(struct rq, cpu->run_queue)->clock;
	run_queue = next->se.cfs_rq->rq;
	cpu->run_queue = (__u64)run_queue;
	return run_queue->clock;
}

#endif

/* Before a CPU goes idle it looks for work elsewhere, which takes too long to measure behind it. */
static __always_inline __u64 kw_look_at_clock(struct kw_clock *clock, __u64 run_queue, bool idle)
{
	__u64 now = bpf_ktime_get_ns();

	if (!idle)
		return kw_clock_refresh(clock, run_queue, now);
	return now > clock->last_ns ? now : clock->last_ns;
}

/*
 * CLOCK_MONOTONIC at the switch to `next`, on whose CPU this runs. It is the moment from which the
 * kernel counts what it adds to sched_info.run_delay, too.
 */
static __always_inline __u64 kw_switch_time(struct kw_cpu *cpu, struct task_struct *next)
{
	struct kw_clock *clock = &cpu->clock;
	__u64 run_queue, now;

	if (kw_has_run_queue(next)) {
		run_queue = kw_run_queue_clock(cpu, next);
		now = run_queue + clock->distance_ns;
		if (kw_unlikely(kw_clock_is_old(clock, now)))
			now = kw_look_at_clock(clock, run_queue, !next->pid);
	} else {
		now = bpf_ktime_get_ns();
	}
	clock->last_ns = now;
	return now;
}

#endif
