// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* On-CPU samples: who runs, and in which function; the whole stack where it is asked for. */
#include "kw_classify.bpf.h"
#include "kw_record.bpf.h"
#include "kw_timed.bpf.h"

/* Samples and cgroup events have a ring buffer each: a flood of one never costs the other. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 128 * 1024);
} kw_samples SEC(".maps");

static __always_inline void kw_record_tick(struct bpf_perf_event_data *ctx, __u32 slot, __u32 tgid,
					   __u32 weight)
{
	struct kw_record *record = kw_recorded(slot, KW_RECORD_CPU);
	struct kw_stack *stack;

	if (!record)
		return;
	stack = bpf_ringbuf_reserve(&kw_stacks, sizeof(*stack), 0);
	if (!stack) {
		kw_count_error(KW_ERROR_STACKS);
		__sync_fetch_and_add(&record->lost_samples, weight);
		return;
	}
	stack->kind = KW_RECORD_CPU;
	stack->slot = slot;
	stack->tgid = tgid;
	stack->wait_class = KW_CLASS_NONE;
	stack->amount = weight;
	stack->user_depth =
		kw_frames(bpf_get_stack(ctx, stack->user, sizeof(stack->user), BPF_F_USER_STACK));
	stack->kernel_depth =
		kw_frames(bpf_get_stack(ctx, stack->kernel, sizeof(stack->kernel), 0));
	bpf_ringbuf_submit(stack, BPF_RB_NO_WAKEUP);
}

/* How many samples this one stands for; 0 = the valve leaves it out. */
static __always_inline __u32 kw_sample_weight(void)
{
	__u32 every = kw_global.sample_every;

	if (every < 2)
		return 1;
	/* At random: never in step with what is sampled. */
	return bpf_get_prandom_u32() % every ? 0 : every;
}

/* The function that a container's thread is in, or called the kernel from. */
static __always_inline void kw_emit_sample(struct bpf_perf_event_data *ctx, __u32 index, __u32 tgid,
					   __u32 weight)
{
	struct kw_sample *sample = bpf_ringbuf_reserve(&kw_samples, sizeof(*sample), 0);
	long bytes;

	if (!sample) {
		kw_count_lost(KW_ERROR_SAMPLES, index, KW_LOST_SAMPLES, weight);
		return;
	}
	sample->kind = KW_EVENT_SAMPLE;
	sample->slot = index;
	sample->tgid = tgid;
	bytes = bpf_get_stack(ctx, &sample->ip, sizeof(sample->ip), BPF_F_USER_STACK);
	sample->depth = kw_frames(bytes);
	bpf_ringbuf_submit(sample, BPF_RB_NO_WAKEUP);
}

static __always_inline void kw_take_sample(struct bpf_perf_event_data *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	struct kw_slot *slot;
	__u32 index, weight;

	if (!pid_tgid || pid_tgid >> 32 == kw_setup.self_tgid)
		return;
	weight = kw_sample_weight();
	if (!weight)
		return;
	__sync_fetch_and_add(&kw_global.samples, 1);
	if (BPF_CORE_READ(task, flags) & KW_PF_KTHREAD) {
		__sync_fetch_and_add(&kw_global.kernel_samples, weight);
		return;
	}
	index = kw_slot_of_cgroup(bpf_get_current_cgroup_id());
	slot = kw_slot_at(index);
	if (!slot)
		return;
	__sync_fetch_and_add(&slot->samples, weight);
	if (!index)
		return; /* nobody asks for functions of the aggregate */
	kw_record_tick(ctx, index, pid_tgid >> 32, weight);
	kw_emit_sample(ctx, index, pid_tgid >> 32, weight);
}

SEC("perf_event")
int kw_sample(struct bpf_perf_event_data *ctx)
{
	__u64 begin = bpf_ktime_get_ns();

	kw_take_sample(ctx);
	kw_time_end(KW_TIMED_SAMPLES, begin);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
