// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Memory of containers: processes killed for want of it, charged to the victim (`current` is
 * whoever asked for a page), and faults that had to read from a disk, each of them.
 */
#include "kw_timed.bpf.h"
#include "kernwise_counters.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, KW_MAX_SLOTS);
	__type(key, __u32);
	__type(value, struct kw_memory_counters);
} kw_memory_slots SEC(".maps");

static __always_inline void kw_count_victim(struct task_struct *task)
{
	__u32 index = kw_slot_of_cgroup(task->cgroups->dfl_cgrp->kn->id);
	struct kw_memory_counters *counters = bpf_map_lookup_elem(&kw_memory_slots, &index);

	if (counters)
		__sync_fetch_and_add(&counters->oom_kills, 1);
}

/* Where the argument is the victim itself (with stable backports: see BTF). */
SEC("tp_btf/mark_victim")
int kw_oom_victim(__u64 *ctx)
{
	kw_count_victim((void *)ctx[0]);
	return 0;
}

/* Where it is only a pid: a victim still knows at its end that it was one. */
SEC("tp_btf/sched_process_exit")
int kw_oom_exit(__u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];

	if (task->pid == task->tgid && task->signal->oom_mm)
		kw_count_victim(task);
	return 0;
}

/* The event has period 1, so every fault is one run, and the task is the one that faulted. */
SEC("perf_event")
int kw_major_fault(struct bpf_perf_event_data *ctx)
{
	struct kw_memory_counters *counters = 0;
	__u64 begin = kw_time_begin(KW_TIMED_EVERY_RARE);
	__u32 index;

	if (bpf_get_current_pid_tgid() >> 32 != kw_setup.self_tgid) {
		index = kw_slot_of_cgroup(bpf_get_current_cgroup_id());
		counters = bpf_map_lookup_elem(&kw_memory_slots, &index);
	}
	if (counters)
		__sync_fetch_and_add(&counters->major_faults, 1);
	kw_time_end(KW_TIMED_FAULTS, begin);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
