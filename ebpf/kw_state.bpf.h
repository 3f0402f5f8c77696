/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Pod times: which part of wall time a container is busy, serving, or blocked on somebody else. */
#ifndef KW_STATE_BPF_H
#define KW_STATE_BPF_H

#include "kw_maps.bpf.h"

static __always_inline bool kw_is_blocked(const struct kw_slot *slot, __u64 state)
{
	return KW_STATE_OUTBOUND(state) && !KW_STATE_ACTIVE(state) &&
	       (!slot->has_inbound || KW_STATE_INBOUND(state));
}

/* Opens or closes an interval of a signed sum when its condition changes. */
static __always_inline void kw_interval(__s64 *sum, bool before, bool after, __u64 now)
{
	if (before != after)
		__sync_fetch_and_add(sum, after ? -(__s64)now : (__s64)now);
}

/*
 * Adds to the packed state and keeps the intervals. The fetch orders all CPUs' changes, so every
 * condition opens and closes in turn whatever runs at the same time. Returns the state before.
 */
static __always_inline __u64 kw_state_add(struct kw_slot *slot, __s64 delta, __u64 now)
{
	__u64 before = __sync_fetch_and_add(&slot->state, (__u64)delta);
	__u64 after = before + (__u64)delta;

	kw_interval(&slot->busy_sum, KW_STATE_ACTIVE(before) != 0, KW_STATE_ACTIVE(after) != 0,
		    now);
	kw_interval(&slot->inbound_sum, KW_STATE_INBOUND(before) != 0, KW_STATE_INBOUND(after) != 0,
		    now);
	kw_interval(&slot->blocked_sum, kw_is_blocked(slot, before), kw_is_blocked(slot, after),
		    now);
	return before;
}

#endif
