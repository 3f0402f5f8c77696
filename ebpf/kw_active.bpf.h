/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whose a thread is, and what its coming and going changes for its container. */
#ifndef KW_ACTIVE_BPF_H
#define KW_ACTIVE_BPF_H

#include "kw_place.bpf.h"
#include "kw_state.bpf.h"
#include "kw_switch_time.bpf.h"

/* While switches were not followed everything about the thread went stale. */
static __always_inline void kw_renew(struct task_struct *task, struct kw_task *self)
{
	if (kw_likely(self->epoch == (__u16)kw_global.epoch))
		return;
	self->on_ns = 0;
	self->off_ns = 0;
	self->run_delay = task->sched_info.run_delay;
	self->epoch = (__u16)kw_global.epoch;
}

/* The container of a task. Each CPU remembers those of the cgroups that it met last. */
static __always_inline __u32 kw_slot_met(struct kw_cpu *cpu, struct task_struct *task)
{
	__u64 id = kw_cgroup_of(task);
	__u32 generation = (__u32)kw_global.cgroup_generation + 1;
	struct kw_known_cgroup *known = &cpu->known[id % KW_KNOWN_CGROUPS];

	if (kw_likely(known->id == id && known->generation == generation))
		return known->slot;
	known->slot = kw_slot_of_cgroup(id);
	known->id = id;
	known->generation = generation;
	return known->slot;
}

/* Its last thread makes the container inactive. */
static __always_inline void kw_leave(__u32 index, __u64 now)
{
	struct kw_slot *slot = index ? kw_slot_at(index) : 0;

	if (!slot)
		return;
	slot->inactive_since_ns = now; /* before it can be: whoever finds it inactive reads this */
	kw_state_add(slot, -(__s64)KW_STATE_ACTIVE_ONE, now);
}

/*
 * Who makes a container active again knows only when it goes for how long it had been runnable
 * before it came: kw_count_woke.
 */
static __always_inline void kw_enter(__u32 index, struct kw_run *run, __u64 now)
{
	struct kw_slot *slot = index ? kw_slot_at(index) : 0;
	__u64 before;

	if (!slot)
		return;
	before = kw_state_add(slot, KW_STATE_ACTIVE_ONE, now);
	if (KW_STATE_ACTIVE(before) || slot->inactive_since_ns >= now)
		return;
	run->inactive_ns = now - slot->inactive_since_ns;
	run->was_blocked = kw_is_blocked(slot, before);
}

/* From one thread of a container to another it stays active, whatever else changes. */
static __always_inline void kw_hand_over(struct kw_run *run, __u32 index, __u64 now)
{
	__u32 before = run->slot;

	run->inactive_ns = 0;
	if (before == index)
		return;
	run->slot = index;
	kw_leave(before, now);
	kw_enter(index, run, now);
}

#endif
