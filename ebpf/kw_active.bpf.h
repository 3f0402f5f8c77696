/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whose a thread is, and where it counts as running. */
#ifndef KW_ACTIVE_BPF_H
#define KW_ACTIVE_BPF_H

#include "kw_state.bpf.h"
#include "kw_task.bpf.h"

/*
 * While switches were not followed everything about the thread went stale. What it counted as in
 * its container was taken back by user space.
 */
static __always_inline void kw_renew(struct task_struct *task, struct kw_task *self,
				     struct kw_globals *globals)
{
	self->on_ns = 0;
	self->off_ns = 0;
	self->pending_ns = 0;
	self->active_slot = 0;
	self->woke = 0;
	self->run_delay = task->sched_info.run_delay;
	self->epoch = globals->epoch;
}

/* The container of a task, looked up again only when it moved or the table changed. */
static __always_inline __u32 kw_slot_of_task(struct task_struct *task, struct kw_task *self,
					     struct kw_globals *globals)
{
	__u64 id = kw_cgroup_of(task);
	__u64 generation = globals->cgroup_generation + 1;

	if (self->epoch != (__u32)globals->epoch)
		kw_renew(task, self, globals);
	if (self->cgroup_id != id || self->cgroup_generation != generation) {
		self->slot = kw_slot_of_cgroup(id);
		self->cgroup_id = id;
		self->cgroup_generation = generation;
	}
	return self->slot;
}

/* Makes the thread count as active in `index` and nowhere else; 0 = it stops being active. */
static __always_inline void kw_move_active(struct kw_task *self, __u32 index, __u64 now)
{
	__u32 old_index = self->active_slot;
	struct kw_slot *slot;
	__u64 before;

	if (old_index == index)
		return;
	slot = old_index ? kw_slot_at(old_index) : 0;
	if (slot)
		kw_state_add(slot, -(__s64)KW_STATE_ACTIVE_ONE, now);
	self->active_slot = index;
	slot = index ? kw_slot_at(index) : 0;
	if (!slot)
		return;
	before = kw_state_add(slot, KW_STATE_ACTIVE_ONE, now);
	if (!KW_STATE_ACTIVE(before))
		self->woke = KW_WOKE_BUSY | (kw_is_blocked(slot, before) ? KW_WOKE_BLOCKED : 0);
}

#endif
