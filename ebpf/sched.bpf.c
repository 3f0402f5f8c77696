// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Context switches: every thread's time split into running, run queue and waiting by class, charged
 * to its container. One program run per switch, no hook on wakeups: the run queue part comes from
 * sched_info.run_delay, which the kernel has settled by the thread's next switch-out.
 */
#include "kw_classify.bpf.h"
#include "kw_since.bpf.h"
#include "kw_account.bpf.h"
#include "kw_active.bpf.h"
#include "kw_switch_time.bpf.h"
#include "kw_timed.bpf.h"

/* Without reasons (profile minimal) only what costs nothing to know. */
const volatile bool kw_reasons;

#define KW_IDLE_SLOT 0xfffffffeU /* who ran before: nobody */

static __always_inline __u32 kw_plain_reason(struct task_struct *task)
{
	if (bpf_core_field_exists(task->in_memstall) && BPF_CORE_READ_BITFIELD(task, in_memstall))
		return KW_CLASS_MEM;
	return BPF_CORE_READ_BITFIELD(task, in_iowait) ? KW_CLASS_DISK : KW_CLASS_OTHER;
}

static __always_inline __u32 kw_reason(struct task_struct *task, __u32 state, struct kw_task *self,
				       struct kw_slot *slot, const struct kw_globals *globals)
{
	if (globals->shed & KW_SHED_REQUESTS)
		self->udp_socket = 0; /* nobody sees its answer */
	if (kw_reasons && !(globals->shed & KW_SHED_REASONS))
		return kw_classify(task, state, self, slot);
	self->wait_socket = 0;
	if (!kw_reasons)
		return kw_plain_reason(task);
	return KW_CLASS_NONE;
}

/*
 * A UDP answer may never come and its socket may be gone without a trace, so a UDP request counts
 * as outstanding only while a thread waits for its answer.
 */
static __always_inline void kw_ask_by_udp(struct kw_task *self, struct kw_slot *slot, __u64 now)
{
	if (!self->wait_socket || self->wait_socket != self->udp_socket)
		return;
	if (self->class != KW_CLASS_NET_OUT && self->class != KW_CLASS_POLL_OUT)
		return;
	self->asking_slot = self->slot;
	if (self->slot)
		kw_state_add(slot, KW_STATE_OUTBOUND_ONE, now);
}

static __always_inline void kw_udp_wait_ends(struct kw_task *self, __u64 now)
{
	struct kw_slot *slot = kw_slot_at(self->asking_slot);

	self->asking_slot = 0;
	if (slot)
		kw_state_add(slot, -(__s64)KW_STATE_OUTBOUND_ONE, now);
}

/* Returns the slot of `prev`, KW_KERNEL_SLOT when it is not known. */
static __always_inline __u32 kw_switch_out(struct task_struct *prev, struct kw_globals *globals,
					   struct kw_cpu *cpu, bool forced, __u32 state)
{
	struct kw_task *self = kw_task_of(prev, true);
	__u64 now = cpu->clock.last_ns;
	struct kw_slot *slot;
	__u64 since;
	__u32 index;

	if (!self) {
		cpu->unfollowed[forced]++;
		return KW_KERNEL_SLOT;
	}
	index = kw_slot_of_task(prev, self, globals);
	slot = kw_slot_at(index);
	if (!slot)
		return KW_KERNEL_SLOT;
	since = kw_close(self, &self->on_ns);
	if (since && since < now)
		__sync_fetch_and_add(&slot->on_cpu_ns, now - since);
	kw_settle(prev, self, slot, now);

	__sync_fetch_and_add(&slot->switches[forced], 1);
	if (!forced) {
		cpu->left_slot = self->active_slot;
		self->active_slot = 0;
	}
	if (!forced && (state & KW_TASK_DEAD)) {
		kw_task_end(prev);
		return index;
	}
	self->class = forced ? KW_CLASS_RUNQ : kw_reason(prev, state, self, slot, globals);
	self->wait_start_ns = now;
	kw_ask_by_udp(self, slot, now);
	kw_open(self, &self->off_ns, now);
	return index;
}

static __always_inline void kw_stop_active(struct kw_cpu *cpu, __u64 now)
{
	struct kw_slot *slot = cpu->left_slot ? kw_slot_at(cpu->left_slot) : 0;

	cpu->left_slot = 0;
	if (slot)
		kw_state_add(slot, -(__s64)KW_STATE_ACTIVE_ONE, now);
}

/*
 * From one thread of a container to another it stays as active as it was, which is four changes of
 * its state less. The new one's wait for the CPU was no wait of the container.
 */
static __always_inline void kw_become_active(struct kw_task *self, __u32 index, struct kw_cpu *cpu,
					     __u64 now)
{
	if (index && cpu->left_slot == index && !self->active_slot) {
		cpu->left_slot = 0;
		self->active_slot = index;
		return;
	}
	kw_stop_active(cpu, now);
	kw_move_active(self, index, now);
}

static __always_inline __u64 kw_busy_for(const struct kw_cpu *cpu, __u64 now)
{
	return now > cpu->busy_since ? now - cpu->busy_since : 0;
}

