/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where a finished wait is booked: its class, its peer, the run queue and who held the CPU there.
 */
#ifndef KW_ACCOUNT_BPF_H
#define KW_ACCOUNT_BPF_H

#include "kw_classify.bpf.h"
#include "kw_cpu.h"
#include "kw_since.bpf.h"

#define KW_LOCK_LIMIT_NS 1000000000ULL /* a mutex-like wait of a second or more is a pool */
#define KW_CULPRIT_NS 1000000ULL       /* waits for a CPU from here on remember who had it */
#define KW_IDLE_SLOT 0xfffffffeU       /* who ran before: nobody */

static __always_inline void kw_count_wait(struct kw_slot *slot, __u32 class, __u64 ns)
{
	__u64 at = class;

	/* What is compared is what is used: of a copy the verifier would not know the bounds. */
	barrier_var(at);
	if (at >= KW_CLASS_MAX)
		return;
	barrier_var(at);
	__sync_fetch_and_add(&slot->class_ns[at], ns);
}

/* A wait of a thread, as it was known before it ended. */
struct kw_waited {
	__u64 since_ns; /* from when on it is not counted yet */
	__u64 start_ns; /* when it really began */
	__u64 run_delay;
	__u64 socket;
	__u32 class;
};

static __always_inline struct kw_waited kw_waited_of(const struct kw_task *self, __u64 since)
{
	struct kw_waited waited = {.since_ns = since,
				   .start_ns = self->wait_start_ns,
				   .run_delay = self->run_delay,
				   .socket = self->wait_socket,
				   .class = self->wait_class};

	return waited;
}

/* `ns` of the wait, where it was for a peer. */
static __always_inline void kw_count_for_peer(const struct kw_waited *waited, __u64 ns)
{
	__u64 socket = waited->socket;
	struct kw_socket *known;
	struct kw_peer_key key;
	struct kw_peer *peer;

	if (!ns || !socket ||
	    (waited->class != KW_CLASS_NET_OUT && waited->class != KW_CLASS_POLL_OUT))
		return;
	known = bpf_map_lookup_elem(&kw_sockets, &socket);
	if (!known)
		return;
	key = known->peer;
	peer = bpf_map_lookup_elem(&kw_peers, &key);
	if (peer)
		__sync_fetch_and_add(&peer->wait_ns, ns);
}

/* What it was, if it lasted until `end`. */
static __always_inline __u32 kw_settled_class(const struct kw_waited *waited, __u64 end)
{
	if (kw_unlikely(waited->class == KW_CLASS_FUTEX_LOCK) &&
	    end >= waited->start_ns + KW_LOCK_LIMIT_NS)
		return KW_CLASS_FUTEX_IDLE;
	return waited->class;
}

static __noinline void kw_count_culprit(__u32 victim, __u32 culprit, __u64 ns, __u64 now)
{
	struct kw_culprit_key key = {.victim = victim, .culprit = culprit};
	struct kw_culprit fresh = {.wait_ns = ns, .waits = 1, .last_ns = now};
	struct kw_culprit *known = bpf_map_lookup_elem(&kw_culprits, &key);

	if (!known) {
		if (bpf_map_update_elem(&kw_culprits, &key, &fresh, BPF_NOEXIST))
			kw_count_error(KW_ERROR_CULPRITS);
		return;
	}
	__sync_fetch_and_add(&known->wait_ns, ns);
	__sync_fetch_and_add(&known->waits, 1);
	known->last_ns = now;
}

static __noinline __u32 kw_bucket_of(__u64 ns)
{
	return kw_bucket(ns);
}

static __always_inline void kw_count_behind(struct kw_slot *slot, __u32 index,
					    const struct kw_run *run, __u64 ns)
{
	if (run->came_after == index) {
		__sync_fetch_and_add(&slot->runq_ns[KW_HOLDER_OWN], ns);
		return;
	}
	__sync_fetch_and_add(&slot->runq_ns[KW_HOLDER_OTHERS], ns);
	if (kw_unlikely(ns >= KW_CULPRIT_NS))
		kw_count_culprit(index, run->came_after, ns, run->came_ns);
}

/*
 * Who had the CPU while the thread was runnable. It waited at most since the CPU was idle last for
 * who ran before it (not at all where nobody did: then the CPU was idle until it came): a throttled
 * thread on an idle CPU waited for its quota, not for whoever happened to run just before it.
 */
static __always_inline void kw_count_runq(struct kw_slot *slot, __u32 index,
					  const struct kw_run *run, __u64 runq)
{
	__u64 behind = run->came_ns - run->busy_since;
	__u32 bucket = 0;

	if (behind < runq)
		__sync_fetch_and_add(&slot->runq_ns[KW_HOLDER_IDLE], runq - behind);
	else
		behind = runq;
	if (kw_likely(behind))
		kw_count_behind(slot, index, run, behind);
	if (kw_unlikely(runq >= 2000)) {
		bucket = kw_bucket_of(runq);
		if (bucket >= KW_BUCKETS)
			return;
	}
	__sync_fetch_and_add(&slot->runq_hist[bucket], 1);
}

/* While the thread was runnable its container was not inactive, though nothing of it ran. */
static __always_inline void kw_count_woke(struct kw_slot *slot, const struct kw_run *run,
					  __u64 runq)
{
	__u64 woke = run->inactive_ns;

	if (!woke)
		return;
	if (runq < woke)
		woke = runq;
	__sync_fetch_and_add(&slot->woke_busy_ns, woke);
	if (run->was_blocked)
		__sync_fetch_and_add(&slot->woke_blocked_ns, woke);
}

/*
 * Books the wait that ended when the thread came to its CPU. How much of it was run queue the
 * kernel has settled by then: `delay` is its sched_info.run_delay now. Returns how much was not.
 */
static __always_inline __u64 kw_settle(const struct kw_waited *waited, __u64 delay,
				       const struct kw_run *run, struct kw_slot *slot, __u32 index)
{
	__u64 runq = delay - waited->run_delay, wait = run->came_ns - waited->since_ns;

	/* Or none: 0 is behind everything. */
	if (kw_unlikely(waited->since_ns - 1 >= run->came_ns - 1))
		return 0;
	if (runq > wait)
		runq = wait;
	wait -= runq;
	if (kw_unlikely(waited->class == KW_CLASS_RUNQ)) {
		runq += wait;
		wait = 0;
	} else {
		kw_count_wait(slot, kw_settled_class(waited, run->came_ns), wait);
		if (kw_unlikely(!runq))
			return wait;
	}
	kw_count_runq(slot, index, run, runq);
	kw_count_woke(slot, run, runq);
	return wait;
}

#endif
