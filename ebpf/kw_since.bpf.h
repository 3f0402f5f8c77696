/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The start of an open interval (kw_run.on_ns, kw_task.on_ns, off_ns), which a switch on one CPU
 * and the task iterator on another may both want to count: each moment goes to exactly one of them.
 */
#ifndef KW_SINCE_BPF_H
#define KW_SINCE_BPF_H

#include "kw_maps.bpf.h"

#ifdef KW_LEGACY

/* Of off_ns and on_ns. */
static __always_inline struct kw_turns *kw_turns_of(struct kw_task *self)
{
	return &self->turns;
}

/*
 * Without atomics that return a value each side writes one word and then reads the other's. The
 * additions between are full memory barriers, so they cannot both miss each other. When both see
 * each other the interval goes to nobody: less than a microsecond's chance for each walk.
 */
static __always_inline void kw_barrier(struct kw_turns *turns)
{
	__sync_fetch_and_add(&turns->turns, 1);
}

static __always_inline void kw_open(struct kw_turns *turns, __u64 *since, __u64 now)
{
	*(volatile __u64 *)since = now;
	kw_barrier(turns);
}

static __always_inline __u64 kw_close(struct kw_turns *turns, __u64 *since)
{
	__u64 start = *(volatile __u64 *)since, walked;

	*(volatile __u64 *)since = 0;
	kw_barrier(turns);
	walked = *(volatile __u64 *)&turns->walked_ns;
	return start && walked > start ? walked : start;
}

static __always_inline __u64 kw_claim(struct kw_turns *turns, __u64 *since, __u64 seen, __u64 now)
{
	__u64 walked = turns->walked_ns;

	if (!seen || seen >= now || walked >= now)
		return 0;
	*(volatile __u64 *)&turns->walked_ns = now;
	kw_barrier(turns);
	if (*(volatile __u64 *)since == seen)
		return walked > seen ? walked : seen;
	*(volatile __u64 *)&turns->walked_ns = walked;
	return 0;
}

/* An interval cannot be taken from the switch that will end it. */
static __always_inline bool kw_take(__u64 *since, __u64 seen)
{
	return false;
}

/* Nothing that may race with the switch that begins the first interval. */
static __always_inline void kw_open_first(__u64 *since, __u64 now)
{
	if (!*(volatile __u64 *)since)
		*(volatile __u64 *)since = now;
}

#else

/* Atomics need none. */
static __always_inline struct kw_turns *kw_turns_of(struct kw_task *self)
{
	return 0;
}

/* Begins an interval: the thread's own CPU, at a switch. */
static __always_inline void kw_open(struct kw_turns *turns, __u64 *since, __u64 now)
{
	*(volatile __u64 *)since = now;
}

/* Ends it and returns from when on it is still to be counted; 0 = it was not open. */
static __always_inline __u64 kw_close(struct kw_turns *turns, __u64 *since)
{
	return __sync_lock_test_and_set(since, 0);
}

/*
 * The iterator counts an interval that it has `seen` open up to `now`: returns from when on; 0 = it
 * was not open, or a switch ended it just now.
 */
static __always_inline __u64 kw_claim(struct kw_turns *turns, __u64 *since, __u64 seen, __u64 now)
{
	if (!seen || seen >= now)
		return 0;
	return __sync_val_compare_and_swap(since, seen, now) == seen ? seen : 0;
}

/* The iterator ends an interval that it has `seen` open, if no switch has done it by now. */
static __always_inline bool kw_take(__u64 *since, __u64 seen)
{
	return seen && __sync_val_compare_and_swap(since, seen, 0) == seen;
}

/* The iterator begins the interval of a task that was never switched since the attach. */
static __always_inline void kw_open_first(__u64 *since, __u64 now)
{
	__sync_val_compare_and_swap(since, 0, now);
}

#endif

#endif
