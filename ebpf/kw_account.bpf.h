/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where a finished wait is booked: its class, its peer, the run queue and who held the CPU there.
 */
#ifndef KW_ACCOUNT_BPF_H
#define KW_ACCOUNT_BPF_H

#include "kw_classify.bpf.h"
#include "kw_state.bpf.h"

#define KW_LOCK_LIMIT_NS 1000000000ULL /* a mutex-like wait of a second or more is a pool */
#define KW_CULPRIT_NS 1000000ULL       /* waits for a CPU from here on remember who had it */

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
	if (class >= KW_CLASS_MAX)
		return;
	__sync_fetch_and_add(&slot->class_ns[class], ns);
	if (socket && (class == KW_CLASS_NET_OUT || class == KW_CLASS_POLL_OUT))
		kw_count_peer_wait(socket, ns);
}

static __always_inline __u32 kw_settled_class(const struct kw_task *self, __u32 class, __u64 now)
{
	if (class == KW_CLASS_FUTEX_LOCK && now >= self->wait_start_ns + KW_LOCK_LIMIT_NS)
		return KW_CLASS_FUTEX_IDLE;
	return class;
}

static __always_inline void kw_count_culprit(const struct kw_task *self, __u64 ns, __u64 now)
{
	struct kw_culprit_key key = {.victim = self->slot, .culprit = self->pending_culprit};
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
static __always_inline void kw_count_runq(const struct kw_task *self, struct kw_slot *slot,
					  __u64 runq, __u64 now)
{
	__u64 behind = runq < self->pending_busy_ns ? runq : self->pending_busy_ns;

	if (self->pending_holder >= KW_HOLDER_MAX)
		return;
	__sync_fetch_and_add(&slot->runq_ns[self->pending_holder], behind);
	if (runq > behind)
		__sync_fetch_and_add(&slot->runq_ns[KW_HOLDER_IDLE], runq - behind);
	__sync_fetch_and_add(&slot->runq_hist[kw_bucket(runq)], 1);
	if (self->pending_holder == KW_HOLDER_OTHERS && behind >= KW_CULPRIT_NS)
		kw_count_culprit(self, behind, now);
}

/* Splits the finished wait into run queue and waiting, now that the kernel knows the former. */
static __always_inline void kw_settle(struct task_struct *task, struct kw_task *self,
				      struct kw_slot *slot, __u64 now)
{
	__u64 delay = task->sched_info.run_delay;
	__u64 pending = self->pending_ns;
	__u64 runq = delay - self->run_delay;

	self->run_delay = delay;
	if (!pending)
		return;
	self->pending_ns = 0;
	if (runq > pending || self->pending_class == KW_CLASS_RUNQ)
		runq = pending;
	if (runq)
		kw_count_runq(self, slot, runq, now);
	if (pending > runq)
		kw_count_wait(slot, self->pending_class, self->pending_socket, pending - runq);
	if (self->woke & KW_WOKE_BUSY)
		__sync_fetch_and_add(&slot->woke_busy_ns, runq);
	if (self->woke & KW_WOKE_BLOCKED)
		__sync_fetch_and_add(&slot->woke_blocked_ns, runq);
	self->woke = 0;
}

#endif
