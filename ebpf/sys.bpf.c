// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * System calls by name: how many, how many failed, how long. Any program on these hooks costs every
 * system call of the node (the slow path of entry and exit), so only the comprehensive profile
 * loads them.
 */
#include "kw_timed.bpf.h"
#include "kernwise_counters.h"

#define KW_MAX_ERRNO 4095
#define KW_ERESTARTSYS                                                                             \
	512 /* and up to 516: the kernel's own, the call starts again or says EINTR */
#define KW_ERESTART_LAST 516

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, KW_MAX_SLOTS *KW_MAX_TRACKED);
	__type(key, __u32);
	__type(value, struct kw_syscall_counters);
} kw_syscall_slots SEC(".maps");

struct kw_call_start {
	__u64 at_ns;
	__u64 number;
};

/*
 * By thread id. Entries stay and are written again, so nothing has to be deleted; what is thrown
 * out costs one latency sample, never a count.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, KW_MAX_CALLS);
	__type(key, __u32);
	__type(value, struct kw_call_start);
} kw_syscall_starts SEC(".maps");

/* Index + 1 of each tracked number, 0 = not tracked. */
const volatile __u8 kw_tracked[KW_SYSCALLS];

static __always_inline __u32 kw_tracked_index(__u64 number)
{
	if (number >= KW_SYSCALLS)
		return 0;
	return kw_tracked[number & (KW_SYSCALLS - 1)];
}

static __always_inline void kw_call_begins(__u64 number)
{
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	struct kw_call_start fresh = {.number = number};
	struct kw_call_start *known;
	__u32 tid = (__u32)pid_tgid;

	if (!kw_tracked_index(number) || pid_tgid >> 32 == kw_setup.self_tgid ||
	    !kw_slot_of_cgroup(bpf_get_current_cgroup_id()))
		return;
	fresh.at_ns = bpf_ktime_get_ns();
	known = bpf_map_lookup_elem(&kw_syscall_starts, &tid);
	if (known)
		*known = fresh;
	else if (bpf_map_update_elem(&kw_syscall_starts, &tid, &fresh, BPF_ANY))
		kw_count_error(KW_ERROR_CALLS);
}

SEC("tp_btf/sys_enter")
int kw_sys_enter(__u64 *ctx)
{
	__u64 begin = kw_time_begin(KW_TIMED_EVERY);

	kw_call_begins(ctx[1]);
	kw_time_end(KW_TIMED_CALLS, begin);
	return 0;
}

static __always_inline bool kw_is_error(__s64 result)
{
	return result < 0 && result >= -KW_MAX_ERRNO &&
	       !(result <= -KW_ERESTARTSYS && result >= -KW_ERESTART_LAST);
}

static __always_inline void kw_count_latency(struct kw_syscall_counters *counters, __u64 number)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();
	struct kw_call_start *start = bpf_map_lookup_elem(&kw_syscall_starts, &tid);
	__u64 now = bpf_ktime_get_ns();
	__u32 bucket;

	if (!start || start->number != number || !start->at_ns || start->at_ns > now)
		return;
	bucket = kw_bucket(now - start->at_ns);
	__sync_fetch_and_add(&counters->ns, now - start->at_ns);
	if (bucket < KW_BUCKETS)
		__sync_fetch_and_add(&counters->hist[bucket], 1);
	start->at_ns = 0;
}

static __always_inline void kw_call_ends(__u64 number, __s64 result)
{
	__u32 tracked = kw_tracked_index(number);
	struct kw_syscall_counters *counters;
	__u32 index;

	if (!tracked || bpf_get_current_pid_tgid() >> 32 == kw_setup.self_tgid)
		return;
	index = kw_slot_of_cgroup(bpf_get_current_cgroup_id());
	if (!index)
		return;
	index = index * KW_MAX_TRACKED + ((tracked - 1) & (KW_MAX_TRACKED - 1));
	counters = bpf_map_lookup_elem(&kw_syscall_slots, &index);
	if (!counters)
		return;
	__sync_fetch_and_add(&counters->calls, 1);
	if (kw_is_error(result))
		__sync_fetch_and_add(&counters->errors, 1);
	kw_count_latency(counters, number);
}

SEC("tp_btf/sys_exit")
int kw_sys_exit(__u64 *ctx)
{
	struct pt_regs *regs = (void *)ctx[0];
	__u64 begin = kw_time_begin(KW_TIMED_EVERY);

	kw_call_ends(regs->orig_ax, (__s64)ctx[1]);
	kw_time_end(KW_TIMED_CALLS, begin);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