static __always_inline void kw_switch_in(struct task_struct *next, struct kw_globals *globals,
					 __u32 prev_slot, struct kw_cpu *cpu, __u64 now)
{
	struct kw_task *self = kw_task_of(next, true);
	bool prev_idle = prev_slot == KW_IDLE_SLOT;
	__u32 index;
	__u64 since;

	if (!self)
		return;
	index = kw_slot_of_task(next, self, globals);
	since = kw_close(self, &self->off_ns);
	if (since && since < now) {
		self->pending_ns = now - since;
		self->pending_class = kw_settled_class(self, self->class, now);
		self->pending_socket = self->wait_socket;
		self->pending_holder = prev_idle	    ? KW_HOLDER_IDLE
				       : index == prev_slot ? KW_HOLDER_OWN
							    : KW_HOLDER_OTHERS;
		self->pending_culprit = prev_slot;
		self->pending_busy_ns = prev_idle ? self->pending_ns : kw_busy_for(cpu, now);
	} else {
		self->run_delay = next->sched_info.run_delay;
	}
	kw_become_active(self, index, cpu, now);
	if (self->asking_slot)
		kw_udp_wait_ends(self, now);
	kw_open(self, &self->on_ns, now);
}

static __always_inline bool kw_is_ours(struct task_struct *task)
{
	return task->pid && !(task->flags & KW_PF_KTHREAD) && (__u32)task->tgid != kw_self_tgid;
}

SEC("tp_btf/sched_switch")
int kw_sched_switch(__u64 *ctx)
{
	struct task_struct *prev = (void *)ctx[1], *next = (void *)ctx[2];
	/* The state is an argument since 5.18; before, the task still carries it. */
	__u32 state = kw_has_prev_state ? (__u32)ctx[3] : kw_task_state(prev);
	struct kw_globals *globals = kw_globals();
	struct kw_cpu *cpu = kw_this_cpu();
	__u32 prev_slot = prev->pid ? KW_KERNEL_SLOT : KW_IDLE_SLOT;
	bool forced = ctx[0] || !state; /* preempted, or still runnable */
	__u64 now, timed_from = 0;

	if (!globals || !cpu)
		return 0;
	if (globals->shed & KW_SHED_SWITCHES) {
		if (kw_is_ours(prev))
			cpu->unfollowed[forced]++;
		return 0;
	}
	now = kw_switch_time(cpu, next);
	if (kw_is_timed(now))
		timed_from = bpf_ktime_get_ns();
	if (!prev->pid)
		cpu->busy_since = now;
	if (kw_is_ours(prev))
		prev_slot = kw_switch_out(prev, globals, cpu, forced, state);
	if (kw_is_ours(next))
		kw_switch_in(next, globals, prev_slot, cpu, now);
	kw_stop_active(cpu, now);
	kw_time_end(KW_TIMED_SWITCHES, timed_from);
	return 0;
}

/* A task seen for the first time while it sleeps: its wait counts from here. */
static __always_inline void kw_first_sight(struct task_struct *task, struct kw_task *self,
					   struct kw_slot *slot, __u64 now)
{
	__u32 state = kw_task_state(task);

	self->run_delay = task->sched_info.run_delay;
	if (task->on_cpu) {
		kw_open_first(&self->on_ns, now);
		return;
	}
	if (!state)
		return;
	self->class = kw_reasons ? kw_classify(task, state, self, slot) : kw_plain_reason(task);
	self->wait_start_ns = now;
	kw_open_first(&self->off_ns, now);
}

/* Adds what is still open, so that a window's shares add up to its threads. */
static __always_inline void kw_checkpoint(struct kw_task *self, struct kw_slot *slot, __u64 now)
{
	__u64 since;

	if (self->on_ns) {
		since = kw_claim(self, &self->on_ns, now);
		if (since)
			__sync_fetch_and_add(&slot->on_cpu_ns, now - since);
		return;
	}
	/* Who holds the CPU of a runnable thread is known only when it gets it. */
	since = self->class == KW_CLASS_RUNQ ? 0 : kw_claim(self, &self->off_ns, now);
	if (since)
		kw_count_wait(slot, kw_settled_class(self, self->class, now), self->wait_socket,
			      now - since);
}

/* Run by user space at the end of each window. Writes one kw_process per process of a container. */
SEC("iter/task")
int kw_task_walk(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct kw_globals *globals = kw_globals();
	struct kw_process process = {};
	struct kw_task *self;
	struct kw_slot *slot;
	__u64 now;

	if (!task || !globals || (task->flags & KW_PF_KTHREAD) || !task->pid ||
	    (__u32)task->tgid == kw_self_tgid || (kw_task_state(task) & KW_TASK_DEAD))
		return 0;
	self = kw_task_of(task, true);
	if (!self)
		return 0;
	process.slot = kw_slot_of_task(task, self, globals);
	slot = kw_slot_at(process.slot);
	if (!slot)
		return 0;
	now = bpf_ktime_get_ns();
	if (globals->shed & KW_SHED_SWITCHES)
		; /* what was open when it began would count for all that follows */
	else if (!self->on_ns && !self->off_ns)
		kw_first_sight(task, self, slot, now);
	else
		kw_checkpoint(self, slot, now);
	__sync_fetch_and_add(&slot->threads, 1);
	if (process.slot && task->pid == task->tgid) {
		process.tgid = task->tgid;
		process.start_ns = task->start_time;
		process.netns = task->nsproxy->net_ns->ns.inum;
		bpf_seq_write(ctx->meta->seq, &process, sizeof(process));
	}
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
