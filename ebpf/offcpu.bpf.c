// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Where the threads of recorded containers wait. Attached only while somebody asks for it, behind
 * the program in sched.bpf.c, which has classified the wait by then. The user stack can only be
 * taken when a thread leaves the CPU, the kernel stack of a long wait when it comes back, before it
 * has run.
 */
#include "kw_classify.bpf.h"
#include "kw_record.bpf.h"
#include "kw_timed.bpf.h"

#define KW_SECOND_NS 1000000000ULL
#define KW_STACKS_PER_SECOND 200  /* of waits that ended, each CPU */
#define KW_STARTS_PER_SECOND 1000 /* user stacks of waits that begin, each CPU */

/* Shorter waits are not worth their stack. */
const volatile __u64 kw_least_wait_ns = 1000000;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, KW_MAX_WAITS);
	__type(key, __u32);
	__type(value, struct kw_wait);
} kw_waits SEC(".maps");

/* A wait is too large for the stack of a program. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct kw_wait);
} kw_new_wait SEC(".maps");

struct kw_tokens {
	__u64 filled_ns;
	__u64 left;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct kw_tokens);
} kw_stack_tokens SEC(".maps");

/* Takes a token of bucket `which` of this CPU, which holds those of a tenth of a second. */
static __always_inline bool kw_token(__u32 which, __u64 per_second, __u64 now)
{
	struct kw_tokens *tokens = bpf_map_lookup_elem(&kw_stack_tokens, &which);
	__u64 passed;

	if (!tokens)
		return false;
	passed = now - tokens->filled_ns;
	if (passed >= KW_SECOND_NS / 10) {
		tokens->left = per_second / 10;
		tokens->filled_ns = now;
	}
	if (!tokens->left)
		return false;
	tokens->left--;
	return true;
}

static __always_inline bool kw_takes_stacks(void)
{
	return !(kw_global.shed & KW_SHED_WAIT_STACKS);
}

static __always_inline void kw_lose_wait(struct kw_record *record, __u64 ns)
{
	__sync_fetch_and_add(&record->lost_waits, 1);
	__sync_fetch_and_add(&record->lost_wait_ns, ns);
}

static __always_inline void kw_wait_begins(__u64 *ctx, struct task_struct *prev, __u64 now)
{
	__u32 slot = kw_slot_of_cgroup(prev->cgroups->dfl_cgrp->kn->id), zero = 0, id = prev->pid;
	struct kw_task *self;
	struct kw_wait *wait;
	long bytes = 0;

	if (!kw_recorded(slot, KW_RECORD_WAITS))
		return;
	wait = bpf_map_lookup_elem(&kw_new_wait, &zero);
	if (!wait)
		return;
	self = kw_task_of(prev, false);
	wait->start_ns = prev->start_time;
	wait->since_ns = now;
	wait->slot = slot;
	wait->tgid = prev->tgid;
	wait->wait_class = self ? self->wait_class : KW_CLASS_NONE;
	if (kw_token(0, KW_STARTS_PER_SECOND, now))
		bytes = bpf_get_stack(ctx, wait->user, sizeof(wait->user), BPF_F_USER_STACK);
	wait->user_depth = kw_frames(bytes);
	/* What cannot be kept is still counted when it ends, without its user stack. */
	if (bpf_map_update_elem(&kw_waits, &id, wait, BPF_ANY))
		kw_count_error(KW_ERROR_WAITS);
}

static __always_inline void kw_emit_wait(struct task_struct *next, const struct kw_wait *wait,
					 struct kw_record *record, __u64 ns, __u64 now)
{
	struct kw_stack *stack = 0;

	if (kw_takes_stacks() && kw_token(1, KW_STACKS_PER_SECOND, now)) {
		stack = bpf_ringbuf_reserve(&kw_stacks, sizeof(*stack), 0);
		if (!stack)
			kw_count_error(KW_ERROR_STACKS);
	}
	if (!stack) {
		kw_lose_wait(record, ns);
		return;
	}
	stack->kind = KW_RECORD_WAITS;
	stack->slot = wait->slot;
	stack->tgid = wait->tgid;
	stack->wait_class = wait->wait_class;
	stack->amount = ns;
	stack->user_depth = wait->user_depth;
	__builtin_memcpy(stack->user, wait->user, sizeof(stack->user));
	stack->kernel_depth =
		kw_frames(bpf_get_task_stack(next, stack->kernel, sizeof(stack->kernel), 0));
	bpf_ringbuf_submit(stack, BPF_RB_NO_WAKEUP);
}

/* A wait that began before the recording: all but its user stack is known. */
static __always_inline struct kw_wait *kw_older_wait(struct task_struct *next, __u32 slot)
{
	struct kw_task *self = kw_task_of(next, false);
	struct kw_wait *wait;
	__u32 zero = 0;

	wait = bpf_map_lookup_elem(&kw_new_wait, &zero);
	if (!wait || !self || self->wait_class == KW_CLASS_RUNQ)
		return 0;
	wait->since_ns = self->wait_start_ns;
	wait->slot = slot;
	wait->tgid = next->tgid;
	wait->wait_class = self->wait_class;
	wait->user_depth = 0;
	return wait;
}

static __always_inline void kw_wait_ends(struct task_struct *next, __u64 now)
{
	__u32 slot = kw_slot_of_cgroup(next->cgroups->dfl_cgrp->kn->id), id = next->pid;
	struct kw_record *record = kw_recorded(slot, KW_RECORD_WAITS);
	struct kw_wait *known, *wait;
	__u64 since;

	if (!record)
		return;
	known = bpf_map_lookup_elem(&kw_waits, &id);
	wait = known && known->start_ns == next->start_time ? known : kw_older_wait(next, slot);
	if (wait) {
		since = wait->since_ns > record->since_ns ? wait->since_ns : record->since_ns;
		if (now > since && now - since >= kw_least_wait_ns)
			kw_emit_wait(next, wait, record, now - since, now);
	}
	if (known)
		bpf_map_delete_elem(&kw_waits, &id);
}

static __always_inline bool kw_is_recordable(struct task_struct *task)
{
	return task->pid && !(task->flags & KW_PF_KTHREAD) &&
	       (__u32)task->tgid != kw_setup.self_tgid;
}

SEC("tp_btf/sched_switch")
int kw_wait_switch(__u64 *ctx)
{
	bool preempted = ctx[0];
	struct task_struct *prev = (void *)ctx[1], *next = (void *)ctx[2];
	__u32 state = KW_HAS(prev_state) ? (__u32)ctx[3] : kw_task_state(prev);
	__u64 now = bpf_ktime_get_ns();

	if (!preempted && state && !(state & KW_TASK_DEAD) && kw_is_recordable(prev) &&
	    kw_takes_stacks())
		kw_wait_begins(ctx, prev, now);
	if (kw_is_recordable(next))
		kw_wait_ends(next, now);
	kw_time_end(KW_TIMED_WAIT_STACKS, kw_is_timed(now) ? now : 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
