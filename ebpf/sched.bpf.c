// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Context switches: every thread's time split into running, run queue and waiting by class, charged
 * to its container. One program run per switch, no hook on wakeups: the run queue part comes from
 * sched_info.run_delay, which the kernel has settled by the thread's next switch-out.
 */
#include "kw_classify.bpf.h"
#include "kw_since.bpf.h"
#include "kw_state.bpf.h"

#define KW_LOCK_LIMIT_NS 1000000000ULL /* a mutex-like wait of a second or more is a pool */
#define KW_CULPRIT_NS 1000000ULL       /* waits for a CPU from here on remember who had it */

static __always_inline __u64 kw_cgroup_of(struct task_struct *task)
{
	return task->cgroups->dfl_cgrp->kn->id;
}

/* The container of a task, looked up again only when it moved or the table changed. */
static __always_inline __u32 kw_slot_of_task(struct task_struct *task, struct kw_task *self,
					     struct kw_globals *globals)
{
	__u64 id = kw_cgroup_of(task);
	__u64 generation = globals->cgroup_generation + 1;

	if (self->cgroup_id != id || self->cgroup_generation != generation) {
		self->slot = kw_slot_of_cgroup(id);
		self->cgroup_id = id;
		self->cgroup_generation = generation;
	}
	return self->slot;
}

static __always_inline void kw_count_peer_wait(__u64 socket, __u64 ns)
{
	struct kw_socket *known = bpf_map_lookup_elem(&kw_sockets, &socket);
	struct kw_peer_key key;
	struct kw_peer *peer;

	if (!known)
		return;
	key = known->peer;
	peer = bpf_map_lookup_elem(&kw_peers, &key);
	if (peer)
		__sync_fetch_and_add(&peer->wait_ns, ns);
}

static __always_inline void kw_count_wait(struct kw_slot *slot, __u32 class, __u64 socket, __u64 ns)
{
	if (class >= KW_CLASS_MAX)
		return;
	__sync_fetch_and_add(&slot->class_ns[class], ns);
	if (socket && (class == KW_CLASS_NET_OUT || class == KW_CLASS_POLL_OUT))
		kw_count_peer_wait(socket, ns);
}

static __always_inline __u32 kw_settled_class(const struct kw_task *self, __u32 class, __u64 now)
{
	if (class == KW_CLASS_FUTEX_LOCK && now - self->wait_start_ns >= KW_LOCK_LIMIT_NS)
		return KW_CLASS_FUTEX_IDLE;
	return class;
}

static __always_inline void kw_count_culprit(const struct kw_task *self, __u64 ns, __u64 now)
{
	struct kw_culprit_key key = {.victim = self->slot, .culprit = self->pending_culprit};
	struct kw_culprit fresh = {.wait_ns = ns, .waits = 1, .last_ns = now};
	struct kw_culprit *known = bpf_map_lookup_elem(&kw_culprits, &key);

	if (!known) {
		if (bpf_map_update_elem(&kw_culprits, &key, &fresh, BPF_NOEXIST))
			kw_count_error(KW_ERROR_CULPRITS);
		return;
	}
	__sync_fetch_and_add(&known->wait_ns, ns);
	__sync_fetch_and_add(&known->waits, 1);
	known->last_ns = now;
}

/*
 * Who had the CPU while the thread was runnable. Behind the last holder it waited at most since the
 * CPU was idle last: a throttled thread on an idle CPU waited for its quota, not for whoever
 * happened to run just before it.
 */
static __always_inline void kw_count_runq(const struct kw_task *self, struct kw_slot *slot,
					  __u64 runq, __u64 now)
{
	__u64 behind = runq < self->pending_busy_ns ? runq : self->pending_busy_ns;

	if (self->pending_holder >= KW_HOLDER_MAX)
		return;
	__sync_fetch_and_add(&slot->runq_ns[self->pending_holder], behind);
	if (runq > behind)
		__sync_fetch_and_add(&slot->runq_ns[KW_HOLDER_IDLE], runq - behind);
	__sync_fetch_and_add(&slot->runq_hist[kw_bucket(runq)], 1);
	if (self->pending_holder == KW_HOLDER_OTHERS && behind >= KW_CULPRIT_NS)
		kw_count_culprit(self, behind, now);
}

/* Splits the finished wait into run queue and waiting, now that the kernel knows the former. */
static __always_inline void kw_settle(struct task_struct *task, struct kw_task *self,
				      struct kw_slot *slot, __u64 now)
{
	__u64 delay = task->sched_info.run_delay;
	__u64 pending = self->pending_ns;
	__u64 runq = delay - self->run_delay;

