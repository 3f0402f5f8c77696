// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* On-CPU samples: who runs, and in which function. */
#include "kw_classify.bpf.h"

/* Samples and cgroup events have a ring buffer each: a flood of one never costs the other. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 512 * 1024);
} kw_samples SEC(".maps");

SEC("perf_event")
int kw_sample(struct bpf_perf_event_data *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	struct kw_globals *globals = kw_globals();
	struct kw_sample *sample;
	struct kw_slot *slot;
	__u32 index, weight;
	long bytes;

	if (!globals || !pid_tgid || pid_tgid >> 32 == kw_self_tgid)
		return 0;
	weight = globals->sample_every;
	if (weight < 2)
		weight = 1;
	else if (bpf_get_prandom_u32() % weight) /* random: no lockstep with what is sampled */
		return 0;
	__sync_fetch_and_add(&globals->samples, 1);
	if (BPF_CORE_READ(task, flags) & KW_PF_KTHREAD) {
		__sync_fetch_and_add(&globals->kernel_samples, weight);
		return 0;
	}
	index = kw_slot_of_cgroup(bpf_get_current_cgroup_id());
	slot = kw_slot_at(index);
	if (!slot)
		return 0;
	__sync_fetch_and_add(&slot->samples, weight);
	if (!index)
		return 0; /* nobody asks for functions of the aggregate */
	sample = bpf_ringbuf_reserve(&kw_samples, sizeof(*sample), 0);
	if (!sample) {
		kw_count_error(KW_ERROR_SAMPLES);
		return 0;
	}
	sample->kind = KW_EVENT_SAMPLE;
	sample->slot = index;
	sample->tgid = pid_tgid >> 32;
	bytes = bpf_get_stack(ctx, sample->ip, sizeof(sample->ip), BPF_F_USER_STACK);
	sample->depth = bytes > 0 ? bytes / sizeof(__u64) : 0;
	bpf_ringbuf_submit(sample, BPF_RB_NO_WAKEUP);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
