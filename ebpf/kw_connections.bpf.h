/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Listening ports and connections as they come and go: which side of a socket asks. */
#ifndef KW_CONNECTIONS_BPF_H
#define KW_CONNECTIONS_BPF_H

#include "kw_rtt.bpf.h"

#define KW_TCP_SYN_SENT 2
#define KW_TCP_SYN_RECV 3
#define KW_TCP_FIN_WAIT1 4
#define KW_TCP_TIME_WAIT 6
#define KW_TCP_CLOSE 7
#define KW_TCP_CLOSE_WAIT 8

static __always_inline void kw_listen(struct sock *sk, bool begins)
{
	struct kw_listener_key key = {.netns = kw_netns_of(sk),
				      .port = BPF_CORE_READ(sk, __sk_common.skc_num)};
	struct kw_listener fresh = {.count = 1};
	struct kw_listener *known = bpf_map_lookup_elem(&kw_listeners, &key);

	if (!key.port)
		return;
	if (known) {
		__s32 left = (__s32)kw_add_after(&known->count, begins ? 1 : (__u32)-1);

		if (!begins && left <= 0)
			bpf_map_delete_elem(&kw_listeners, &key);
		return;
	}
	if (!begins)
		return;
	fresh.cgroup_id = kw_cgroup_of_sock(sk);
	if (bpf_map_update_elem(&kw_listeners, &key, &fresh, BPF_ANY))
		kw_count_lost(KW_ERROR_LISTENERS, kw_slot_of_cgroup(fresh.cgroup_id),
			      KW_LOST_CONNECTIONS, 1);
}

/* The last look, while its positions still mean bytes: the end itself counts as one in each. */
static __always_inline void kw_socket_leaves(struct sock *sk, int old_state)
{
	__u64 key = (__u64)sk;
	struct kw_socket *socket;

	if (old_state != KW_TCP_ESTABLISHED && old_state != KW_TCP_CLOSE_WAIT)
		return;
	socket = bpf_map_lookup_elem(&kw_sockets, &key);
	if (socket)
		kw_look(sk, socket, bpf_ktime_get_ns());
}

static __always_inline void kw_socket_end(struct sock *sk, bool gone)
{
	__u64 key = (__u64)sk;
	struct kw_socket *socket = bpf_map_lookup_elem(&kw_sockets, &key);

	if (!socket)
		return;
	if (kw_setup.sees_transfers)
		kw_request_end(socket, false, bpf_ktime_get_ns());
	if (!gone)
		return;
	kw_rtt_of_end(sk, socket);
	bpf_map_delete_elem(&kw_sockets, &key);
}

/* Such a socket is met again at its first transfer; its role follows from the ports then. */
static __always_inline bool kw_follows_connections(void)
{
	return !(kw_global.shed & KW_SHED_CONNECTIONS);
}

static __always_inline void kw_connects(struct sock *sk)
{
	if (!kw_follows_connections())
		return;
	kw_socket_add(sk, KW_ROLE_OUTBOUND, kw_slot_of_sock(sk));
	if (!kw_setup.sees_transfers) /* who connects is who will ask */
		kw_remember_request((__u64)sk);
}

static __always_inline void kw_connected(struct sock *sk)
{
	if (!kw_follows_connections())
		return;
	if (!kw_setup.sees_transfers) /* its positions begin only now */
		kw_socket_add(sk, KW_ROLE_OUTBOUND, kw_slot_of_sock(sk));
	kw_count_connection(kw_slot_of_sock(sk), 1);
}

static __always_inline void kw_accepted(struct sock *sk)
{
	__u32 index;

	if (!kw_follows_connections())
		return;
	index = kw_slot_of_sock(sk);
	kw_socket_add(sk, KW_ROLE_INBOUND, index);
	kw_mark_server(index);
	kw_count_connection(index, 0);
}

static __always_inline void kw_state_changes(struct sock *sk, int old_state, int new_state)
{
	if (BPF_CORE_READ(sk, sk_protocol) != KW_IPPROTO_TCP)
		return;
	if (!kw_setup.sees_transfers)
		kw_socket_leaves(sk, old_state);
	if (new_state == KW_TCP_LISTEN) {
		kw_listen(sk, true);
	} else if (old_state == KW_TCP_LISTEN) {
		/* An accepted socket is a copy of its listener that becomes SYN_RECV. */
		if (new_state == KW_TCP_CLOSE)
			kw_listen(sk, false);
	} else if (new_state == KW_TCP_SYN_SENT) {
		kw_connects(sk);
	} else if (new_state == KW_TCP_ESTABLISHED && old_state == KW_TCP_SYN_SENT) {
		kw_connected(sk);
	} else if (new_state == KW_TCP_ESTABLISHED && old_state == KW_TCP_SYN_RECV) {
		kw_accepted(sk);
	} else if (new_state == KW_TCP_CLOSE || new_state == KW_TCP_TIME_WAIT) {
		kw_socket_end(sk, true);
	} else if (new_state >= KW_TCP_FIN_WAIT1 && new_state != KW_TCP_CLOSE_WAIT) {
		kw_socket_end(sk, false);
	}
}

#endif