	self->run_delay = delay;
	if (!pending)
		return;
	self->pending_ns = 0;
	if (runq > pending || self->pending_class == KW_CLASS_RUNQ)
		runq = pending;
	if (runq)
		kw_count_runq(self, slot, runq, now);
	if (pending > runq)
		kw_count_wait(slot, self->pending_class, self->pending_socket, pending - runq);
	if (self->woke & KW_WOKE_BUSY)
		__sync_fetch_and_add(&slot->woke_busy_ns, runq);
	if (self->woke & KW_WOKE_BLOCKED)
		__sync_fetch_and_add(&slot->woke_blocked_ns, runq);
	self->woke = 0;
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

/* Without reasons (profile minimal) only what costs nothing to know. */
const volatile bool kw_reasons;

static __always_inline __u32 kw_plain_reason(struct task_struct *task)
{
	if (bpf_core_field_exists(task->in_memstall) && BPF_CORE_READ_BITFIELD(task, in_memstall))
		return KW_CLASS_MEM;
	return BPF_CORE_READ_BITFIELD(task, in_iowait) ? KW_CLASS_DISK : KW_CLASS_OTHER;
}

static __always_inline __u32 kw_reason(struct task_struct *task, __u32 state, struct kw_task *self,
				       struct kw_slot *slot, const struct kw_globals *globals)
{
	if (kw_reasons && !(globals->shed & KW_SHED_REASONS))
		return kw_classify(task, state, self, slot);
	self->wait_socket = 0;
	if (!kw_reasons)
		return kw_plain_reason(task);
	return KW_CLASS_NONE;
}

/* Returns the slot of `prev`, KW_KERNEL_SLOT when it is not known. */
static __always_inline __u32 kw_switch_out(struct task_struct *prev, struct kw_globals *globals,
					   bool preempted, __u32 state, __u64 now)
{
	struct kw_task *self = kw_task_of(prev, true);
	struct kw_slot *slot;
	__u64 since;
	__u32 index;
	bool forced;

	if (!self)
		return KW_KERNEL_SLOT;
	index = kw_slot_of_task(prev, self, globals);
	slot = kw_slot_at(index);
	if (!slot)
		return KW_KERNEL_SLOT;
	since = kw_close(self, &self->on_ns);
	if (since && since < now)
		__sync_fetch_and_add(&slot->on_cpu_ns, now - since);
	kw_settle(prev, self, slot, now);

	forced = preempted || !state;
	__sync_fetch_and_add(&slot->switches[forced], 1);
	if (!forced)
		kw_move_active(self, 0, now);
	if (!forced && (state & KW_TASK_DEAD)) {
		kw_task_end(prev);
		return index;
	}
	self->class = forced ? KW_CLASS_RUNQ : kw_reason(prev, state, self, slot, globals);
	self->wait_start_ns = now;
	kw_open(self, &self->off_ns, now);
	return index;
}

static __always_inline void kw_leave_idle(__u64 now)
{
	__u32 zero = 0;
	__u64 *since = bpf_map_lookup_elem(&kw_busy_since, &zero);

	if (since)
		*since = now;
}

static __always_inline __u64 kw_busy_for(__u64 now)
{
	__u32 zero = 0;
	__u64 *since = bpf_map_lookup_elem(&kw_busy_since, &zero);

	return since ? now - *since : now;
}

static __always_inline void kw_switch_in(struct task_struct *next, struct kw_globals *globals,
					 __u32 prev_slot, bool prev_idle, __u64 now)
{
	struct kw_task *self = kw_task_of(next, true);
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
		self->pending_busy_ns = prev_idle ? self->pending_ns : kw_busy_for(now);
	} else {
		self->run_delay = next->sched_info.run_delay;
	}
	kw_move_active(self, index, now);
	kw_open(self, &self->on_ns, now);
}

static __always_inline bool kw_is_ours(struct task_struct *task)
{
	return task->pid && !(task->flags & KW_PF_KTHREAD) && (__u32)task->tgid != kw_self_tgid;
}

SEC("tp_btf/sched_switch")
int kw_sched_switch(__u64 *ctx)
{
	bool preempted = ctx[0];
	struct task_struct *prev = (void *)ctx[1], *next = (void *)ctx[2];
	/* The state is an argument since 5.18; before, the task still carries it. */
	__u32 state = kw_has_prev_state ? (__u32)ctx[3] : kw_task_state(prev);
	struct kw_globals *globals = kw_globals();
	__u32 prev_slot = KW_KERNEL_SLOT;
	__u64 now;

	if (!globals)
		return 0;
	now = bpf_ktime_get_ns();
	if (!prev->pid)
		kw_leave_idle(now);
	if (kw_is_ours(prev)) {
		prev_slot = kw_switch_out(prev, globals, preempted, state, now);
		__sync_fetch_and_add(&globals->switches[preempted || !state], 1);
	}
	if (kw_is_ours(next))
		kw_switch_in(next, globals, prev_slot, prev->pid == 0, now);
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
	if (!self->on_ns && !self->off_ns)
		kw_first_sight(task, self, slot, now);
	else
		kw_checkpoint(self, slot, now);
	__sync_fetch_and_add(&slot->threads, 1);
	if (process.slot && task->pid == task->tgid) {
		process.tgid = task->tgid;
		process.start_ns = task->start_time;
		bpf_seq_write(ctx->meta->seq, &process, sizeof(process));
	}
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
