/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whose a socket is, which side of it asks, and the requests that are open on it. */
#ifndef KW_SOCKETS_BPF_H
#define KW_SOCKETS_BPF_H

#include "kw_classify.bpf.h"
#include "kw_state.bpf.h"
#include <bpf/bpf_endian.h>

static __always_inline __u32 kw_current_slot(void)
{
	return kw_slot_of_cgroup(bpf_get_current_cgroup_id());
}

/* Who made the socket; right also in interrupts, where `current` is anybody. 0 = not known. */
static __always_inline __u64 kw_cgroup_of_sock(struct sock *sk)
{
	struct sock___old *old = (void *)sk;
	struct cgroup *cgroup;
	__u64 value;

	if (!bpf_core_field_exists(sk->sk_cgrp_data.cgroup)) {
		if (!bpf_core_field_exists(old->sk_cgrp_data.val))
			return 0;
		/* Two low bits say that it is a class of version 1 and no pointer. */
		value = BPF_CORE_READ(old, sk_cgrp_data.val);
		return value && !(value & 3) ? BPF_CORE_READ((struct cgroup *)value, kn, id) : 0;
	}
	cgroup = BPF_CORE_READ(sk, sk_cgrp_data.cgroup);
	return cgroup ? BPF_CORE_READ(cgroup, kn, id) : 0;
}

static __always_inline __u32 kw_slot_of_sock(struct sock *sk)
{
	return kw_slot_of_cgroup(kw_cgroup_of_sock(sk));
}

static __always_inline __u32 kw_netns_of(struct sock *sk)
{
	return BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
}

static __always_inline void kw_read_endpoint(struct sock *sk, __u32 role, struct kw_endpoint *at)
{
	at->family = BPF_CORE_READ(sk, __sk_common.skc_family);
	at->netns = kw_netns_of(sk);
	at->port = role == KW_ROLE_INBOUND ? BPF_CORE_READ(sk, __sk_common.skc_num)
					   : bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport));
	if (at->family == KW_AF_INET6) {
		BPF_CORE_READ_INTO(&at->address, sk, __sk_common.skc_v6_daddr.in6_u.u6_addr8);
	} else {
		__be32 address = BPF_CORE_READ(sk, __sk_common.skc_daddr);

		at->address[10] = at->address[11] = 0xff;
		__builtin_memcpy(&at->address[12], &address, sizeof(address));
	}
}

static __always_inline struct kw_socket *kw_socket_add(struct sock *sk, __u32 role, __u32 slot)
{
	struct kw_socket fresh = {};
	__u64 key = (__u64)sk;

	fresh.peer.slot = slot;
	fresh.peer.role = role;
	if (!kw_setup.sees_transfers)
		kw_read_positions(sk, &fresh);
	kw_read_endpoint(sk, role, &fresh.peer.at);
	if (bpf_map_update_elem(&kw_sockets, &key, &fresh, BPF_ANY)) {
		kw_count_lost(KW_ERROR_SOCKETS, slot, KW_LOST_CONNECTIONS, 1);
		return 0;
	}
	return bpf_map_lookup_elem(&kw_sockets, &key);
}

static __always_inline void kw_mark_server(__u32 index)
{
	struct kw_slot *slot = index ? kw_slot_at(index) : 0;

	/* Where it is not known whether a request is in flight, nothing may depend on it. */
	if (slot && kw_setup.sees_transfers && !slot->has_inbound)
		slot->has_inbound = 1;
}

/* A socket met in the middle of its life: its role follows from the listening ports. */
static __always_inline struct kw_socket *kw_socket_adopt(struct sock *sk, __u32 index)
{
	bool inbound =
		kw_is_listening_port(kw_netns_of(sk), BPF_CORE_READ(sk, __sk_common.skc_num));

	if (inbound)
		kw_mark_server(index);
	return kw_socket_add(sk, inbound ? KW_ROLE_INBOUND : KW_ROLE_OUTBOUND, index);
}

static __always_inline void kw_count_connection(__u32 index, __u32 direction)
{
	struct kw_slot *slot = index ? kw_slot_at(index) : 0;

	if (slot)
		__sync_fetch_and_add(&slot->connections[direction], 1);
}

static __always_inline void kw_outstanding(struct kw_peer *peer, __s64 delta, __u64 now)
{
	kw_count_open(&peer->outstanding, &peer->outstanding_sum, delta, now);
	peer->last_ns = now;
}

static __always_inline void kw_request_begin(struct kw_socket *socket, __u64 now)
{
	bool outbound = socket->peer.role == KW_ROLE_OUTBOUND;
	struct kw_peer_key key = socket->peer;
	struct kw_peer *peer;
	struct kw_slot *slot;

	if (kw_exchange(&socket->open, 1))
		return;
	socket->request_ns = now;
	slot = key.slot ? kw_slot_at(key.slot) : 0;
	if (!slot)
		return;
	if (outbound) {
		kw_state_add(slot, KW_STATE_OUTBOUND_ONE, now);
		peer = kw_peer_of(&key);
		if (peer)
			kw_outstanding(peer, 1, now);
	} else {
		kw_state_add(slot, KW_STATE_INBOUND_ONE, now);
		__sync_fetch_and_add(&slot->inbound_requests, 1);
	}
}

static __always_inline void kw_request_end(struct kw_socket *socket, bool answered, __u64 now)
{
	bool outbound = socket->peer.role == KW_ROLE_OUTBOUND;
	struct kw_peer_key key = socket->peer;
	__u64 spent = now - socket->request_ns;
	struct kw_peer *peer;
	struct kw_slot *slot;

	if (!kw_exchange(&socket->open, 0))
		return;
	slot = key.slot ? kw_slot_at(key.slot) : 0;
	if (!slot)
		return;
	if (!outbound) {
		kw_state_add(slot, -(__s64)KW_STATE_INBOUND_ONE, now);
		if (answered) {
			__sync_fetch_and_add(&slot->inbound_completed, 1);
			__sync_fetch_and_add(&slot->inbound_ns, spent);
		}
		return;
	}
	kw_state_add(slot, -(__s64)KW_STATE_OUTBOUND_ONE, now);
	peer = bpf_map_lookup_elem(&kw_peers, &key);
	if (!peer)
		return;
	kw_outstanding(peer, -1, now);
	if (answered) {
		__sync_fetch_and_add(&peer->requests, 1);
		__sync_fetch_and_add(&peer->latency_ns, spent);
	}
}

#ifdef KW_LEGACY

/* Without task storage a thread is known once it was switched. */
static __always_inline void kw_remember_request(__u64 socket)
{
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	__u32 tid = (__u32)pid_tgid, tgid = pid_tgid >> 32;
	struct kw_task *self = bpf_map_lookup_elem(&kw_tasks, &tid);
	struct kw_task *leader = bpf_map_lookup_elem(&kw_tasks, &tgid);

	if (self)
		kw_remember(self, socket);
	if (leader && leader != self)
		kw_remember(leader, socket);
}

#else

static __always_inline void kw_remember_request(__u64 socket)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct kw_task *self = kw_task_of(task, true);
	struct kw_task *leader = kw_task_of(task->group_leader, false);

	if (self)
		kw_remember(self, socket);
	if (leader && leader != self)
		kw_remember(leader, socket);
}

#endif

#endif
