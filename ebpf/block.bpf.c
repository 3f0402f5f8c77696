// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Block requests, from issue to completion, charged to the cgroup that owns the data where the
 * kernel knows it (cgroup v2 with the io controller), else to the task that issued them.
 */
#include "kw_classify.bpf.h"
#include "kw_state.bpf.h"
#include "kw_timed.bpf.h"
#include "kernwise_counters.h"

#define KW_OP_MASK 0xff
#define KW_OP_WRITE 1 /* of read 0, write 1; flush and discard are not data */

struct kw_request {
	__u64 issued_ns;
	__u64 bytes;
	__u32 slot;
	__u32 device;
	__u32 write;
	__u32 pad_;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, KW_MAX_REQUESTS);
	__type(key, __u64);
	__type(value, struct kw_request);
} kw_requests SEC(".maps");

/* Keyed by device number, major in the upper half. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, KW_MAX_DISKS);
	__type(key, __u32);
	__type(value, struct kw_disk);
} kw_disks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, KW_MAX_SLOT_DISKS);
	__type(key, struct kw_slot_disk_key);
	__type(value, struct kw_slot_disk);
} kw_slot_disks SEC(".maps");

/* (request) since 5.11 and in stable 5.10; (queue, request) before: read from BTF, not versions. */
const volatile bool kw_issue_has_queue;

static __always_inline __u32 kw_device_of(struct request *request)
{
	struct request___old *old = (void *)request;
	struct gendisk *disk;

	if (bpf_core_field_exists(old->rq_disk))
		disk = BPF_CORE_READ(old, rq_disk);
	else
		disk = BPF_CORE_READ(request, q, disk);
	if (!disk)
		return 0;
	return (__u32)BPF_CORE_READ(disk, major) << 16 |
	       (BPF_CORE_READ(disk, first_minor) & 0xffff);
}

static __always_inline __u32 kw_owner_of(struct request *request)
{
	struct bio *bio = BPF_CORE_READ(request, bio);
	struct task_struct *task = (void *)bpf_get_current_task();

	if (bio && bpf_core_field_exists(bio->bi_blkg)) {
		struct cgroup *cgroup = BPF_CORE_READ(bio, bi_blkg, blkcg, css.cgroup);

		/* Ids mean something on the default hierarchy only; 1 is its root. */
		if (cgroup && BPF_CORE_READ(cgroup, root, hierarchy_id) == 0 &&
		    BPF_CORE_READ(cgroup, kn, id) > 1)
			return kw_slot_of_cgroup(BPF_CORE_READ(cgroup, kn, id));
	}
	if (BPF_CORE_READ(task, flags) & KW_PF_KTHREAD)
		return KW_SYSTEM_SLOT; /* writeback without the io controller: nobody's */
	return kw_slot_of_cgroup(bpf_get_current_cgroup_id());
}

static __always_inline struct kw_disk *kw_disk_of(__u32 device)
{
	struct kw_disk *disk = bpf_map_lookup_elem(&kw_disks, &device);
	struct kw_disk fresh = {};

	if (disk)
		return disk;
	if (bpf_map_update_elem(&kw_disks, &device, &fresh, BPF_NOEXIST))
		kw_count_error(KW_ERROR_DISKS);
	return bpf_map_lookup_elem(&kw_disks, &device);
}

static __always_inline void kw_request_issued(struct request *request)
{
	__u32 operation = BPF_CORE_READ(request, cmd_flags) & KW_OP_MASK;
	struct kw_request fresh = {};
	__u64 key = (__u64)request;
	struct kw_disk *disk;

	/* What is already followed is followed to its end. */
	if (operation > KW_OP_WRITE || (kw_global.shed & KW_SHED_DISK))
		return;
	fresh.issued_ns = bpf_ktime_get_ns();
	fresh.bytes = BPF_CORE_READ(request, __data_len);
	fresh.device = kw_device_of(request);
	fresh.write = operation;
	fresh.slot = kw_owner_of(request);
	if (bpf_map_lookup_elem(&kw_requests, &key)) { /* requeued: the clock starts anew */
		bpf_map_update_elem(&kw_requests, &key, &fresh, BPF_EXIST);
		return;
	}
	if (bpf_map_update_elem(&kw_requests, &key, &fresh, BPF_NOEXIST)) {
		kw_count_lost(KW_ERROR_REQUESTS, fresh.slot, KW_LOST_DISK, 1);
		return;
	}
	disk = kw_disk_of(fresh.device);
	if (disk)
		kw_count_open(&disk->inflight, &disk->busy_sum, 1, fresh.issued_ns);
}

