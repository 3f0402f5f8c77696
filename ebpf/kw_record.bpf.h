/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Stacks that somebody asked for: taken only of the slots that are marked, and only meanwhile. */
#ifndef KW_RECORD_BPF_H
#define KW_RECORD_BPF_H

#include "kw_maps.bpf.h"
#include "kernwise_stacks.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, KW_MAX_SLOTS);
	__type(key, __u32);
	__type(value, struct kw_record);
} kw_records SEC(".maps");

/* A flood of stacks costs stacks, never the samples that every window needs. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} kw_stacks SEC(".maps");

/* The record of a slot whose `what` is wanted now. */
static __always_inline struct kw_record *kw_recorded(__u32 slot, __u32 what)
{
	struct kw_record *record = bpf_map_lookup_elem(&kw_records, &slot);

	return slot && record && (record->what & what) ? record : 0;
}

static __always_inline __u32 kw_frames(long bytes)
{
	return bytes > 0 ? bytes / sizeof(__u64) : 0;
}

#endif
