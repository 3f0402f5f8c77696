// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Socket roles and requests. A socket that connected asks (outbound), one that was accepted is
 * asked (inbound). First bytes sent after an answer open an outbound request, the first bytes
 * received close it; for inbound the other way round. Only trace points, nothing in the data path.
 */
#include "kw_connections.bpf.h"
#include "kw_timed.bpf.h"

#define KW_MSG_PEEK 2
#define KW_EAGAIN 11

SEC("tp_btf/inet_sock_set_state")
int kw_sock_state(__u64 *ctx)
{
	__u64 begin = kw_time_begin(KW_TIMED_EVERY_RARE);

	kw_state_changes((void *)ctx[0], ctx[1], ctx[2]);
	kw_time_end(KW_TIMED_CONNECTIONS, begin);
	return 0;
}

/* A UDP socket that asks: it has no port of its own choice. */
static __always_inline void kw_udp(struct sock *sk, bool sent)
{
	struct kw_task *self;

	if (BPF_CORE_READ_BITFIELD_PROBED(sk, sk_userlocks) & KW_EXPLICIT_PORT)
		return;
	self = kw_task_of(bpf_get_current_task_btf(), true);
	if (self)
		self->udp_socket = sent ? (__u64)sk : 0;
}

/* The container of a socket may get its slot after the socket was made. No request is open then. */
static __always_inline void kw_socket_claim(struct kw_socket *socket)
{
	__u32 index = kw_current_slot();

	if (!index)
		return;
	socket->peer.slot = index;
	if (socket->peer.role == KW_ROLE_INBOUND)
		kw_mark_server(index);
}

/* The TCP socket behind a transfer, or nothing for other protocols. */
static __always_inline struct kw_socket *kw_transfer(struct sock *sk, bool sent)
{
	__u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);
	__u16 protocol = BPF_CORE_READ(sk, sk_protocol);
	__u64 key = (__u64)sk;
	struct kw_socket *socket;

	if (family != KW_AF_INET && family != KW_AF_INET6)
		return 0;
	if (protocol == KW_IPPROTO_UDP)
		kw_udp(sk, sent);
	if (protocol != KW_IPPROTO_TCP)
		return 0;
	socket = bpf_map_lookup_elem(&kw_sockets, &key);
	if (!socket)
		return kw_socket_adopt(sk, kw_current_slot());
	if (!socket->peer.slot)
		kw_socket_claim(socket);
	return socket;
}

static __always_inline bool kw_is_self(void)
{
	return bpf_get_current_pid_tgid() >> 32 == kw_setup.self_tgid;
}

/* Busy sockets cost without a switch, so the valve has to know of them by themselves. */
static __always_inline void kw_time_transfer(__u64 begin)
{
	kw_time_end(KW_TIMED_TRANSFERS, kw_is_timed(begin) ? begin : 0);
}

static __always_inline void kw_sent(struct sock *sk, int sent, __u64 now)
{
	struct kw_socket *socket = kw_transfer(sk, true);
	struct kw_slot *slot;

	if (!socket || !socket->peer.slot)
		return;
	slot = kw_slot_at(socket->peer.slot);
	if (slot)
		__sync_fetch_and_add(&slot->tcp_sent, sent);
	if (socket->peer.role == KW_ROLE_INBOUND) {
		if (socket->open)
			kw_rtt_of_answer(sk, socket);
		kw_request_end(socket, true, now);
		return;
	}
	if (!socket->open)
		kw_remember_request((__u64)sk);
	kw_request_begin(socket, now);
}

SEC("tp_btf/sock_send_length")
int kw_sock_send(__u64 *ctx)
{
	struct sock *sk = (void *)ctx[0];
	int sent = ctx[1];
	__u64 now;

	if (sent <= 0 || kw_is_self())
		return 0;
	now = bpf_ktime_get_ns();
	kw_sent(sk, sent, now);
	kw_time_transfer(now);
	return 0;
}

static __always_inline void kw_received(struct sock *sk, int received, __u64 now)
{
	struct kw_socket *socket = kw_transfer(sk, false);
	struct kw_slot *slot;

	if (!socket || !socket->peer.slot)
		return;
	slot = kw_slot_at(socket->peer.slot);
	if (slot && received > 0)
		__sync_fetch_and_add(&slot->tcp_received, received);
	if (socket->peer.role == KW_ROLE_OUTBOUND && socket->open && received > 0)
		kw_rtt_of_answer(sk, socket);
	if (socket->peer.role == KW_ROLE_OUTBOUND)
		kw_request_end(socket, received > 0, now);
	else if (received > 0)
		kw_request_begin(socket, now);
}

SEC("tp_btf/sock_recv_length")
int kw_sock_recv(__u64 *ctx)
{
	struct sock *sk = (void *)ctx[0];
	int received = ctx[1];
	__u64 now;

	if (received == -KW_EAGAIN || (ctx[2] & KW_MSG_PEEK) || kw_is_self())
		return 0;
	now = bpf_ktime_get_ns();
	kw_received(sk, received, now);
	kw_time_transfer(now);
	return 0;
}

/*
 * Run at start: listening ports first (`listeners` pass), then the connections that were there
 * before us, so that kept connections have a role from the first window on. Where transfers are not
 * seen the second pass is also run at the end of each window.
 */
__u32 kw_walk_listeners;

SEC("iter/tcp")
int kw_tcp_walk(struct bpf_iter__tcp *ctx)
{
	struct sock_common *common = ctx->sk_common;
	struct sock *sk = (struct sock *)common;
	struct kw_socket *socket;
	__u64 key = (__u64)sk;
	__u8 state;

	if (!common)
		return 0;
	state = BPF_CORE_READ(common, skc_state);
	if (kw_walk_listeners) {
		if (state == KW_TCP_LISTEN)
			kw_listen(sk, true);
		return 0;
	}
	if (state != KW_TCP_ESTABLISHED && state != KW_TCP_CLOSE_WAIT)
		return 0;
	socket = bpf_map_lookup_elem(&kw_sockets, &key);
	if (!socket)
		kw_socket_adopt(sk, kw_slot_of_sock(sk));
	else if (!kw_setup.sees_transfers)
		kw_look(sk, socket, bpf_ktime_get_ns());
	return 0;
}

/*
 * Run by user space once transfers are not seen any more: nobody would see the end of a request
 * that is open. Whoever takes back the mark counts the end, this or the socket's own.
 */
SEC("iter/bpf_map_elem")
int kw_settle_requests(struct bpf_iter__bpf_map_elem *ctx)
{
	__u64 *place = ctx->key, key;
	struct kw_socket *socket;

	if (!place)
		return 0;
	key = *place;
	socket = bpf_map_lookup_elem(&kw_sockets, &key);
	if (socket)
		kw_request_end(socket, false, bpf_ktime_get_ns());
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
