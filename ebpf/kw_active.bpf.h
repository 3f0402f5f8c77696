/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whose a thread is, and what its coming and going changes for its container. */
#ifndef KW_ACTIVE_BPF_H
#define KW_ACTIVE_BPF_H

#include "kw_place.bpf.h"
#include "kw_state.bpf.h"
#include "kw_switch_time.bpf.h"

static __noinline __u32 kw_slot_looked_up(struct kw_known_cgroup *known, __u64 id)
{
	known->slot = kw_slot_of_cgroup(id);
	known->id = id;
	return known->slot;
}

/* The container of a task. Each CPU remembers those of the cgroups that it met last. */
static __always_inline __u32 kw_slot_met(struct kw_cpu *cpu, struct task_struct *task)
{
	__u64 id = kw_cgroup_of(task);
	struct kw_known_cgroup *known = &cpu->known[id % KW_KNOWN_CGROUPS];

	return kw_likely(known->id == id) ? known->slot : kw_slot_looked_up(known, id);
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