SEC("tp_btf/block_rq_issue")
int kw_block_issue(__u64 *ctx)
{
	__u64 begin = kw_time_begin(KW_TIMED_EVERY_RARE);

	kw_request_issued((void *)(kw_issue_has_queue ? ctx[1] : ctx[0]));
	kw_time_end(KW_TIMED_BLOCK, begin);
	return 0;
}

static __always_inline struct kw_slot_disk *kw_slot_disk_of(__u32 slot, __u32 device)
{
	struct kw_slot_disk_key key = {.slot = slot, .device = device};
	struct kw_slot_disk *disk = bpf_map_lookup_elem(&kw_slot_disks, &key);
	struct kw_slot_disk fresh = {};

	if (disk)
		return disk;
	bpf_map_update_elem(&kw_slot_disks, &key, &fresh, BPF_NOEXIST);
	disk = bpf_map_lookup_elem(&kw_slot_disks, &key);
	if (!disk) /* refused, and no other CPU was first */
		kw_count_lost(KW_ERROR_SLOT_DISKS, slot, KW_LOST_DISK, 1);
	return disk;
}

/* The same by disk; the aggregate's are those of the node. */
static __always_inline void kw_count_slot_disk(const struct kw_request *done, __u64 latency)
{
	struct kw_slot_disk *disk;
	__u32 write = done->write & 1, bucket = kw_bucket(latency);

	disk = done->slot ? kw_slot_disk_of(done->slot, done->device) : 0;
	if (!disk)
		return;
	__sync_fetch_and_add(&disk->ops[write], 1);
	__sync_fetch_and_add(&disk->bytes[write], done->bytes);
	__sync_fetch_and_add(&disk->ns, latency);
	if (bucket < KW_BUCKETS)
		__sync_fetch_and_add(&disk->hist[bucket], 1);
}

static __always_inline void kw_count_request(const struct kw_request *done, __u64 now)
{
	__u32 write = done->write & 1, bucket = kw_bucket(now - done->issued_ns);
	struct kw_disk *disk = bpf_map_lookup_elem(&kw_disks, &done->device);
	struct kw_slot *slot = kw_slot_at(done->slot);
	__u64 latency = now - done->issued_ns;

	if (disk) {
		kw_count_open(&disk->inflight, &disk->busy_sum, -1, now);
		__sync_fetch_and_add(&disk->ops[write], 1);
		__sync_fetch_and_add(&disk->bytes[write], done->bytes);
		__sync_fetch_and_add(&disk->latency_ns[write], latency);
		if (bucket < KW_BUCKETS)
			__sync_fetch_and_add(&disk->hist[bucket], 1);
	}
	kw_count_slot_disk(done, latency);
	if (!slot)
		return;
	__sync_fetch_and_add(&slot->disk_ops[write], 1);
	__sync_fetch_and_add(&slot->disk_bytes[write], done->bytes);
	__sync_fetch_and_add(&slot->disk_ns[write], latency);
	if (bucket < KW_BUCKETS)
		__sync_fetch_and_add(&slot->disk_hist[write][bucket], 1);
}

static __always_inline void kw_request_completed(struct request *request, __u32 completed)
{
	__u64 key = (__u64)request;
	struct kw_request *issued = bpf_map_lookup_elem(&kw_requests, &key);
	struct kw_request done;

	if (!issued || completed < BPF_CORE_READ(request, __data_len))
		return; /* the rest of a partial completion follows */
	done = *issued;
	bpf_map_delete_elem(&kw_requests, &key);
	kw_count_request(&done, bpf_ktime_get_ns());
}

/* Runs in the interrupt of the device: `current` is whoever was there. */
SEC("tp_btf/block_rq_complete")
int kw_block_complete(__u64 *ctx)
{
	__u64 begin = kw_time_begin(KW_TIMED_EVERY_RARE);

	kw_request_completed((void *)ctx[0], ctx[2]);
	kw_time_end(KW_TIMED_BLOCK, begin);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
