/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where what is known of a thread is kept. Its id leads to a place in an array, which costs a load
 * or two, no call. The first thread that comes to a place has it until it ends; others whose ids
 * lead to the same one have theirs in task storage.
 *
 * Not every end is seen (a thread that calls exec goes on under the id of its process; switches are
 * left out at times). So a new thread takes away what is left of one that had its address, and a
 * place whose thread two walks over all tasks did not meet may be taken by another one.
 */
#ifndef KW_PLACE_BPF_H
#define KW_PLACE_BPF_H

#include "kw_task.bpf.h"

/* While switches were not followed everything about the thread went stale. */
static __always_inline void kw_renew(struct task_struct *task, struct kw_task *self)
{
	__u32 epoch = (__u32)kw_global.epoch;

	if (kw_likely(self->epoch == epoch))
		return;
	self->on_ns = 0;
	self->off_ns = 0;
	self->run_delay = task->sched_info.run_delay;
	self->epoch = epoch;
}

/* A switch of a thread that found no room. */
static __always_inline void kw_lose_task(struct task_struct *task)
{
	kw_count_lost(KW_ERROR_TASKS, kw_slot_of_cgroup(kw_cgroup_of(task)), KW_LOST_SWITCHES, 1);
}

#ifdef KW_LEGACY

/* Both builds have the same sections; this one has no use for it. */
__u64 kw_places SEC(".data.places");

/* A section of its own, so that the other variables are laid out as in the object it replaces. */
static const struct kw_task kw_fresh_task SEC(".rodata.task");

/* A table by id is all there is. */
static __always_inline struct kw_task *kw_task_of(struct task_struct *task, bool create)
{
	struct kw_task *known;
	__u32 id = task->pid;

	known = bpf_map_lookup_elem(&kw_tasks, &id);
	if (!known && create) {
		if (bpf_map_update_elem(&kw_tasks, &id, &kw_fresh_task, BPF_ANY))
			kw_lose_task(task);
		else
			known = bpf_map_lookup_elem(&kw_tasks, &id);
	}
	if (known)
		kw_renew(task, known);
	return known;
}

/* What is left of one that had its id. */
static __always_inline void kw_task_born(struct task_struct *task)
{
	__u32 id = task->pid;

	bpf_map_delete_elem(&kw_tasks, &id);
}

/* The thread left the CPU for good. */
static __always_inline void kw_task_end(struct task_struct *task, struct kw_task *self)
{
	__u32 id = task->pid;

	bpf_map_delete_elem(&kw_tasks, &id);
}

#else

struct kw_task kw_places[1] SEC(".data.places"); /* KW_TASK_PLACES */

#define KW_PLACE_CHANGES 1ULL /* as owner: somebody is just taking it */

/* Nobody's, or of a thread that no walk met any more. */
static __always_inline bool kw_may_take(const struct kw_task *place, __u64 owner)
{
	if (owner == KW_PLACE_CHANGES)
		return false;
	return !owner || (__u16)(kw_global.walks - place->walk) >= 2;
}

static __always_inline bool kw_take_place(struct kw_task *place, struct task_struct *task)
{
	__u64 owner = place->owner;

	if (!kw_may_take(place, owner) ||
	    __sync_val_compare_and_swap(&place->owner, owner, KW_PLACE_CHANGES) != owner)
		return false;
	__builtin_memset(&place->off_ns, 0, sizeof(*place) - sizeof(place->owner));
	place->walk = (__u16)kw_global.walks;
	__sync_lock_test_and_set(&place->owner, (__u64)task); /* behind all the others */
	return true;
}

/*
 * Out of the way of switches, which come here once per thread or where ids share a place. User
 * space renews the places (settle.hpp), which it sees.
 */
static __noinline struct kw_task *kw_task_elsewhere(struct task_struct *task, struct kw_task *place,
						    bool create)
{
	struct kw_task *known = bpf_task_storage_get(&kw_tasks, task, 0, 0);

	if (!known && create) {
		if (kw_take_place(place, task))
			return place;
		known = bpf_task_storage_get(&kw_tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
		if (!known)
			kw_lose_task(task);
	}
	if (known)
		kw_renew(task, known);
	return known;
}

static __always_inline struct kw_task *kw_place_of(struct task_struct *task)
{
	return KW_AT(kw_places, (__u32)task->pid % KW_TASK_PLACES);
}

static __always_inline struct kw_task *kw_task_of(struct task_struct *task, bool create)
{
	struct kw_task *place = kw_place_of(task);

	if (kw_likely(place->owner == (__u64)task))
		return place;
	return kw_task_elsewhere(task, place, create);
}

/* What is left of one that had its address. */
static __always_inline void kw_task_born(struct task_struct *task)
{
	struct kw_task *place = kw_place_of(task);

	if (place->owner == (__u64)task)
		place->owner = 0;
}

/* The thread left the CPU for good. The kernel frees task storage itself. */
static __always_inline void kw_task_end(struct task_struct *task, struct kw_task *self)
{
	self->owner = 0;
}

#endif

#endif
