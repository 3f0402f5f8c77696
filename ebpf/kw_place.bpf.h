/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where what is known of a thread is kept. Its id leads to a place in an array, which costs a load
 * or two, no call. The first thread that comes to a place has it until it ends; others whose ids
 * lead to the same one have theirs in task storage.
 *
 * Not every end is seen here (a thread that calls exec goes on under the id of its process), so a
 * place whose thread two walks over all tasks did not meet may be taken by another one.
 */
#ifndef KW_PLACE_BPF_H
#define KW_PLACE_BPF_H

#include "kw_task.bpf.h"

/* A switch of a thread that found no room. */
static __always_inline void kw_lose_task(struct task_struct *task)
{
	kw_count_lost(KW_ERROR_TASKS, kw_slot_of_cgroup(kw_cgroup_of(task)), KW_LOST_SWITCHES, 1);
}

#ifdef KW_LEGACY

/* Both builds have the same sections; this one has no use for it. */
__u64 kw_places SEC(".data.places");

/* A section of its own, so that the other variables are laid out as in the object it replaces. */
static const struct kw_task kw_new_task SEC(".rodata.task");

/* A table by id is all there is. */
static __always_inline struct kw_task *kw_task_of(struct task_struct *task, bool create)
{
	struct kw_task *known;
	__u32 id = task->pid;

	known = bpf_map_lookup_elem(&kw_tasks, &id);
	if (known && known->start_ns == task->start_time)
		return known;
	if (!create)
		return 0;
	if (bpf_map_update_elem(&kw_tasks, &id, &kw_new_task, BPF_ANY)) {
		kw_lose_task(task);
		return 0;
	}
	known = bpf_map_lookup_elem(&kw_tasks, &id);
	if (known)
		known->start_ns = task->start_time;
	return known;
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

/* Nobody's, or of a thread that ended unseen: its address is another one's, or no walk met it. */
static __always_inline bool kw_may_take(const struct kw_task *place, __u64 owner, __u64 task)
{
	if (owner == KW_PLACE_CHANGES)
		return false;
	return !owner || owner == task || (__u16)(kw_global.walks - place->walk) >= 2;
}

static __always_inline bool kw_take_place(struct kw_task *place, struct task_struct *task)
{
	__u64 owner = place->owner;

	if (!kw_may_take(place, owner, (__u64)task) ||
	    __sync_val_compare_and_swap(&place->owner, owner, KW_PLACE_CHANGES) != owner)
		return false;
	__builtin_memset(&place->start_ns, 0, sizeof(*place) - sizeof(place->owner));
	place->start_ns = task->start_time;
	place->walk = (__u16)kw_global.walks;
	__sync_lock_test_and_set(&place->owner, (__u64)task); /* behind all the others */
	return true;
}

/* Out of the way of switches, which come here once per thread or where ids share a place. */
static __noinline struct kw_task *kw_task_elsewhere(struct task_struct *task, struct kw_task *place,
						    bool create)
{
	struct kw_task *known = bpf_task_storage_get(&kw_tasks, task, 0, 0);

	if (known || !create)
		return known;
	if (kw_take_place(place, task))
		return place;
	known = bpf_task_storage_get(&kw_tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!known)
		kw_lose_task(task);
	return known;
}

static __always_inline struct kw_task *kw_task_of(struct task_struct *task, bool create)
{
	struct kw_task *place = KW_AT(kw_places, (__u32)task->pid % KW_TASK_PLACES);

	if (kw_likely(place->owner == (__u64)task && place->start_ns == task->start_time))
		return place;
	return kw_task_elsewhere(task, place, create);
}

/* The thread left the CPU for good. The kernel frees task storage itself. */
static __always_inline void kw_task_end(struct task_struct *task, struct kw_task *self)
{
	self->owner = 0;
}

#endif

#endif
