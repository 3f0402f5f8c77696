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

#ifdef KW_LEGACY

/*
 * Without an addition that returns the value before, an interval follows the condition as it is
 * now: a sum is negative exactly while it is open. Two CPUs that see the same change store the same
 * sum; the second look makes up for a change between a CPU's look and its store.
 */
static __always_inline void kw_follow(__s64 *sum, bool holds, __u64 now)
{
	__s64 value = *(volatile __s64 *)sum;

	if (holds != (value < 0))
		*(volatile __s64 *)sum = value + (holds ? -(__s64)now : (__s64)now);
}

static __always_inline void kw_follow_state(struct kw_slot *slot, __u64 state, __u64 now)
{
	kw_follow(&slot->busy_sum, KW_STATE_ACTIVE(state) != 0, now);
	kw_follow(&slot->inbound_sum, KW_STATE_INBOUND(state) != 0, now);
	kw_follow(&slot->blocked_sum, kw_is_blocked(slot, state), now);
}

static __always_inline __u64 kw_state_add(struct kw_slot *slot, __s64 delta, __u64 now)
{
	__u64 seen, again;

	__sync_fetch_and_add(&slot->state, (__u64)delta);
	seen = *(volatile __u64 *)&slot->state;
	kw_follow_state(slot, seen, now);
	again = *(volatile __u64 *)&slot->state;
	if (again != seen)
		kw_follow_state(slot, again, now);
	return seen - (__u64)delta;
}

static __always_inline void kw_count_open(__u64 *count, __s64 *sum, __s64 delta, __u64 now)
{
	__sync_fetch_and_add(count, (__u64)delta);
	kw_follow(sum, *(volatile __u64 *)count != 0, now);
	kw_follow(sum, *(volatile __u64 *)count != 0, now);
}

/* Only where one CPU at a time changes the word, or a rare loss is harmless. */
static __always_inline __u32 kw_exchange(__u32 *word, __u32 value)
{
	__u32 before = *(volatile __u32 *)word;

	*(volatile __u32 *)word = value;
	return before;
}

static __always_inline __u32 kw_add_after(__u32 *word, __u32 delta)
{
	__sync_fetch_and_add(word, delta);
	return *(volatile __u32 *)word;
}

#else

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

/* The same for one plain count: wall time with at least one open. */
static __always_inline void kw_count_open(__u64 *count, __s64 *sum, __s64 delta, __u64 now)
{
	__u64 before = __sync_fetch_and_add(count, (__u64)delta);

	kw_interval(sum, before != 0, before + (__u64)delta != 0, now);
}

/* Returns the value before. */
static __always_inline __u32 kw_exchange(__u32 *word, __u32 value)
{
	return __sync_lock_test_and_set(word, value);
}

/* Returns the value after. */
static __always_inline __u32 kw_add_after(__u32 *word, __u32 delta)
{
	return __sync_fetch_and_add(word, delta) + delta;
}

#endif /* KW_LEGACY */

#endif
