// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Cgroups as they come and go, so that a container is known before its first instruction. */
#include "kw_classify.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} kw_cgroup_events SEC(".maps");

static __always_inline int kw_cgroup_event(struct cgroup *cgroup, const char *path, __u32 kind)
{
	struct kw_cgroup_event *event;

	/* Version 1 hierarchies fire this too, with an id space of their own. */
	if (cgroup->root->hierarchy_id != 0)
		return 0;
	event = bpf_ringbuf_reserve(&kw_cgroup_events, sizeof(*event), 0);
	if (!event) {
		kw_count_error(KW_ERROR_CGROUP_EVENTS);
		return 0;
	}
	event->kind = kind;
	event->cgroup_id = cgroup->kn->id;
	if (bpf_probe_read_kernel_str(event->path, sizeof(event->path), path) < 0)
		event->path[0] = 0;
	bpf_ringbuf_submit(event, 0);
	return 0;
}

SEC("tp_btf/cgroup_mkdir")
int kw_cgroup_mkdir(__u64 *ctx)
{
	return kw_cgroup_event((void *)ctx[0], (void *)ctx[1], KW_EVENT_CGROUP_MKDIR);
}

SEC("tp_btf/cgroup_rmdir")
int kw_cgroup_rmdir(__u64 *ctx)
{
	return kw_cgroup_event((void *)ctx[0], (void *)ctx[1], KW_EVENT_CGROUP_RMDIR);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
