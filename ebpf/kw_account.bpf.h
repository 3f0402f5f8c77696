/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where a finished wait is booked: its class, its peer, the run queue and who held the CPU there.
 */
#ifndef KW_ACCOUNT_BPF_H
#define KW_ACCOUNT_BPF_H

#include "kw_classify.bpf.h"
#include "kw_cpu.h"
#include "kw_since.bpf.h"

/* Without reasons (profile minimal) only what costs nothing to know: neither locks nor sockets. */
const volatile bool kw_reasons;

#define KW_LOCK_LIMIT_NS 1000000000ULL /* a mutex-like wait of a second or more is a pool */
#define KW_CULPRIT_NS 1000000ULL       /* waits for a CPU from here on remember who had it */
#define KW_IDLE_SLOT 0xfffffffeU       /* who ran before: nobody */

static __always_inline void kw_count_peer_wait(__u64 socket, __u64 ns)
{
	struct kw_socket *known = bpf_map_lookup_elem(&kw_sockets, &socket);
	struct kw_peer_key key;
	struct kw_peer *peer;

	if (!known)
		return;
	key = known->peer;
	peer = bpf_map_lookup_elem(&kw_peers, &key);
	if (peer)
		__sync_fetch_and_add(&peer->wait_ns, ns);
}

static __always_inline void kw_count_wait(struct kw_slot *slot, __u32 class, __u64 socket, __u64 ns)
{
	__u64 at = class;

	/* What is compared is what is used: of a copy the verifier would not know the bounds. */
	barrier_var(at);
	if (at >= KW_CLASS_MAX)
		return;
	barrier_var(at);
	__sync_fetch_and_add(&slot->class_ns[at], ns);
	if (kw_reasons &&
	    kw_unlikely(socket && (class == KW_CLASS_NET_OUT || class == KW_CLASS_POLL_OUT)))
		kw_count_peer_wait(socket, ns);
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

/* What it was, if it lasted until `end`. */
static __always_inline __u32 kw_settled_class(const struct kw_waited *waited, __u64 end)
{
	if (kw_reasons && waited->class == KW_CLASS_FUTEX_LOCK &&
	    end >= waited->start_ns + KW_LOCK_LIMIT_NS)
		return KW_CLASS_FUTEX_IDLE;
	return waited->class;
}

static __always_inline void kw_count_culprit(__u32 victim, __u32 culprit, __u64 ns, __u64 now)
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

/*
 * Who had the CPU while the thread was runnable. Behind the last holder it waited at most since the
 * CPU was idle last: a throttled thread on an idle CPU waited for its quota, not for whoever
 * happened to run just before it.
 */
static __always_inline void kw_count_runq(struct kw_slot *slot, __u32 index,
					  const struct kw_run *run, __u64 runq)
{
	__u32 holder = run->came_after == index ? KW_HOLDER_OWN : KW_HOLDER_OTHERS;
	__u64 behind = 0;

	if (run->came_after != KW_IDLE_SLOT && run->came_ns > run->busy_since)
		behind = run->came_ns - run->busy_since;
	if (behind > runq)
		behind = runq;
	if (behind)
		__sync_fetch_and_add(&slot->runq_ns[holder], behind);
	if (runq > behind)
		__sync_fetch_and_add(&slot->runq_ns[KW_HOLDER_IDLE], runq - behind);
	__sync_fetch_and_add(&slot->runq_hist[kw_likely(runq < 2000) ? 0 : kw_bucket(runq)], 1);
	if (kw_unlikely(holder == KW_HOLDER_OTHERS && behind >= KW_CULPRIT_NS))
		kw_count_culprit(index, run->came_after, behind, run->came_ns);
}

/* While the thread was runnable its container was not inactive, though nothing of it ran. */
static __always_inline void kw_count_woke(struct kw_slot *slot, const struct kw_run *run,
					  __u64 runq)
{
	__u64 woke = runq < run->inactive_ns ? runq : run->inactive_ns;

	if (kw_likely(!woke))
		return;
	__sync_fetch_and_add(&slot->woke_busy_ns, woke);
	if (run->was_blocked)
		__sync_fetch_and_add(&slot->woke_blocked_ns, woke);
}

/*
 * Books the wait that ended when the thread came to its CPU. How much of it was run queue the
 * kernel has settled by then: `delay` is its sched_info.run_delay now.
 */
static __always_inline void kw_settle(const struct kw_waited *waited, __u64 delay,
				      const struct kw_run *run, struct kw_slot *slot, __u32 index)
{
	__u64 runq = delay - waited->run_delay;
	__u64 wait;
	__u32 class;

	if (!waited->since_ns || waited->since_ns >= run->came_ns)
		return;
	wait = run->came_ns - waited->since_ns;
	class = kw_settled_class(waited, run->came_ns);
	if (runq > wait || class == KW_CLASS_RUNQ)
		runq = wait;
	if (wait > runq)
		kw_count_wait(slot, class, waited->socket, wait - runq);
	if (!runq)
		return;
	kw_count_runq(slot, index, run, runq);
	kw_count_woke(slot, run, runq);
}

#endif
