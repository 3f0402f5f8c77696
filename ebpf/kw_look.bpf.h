/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where no hook sees transfers (kernels below 6.3): a look at how far a socket has sent and been
 * read, when a thread that remembers it leaves the CPU and at the end of each window. Bytes are
 * then known by the window, and a request is open while this side was the last to send.
 */
#ifndef KW_LOOK_BPF_H
#define KW_LOOK_BPF_H

#include "kw_maps.bpf.h"
#include "kw_state.bpf.h"

static __always_inline struct kw_peer *kw_peer_of(const struct kw_peer_key *key)
{
	struct kw_peer *peer = bpf_map_lookup_elem(&kw_peers, key);
	struct kw_peer fresh = {};

	if (peer)
		return peer;
	if (bpf_map_update_elem(&kw_peers, key, &fresh, BPF_NOEXIST))
		kw_count_lost(KW_ERROR_PEERS, key->slot, KW_LOST_CONNECTIONS, 1);
	return bpf_map_lookup_elem(&kw_peers, key);
}

/* For poll: on which sockets this thread, and its process, may have a request open. */
static __always_inline void kw_remember(struct kw_task *self, __u64 socket)
{
	for (int i = 0; i < KW_OPEN_SOCKETS; i++)
		if (self->open[i] == socket)
			return;
	self->open[self->open_next % KW_OPEN_SOCKETS] = socket;
	self->open_next++;
}

static __always_inline void kw_read_positions(struct sock *sk, struct kw_socket *socket)
{
	socket->at.sent = BPF_CORE_READ((struct tcp_sock *)sk, write_seq);
	socket->at.received = BPF_CORE_READ((struct tcp_sock *)sk, copied_seq);
}

/* Bytes since the last look; two looks at once share them, whoever comes first. */
static __always_inline __s64 kw_advance(__u32 *position, __u32 now)
{
	return (__s32)(now - kw_exchange(position, now));
}

static __always_inline void kw_look(struct sock *sk, struct kw_socket *socket, __u64 now)
{
	__s64 sent = kw_advance(&socket->at.sent, BPF_CORE_READ((struct tcp_sock *)sk, write_seq));
	__s64 received =
		kw_advance(&socket->at.received, BPF_CORE_READ((struct tcp_sock *)sk, copied_seq));
	struct kw_slot *slot = socket->peer.slot ? kw_slot_at(socket->peer.slot) : 0;
	struct kw_peer_key key = socket->peer;
	struct kw_peer *peer;

	if (!slot || (!sent && !received))
		return;
	__sync_fetch_and_add(&slot->tcp_sent, sent);
	__sync_fetch_and_add(&slot->tcp_received, received);
	if (key.role != KW_ROLE_OUTBOUND)
		return;
	/* Answered and asked again looks like asked: it is waiting all the same. */
	socket->open = sent != 0;
	peer = kw_peer_of(&key);
	if (!peer)
		return;
	peer->last_ns = now;
	if (received)
		__sync_fetch_and_add(&peer->requests, 1);
}

#endif
