/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Maps that the objects share; the first object loaded creates them, the others reuse them by name.
 */
#ifndef KW_MAPS_BPF_H
#define KW_MAPS_BPF_H

#include "kw_kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "kernwise_abi.h"
#include "kw_task.h"

/*
 * KW_LEGACY: an object built a second time for kernels that have no task storage for tracing
 * programs or no atomics that return a value (both before 5.12). User space tries them and decides.
 *
 * What all objects share and user space maps are variables, each in a section of its own, so that
 * programs find it without a look-up. User space makes the memory, as large as it has to be, and
 * gives it to every object that has the section (profiler/kernel/shared_memory.hpp). Here an array
 * has one element, or each object would contain them all; KW_AT keeps that from the compiler, which
 * only may know that it is somewhere.
 */
#define KW_AT(array, index)                                                                        \
	({                                                                                         \
		__typeof__(&(array)[0]) first_ = (array);                                          \
		__u64 index_ = (index);                                                            \
		barrier_var(first_);                                                               \
		if (!first_)                                                                       \
			__builtin_unreachable();                                                   \
		barrier_var(index_); /* behind the comparison that the verifier needs to see */    \
		&first_[index_];                                                                   \
	})

struct kw_slot kw_slots[1] SEC(".data.slots"); /* KW_MAX_SLOTS */
struct kw_globals kw_global SEC(".data.global");

/* cgroup id -> slot, written by user space; what is not in it belongs to the aggregate. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, KW_MAX_CGROUPS);
	__type(key, __u64);
	__type(value, __u32);
} kw_cgroups SEC(".maps");

struct {
#ifdef KW_LEGACY
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, KW_MAX_LEGACY_TASKS);
#else
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
#endif
	__type(key, int);
	__type(value, struct kw_task);
} kw_tasks SEC(".maps");

/* Keyed by the address of struct sock; an entry lives from connect or accept to close. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, KW_MAX_SOCKETS);
	__type(key, __u64);
	__type(value, struct kw_socket);
} kw_sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, KW_MAX_LISTENERS);
	__type(key, struct kw_listener_key);
	__type(value, struct kw_listener);
} kw_listeners SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, KW_MAX_PEERS);
	__type(key, struct kw_peer_key);
	__type(value, struct kw_peer);
} kw_peers SEC(".maps");

/* Processes built by Go, written by user space: their futex waits are parking, not locks. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, KW_MAX_GO_PROCESSES);
	__type(key, __u32);
	__type(value, __u32);
} kw_go SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, KW_MAX_CULPRITS);
	__type(key, struct kw_culprit_key);
	__type(value, struct kw_culprit);
} kw_culprits SEC(".maps");

/*
 * What does not apply is removed by the verifier, but the question is not. So what a switch would
 * ask is KW_HAS, to which an object built once more for kernels that have it all (KW_RECENT, since
 * 6.2) knows the answer.
 */
const volatile struct kw_setup kw_setup;
#ifdef KW_RECENT
#define KW_HAS(what) true
#else
#define KW_HAS(what) (kw_setup.has_##what)
#endif

static __always_inline void kw_count_error(__u32 which)
{
	if (which < KW_ERROR_MAX)
		__sync_fetch_and_add(&kw_global.errors[which], 1);
}

/*
 * Time of the programs themselves, of one run in so many: a second clock in each would cost more.
 * The product (2^32 by the golden ratio) spreads also times whose low bits are always the same.
 */
static __always_inline bool kw_is_timed(__u64 now)
{
	return (__u32)now * 0x9e3779b1U < (1ULL << 32) / KW_TIMED_EVERY;
}

/* 0 = there is no such slot. */
static __always_inline struct kw_slot *kw_slot_at(__u32 index)
{
	__u64 at = index;

	barrier_var(at);
	return at < KW_MAX_SLOTS ? KW_AT(kw_slots, at) : 0;
}

/* The same where it concerns one container. */
static __always_inline void kw_count_lost(__u32 which, __u32 index, __u32 what, __u32 amount)
{
	struct kw_slot *slot = kw_slot_at(index);

	kw_count_error(which);
	if (slot && what < KW_LOST_MAX)
		__sync_fetch_and_add(&slot->lost[what], amount);
}

static __always_inline __u32 kw_slot_of_cgroup(__u64 cgroup_id)
{
	__u32 *index = bpf_map_lookup_elem(&kw_cgroups, &cgroup_id);

	return index ? *index : KW_SYSTEM_SLOT;
}

/*
 * log2 of microseconds, as documented at KW_BUCKETS: the number of bits below the highest one.
 * Without branches, each of which would double what the verifier has to follow.
 */
static __always_inline __u32 kw_bucket(__u64 ns)
{
	__u64 us = ns / 1000;
	__u32 bits = us < (1U << KW_BUCKETS) ? us : (1U << KW_BUCKETS) - 1;

	bits |= bits >> 1;
	bits |= bits >> 2;
	bits |= bits >> 4;
	bits |= bits >> 8;
	bits |= bits >> 16;
	bits >>= 1;
	bits -= (bits >> 1) & 0x55555555;
	bits = (bits & 0x33333333) + ((bits >> 2) & 0x33333333);
	bits = (bits + (bits >> 4)) & 0x0f0f0f0f;
	bits = (bits * 0x01010101) >> 24;
	barrier_var(bits); /* the verifier does not know what the compiler knows of this number */
	return bits < KW_BUCKETS ? bits : KW_BUCKETS - 1;
}

#endif
