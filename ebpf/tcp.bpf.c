// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Packets that TCP had to send again or that were thrown away, and round trips of every eighth
 * packet. These hooks run in interrupts, where `current` is anybody: the socket says whose it is.
 */
#include "kw_rtt.bpf.h"
#include "kw_timed.bpf.h"

#define KW_TCP_TIME_WAIT 6
#define KW_TCP_NEW_SYN_RECV 12
#define KW_PROBE_MASK 7 /* tcp_probe: one packet in eight */

/* Arguments by BTF: an error since 6.18, a receiving socket since 6.11. */
const volatile bool kw_retransmit_has_error;
const volatile bool kw_drop_has_socket;

SEC("tp_btf/tcp_retransmit_skb")
int kw_tcp_retransmit(__u64 *ctx)
{
	__u64 begin = kw_time_begin(KW_TIMED_EVERY);
	bool sent = !kw_retransmit_has_error || !(__s32)ctx[2];
	struct kw_net_counters *counters;

	counters = sent ? kw_net_at(kw_slot_of_sock((void *)ctx[0])) : 0;
	if (counters)
		__sync_fetch_and_add(&counters->retransmits, 1);
	kw_time_end(KW_TIMED_PACKETS, begin);
	return 0;
}

SEC("tp_btf/tcp_probe")
int kw_tcp_probe(__u64 *ctx)
{
	struct sock *sk = (void *)ctx[0];
	__u64 begin = kw_time_begin(KW_TIMED_EVERY);

	if (!(bpf_get_prandom_u32() & KW_PROBE_MASK))
		kw_count_rtt(sk, kw_slot_of_sock(sk));
	kw_time_end(KW_TIMED_PACKETS, begin);
	return 0;
}

/* Freed without being lost: handed over, or thrown out together with its queue. */
static __always_inline bool kw_is_drop(__u32 reason)
{
	if (reason <= bpf_core_enum_value(enum skb_drop_reason, SKB_DROP_REASON_NOT_SPECIFIED))
		return false;
	return !bpf_core_enum_value_exists(enum skb_drop_reason___purge,
					   SKB_DROP_REASON_QUEUE_PURGE) ||
	       reason != bpf_core_enum_value(enum skb_drop_reason___purge,
					     SKB_DROP_REASON_QUEUE_PURGE);
}

/* Handshakes and connections in TIME_WAIT have sockets that are too small to say whose. */
static __always_inline bool kw_is_tcp(struct sock *sk)
{
	__u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);
	__u8 state = BPF_CORE_READ(sk, __sk_common.skc_state);

	return (family == KW_AF_INET || family == KW_AF_INET6) && state != KW_TCP_TIME_WAIT &&
	       state != KW_TCP_NEW_SYN_RECV && BPF_CORE_READ(sk, sk_protocol) == KW_IPPROTO_TCP;
}

static __always_inline void kw_count_drop(struct sk_buff *skb, struct sock *sk)
{
	struct kw_net_counters *counters;

	if (!sk)
		sk = BPF_CORE_READ(skb, sk);
	if (!sk || !kw_is_tcp(sk))
		return;
	counters = kw_net_at(kw_slot_of_sock(sk));
	if (counters)
		__sync_fetch_and_add(&counters->drops, 1);
}

SEC("tp_btf/kfree_skb")
int kw_drop(__u64 *ctx)
{
	__u64 begin = kw_time_begin(KW_TIMED_EVERY);

	if (kw_is_drop((__u32)ctx[2]))
		kw_count_drop((void *)ctx[0], kw_drop_has_socket ? (void *)ctx[3] : 0);
	kw_time_end(KW_TIMED_PACKETS, begin);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
