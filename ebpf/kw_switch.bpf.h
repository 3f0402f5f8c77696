/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a switch changes: who goes, who comes, and what both did before. */
#ifndef KW_SWITCH_BPF_H
#define KW_SWITCH_BPF_H

#include "kw_account.bpf.h"
#include "kw_active.bpf.h"
#include "kw_reason.bpf.h"

static __always_inline bool kw_is_ours(struct task_struct *task)
{
	return !(task->flags & (KW_PF_KTHREAD | KW_PF_IDLE)) &&
	       (__u32)task->tgid != kw_setup.self_tgid;
}

/*
 * User space said something, which a CPU heeds once instead of asking at each switch. The
 * generation was read before what was said, which may be newer: then this comes again.
 */
static __noinline void kw_heed(struct kw_cpu *cpu, __u64 generation)
{
	cpu->generation = generation;
	cpu->shed = *(volatile __u32 *)&kw_global.shed;
	cpu->run.css_set = 0;
	for (int i = 0; i < KW_KNOWN_CGROUPS; i++)
		cpu->known[i].id = 0;
}

/* The thread's run, and the wait before it. */
static __always_inline void kw_book(struct task_struct *prev, struct kw_task *self,
				    struct kw_slot *slot, __u32 index, struct kw_cpu *cpu)
{
	__u64 delay = prev->sched_info.run_delay, now = cpu->clock.last_ns;
	__u64 since = kw_close(&cpu->turns, &cpu->run.on_ns);
	struct kw_waited waited;
	__u64 wait;

	if (kw_likely(since < now))
		__sync_fetch_and_add(&slot->on_cpu_ns, now - since);
	waited = kw_waited_of(self, kw_close(kw_turns_of(self), &self->off_ns));
	self->run_delay = delay;
	wait = kw_settle(&waited, delay, &cpu->run, slot, index);
	if (kw_unlikely(self->wait_socket))
		kw_socket_wait_ended(self, wait, cpu);
}

/* It was not seen to come: of its run only what is behind the last walk is known. */
static __always_inline void kw_book_unseen(struct task_struct *prev, struct kw_task *self,
					   struct kw_slot *slot, struct kw_cpu *cpu)
{
	__u64 since = kw_close(kw_turns_of(self), &self->on_ns), now = cpu->clock.last_ns;

	if (since && since < now)
		__sync_fetch_and_add(&slot->on_cpu_ns, now - since);
	self->run_delay = prev->sched_info.run_delay;
	if (self->wait_socket)
		kw_socket_wait_ended(self, 0, cpu);
}

/* What it waits for from now on. Without a state it was forced to go. */
static __always_inline void kw_begin_wait(struct task_struct *prev, struct kw_task *self,
					  struct kw_slot *slot, struct kw_cpu *cpu, __u32 state)
{
	__u32 class;

	self->wait_start_ns = cpu->clock.last_ns;
	if (kw_unlikely(!state)) {
		__sync_fetch_and_add(&slot->switches[1], 1);
		class = KW_CLASS_RUNQ;
	} else {
		__sync_fetch_and_add(&slot->switches[0], 1);
		if (kw_unlikely(state & KW_TASK_DEAD)) {
			kw_task_end(prev, self);
			return;
		}
		class = kw_setup.reasons ? kw_reason(prev, state, self, slot, cpu)
					 : kw_plain_reason(prev);
	}
	self->wait_class = class;
	kw_open(kw_turns_of(self), &self->off_ns, cpu->clock.last_ns);
}

/* Returns the slot of `prev`, KW_KERNEL_SLOT when it is not known. */
static __always_inline __u32 kw_switch_out(struct task_struct *prev, struct kw_cpu *cpu,
					   __u32 state, bool came)
{
	struct kw_task *self = kw_task_of(prev, true);
	struct kw_slot *slot;
	__u32 index;

	if (kw_unlikely(!self)) {
		cpu->unfollowed[!state]++;
		return KW_KERNEL_SLOT;
	}
	if (kw_likely(came && cpu->run.css_set == (__u64)prev->cgroups)) {
		index = cpu->run.slot;
	} else {
		cpu->run.css_set = (__u64)prev->cgroups;
		index = kw_slot_met(cpu, prev);
	}
	slot = kw_slot_at(index);
	if (!slot)
		return KW_KERNEL_SLOT;
	if (came)
		kw_book(prev, self, slot, index, cpu);
	else
		kw_book_unseen(prev, self, slot, cpu);
	self->slot = index;
	kw_begin_wait(prev, self, slot, cpu, state);
	return index;
}

/* Of who was not seen to come. */
static __noinline __u32 kw_unseen_out(struct task_struct *prev, struct kw_cpu *cpu, __u32 state)
{
	return kw_is_ours(prev) ? kw_switch_out(prev, cpu, state, false) : KW_KERNEL_SLOT;
}

/*
 * Returns the slot of `next`, which is that of `prev` where one thread of a container follows
 * another.
 */
static __always_inline __u32 kw_switch_in(struct task_struct *next, __u32 prev_slot,
					  struct kw_cpu *cpu)
{
	__u64 now = cpu->clock.last_ns, css_set = (__u64)next->cgroups;
	bool same = prev_slot < KW_MAX_SLOTS && css_set == cpu->run.css_set;

	cpu->run.css_set = css_set;
	cpu->run.came_ns = now;
	cpu->run.came_after = prev_slot;
	kw_open(&cpu->turns, &cpu->run.on_ns, now);
	return kw_likely(same) ? prev_slot : kw_slot_met(cpu, next);
}

/* The task iterator believes the rest of it while it finds the same thread on both sides. */
static __always_inline void kw_set_running(struct kw_run *run, __u64 task)
{
	barrier();
	*(volatile __u64 *)&run->task = task;
	barrier();
}

static __always_inline void kw_switched(struct task_struct *prev, struct task_struct *next,
					struct kw_cpu *cpu, __u32 state)
{
	__u32 prev_slot, slot = 0;
	__u64 task = 0;

	if (kw_likely(cpu->run.task == (__u64)prev)) {
		prev_slot = kw_switch_out(prev, cpu, state, true);
	} else if (!prev->pid) {
		cpu->run.busy_since = cpu->clock.last_ns;
		prev_slot = KW_IDLE_SLOT;
	} else {
		prev_slot = kw_unseen_out(prev, cpu, state);
	}
	kw_set_running(&cpu->run, 0);
	if (kw_is_ours(next)) {
		slot = kw_switch_in(next, prev_slot, cpu);
		task = (__u64)next;
	}
	kw_hand_over(&cpu->run, slot, cpu->clock.last_ns);
	kw_set_running(&cpu->run, task);
}

#endif
