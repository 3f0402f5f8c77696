/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What TCP itself measures of a container's connections: round trips, retransmits, drops. */
#ifndef KW_RTT_BPF_H
#define KW_RTT_BPF_H

#include "kw_sockets.bpf.h"
#include "kernwise_counters.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, KW_MAX_SLOTS);
	__type(key, __u32);
	__type(value, struct kw_net_counters);
} kw_net_slots SEC(".maps");

/* Round trips are sampled from packets (tcp_probe), not from requests. */
const volatile bool kw_rtt_by_packet;

static __always_inline struct kw_net_counters *kw_net_at(__u32 index)
{
	return index ? bpf_map_lookup_elem(&kw_net_slots, &index) : 0;
}

/* The smoothed time as TCP keeps it: eighths of a microsecond. */
static __always_inline void kw_count_rtt(struct sock *sk, __u32 index)
{
	__u64 us = BPF_CORE_READ((struct tcp_sock *)sk, srtt_us) >> 3;
	struct kw_net_counters *counters = us ? kw_net_at(index) : 0;
	__u32 bucket = kw_bucket(us * 1000);

	if (!counters)
		return;
	__sync_fetch_and_add(&counters->rtt_ns, us * 1000);
	if (bucket < KW_BUCKETS)
		__sync_fetch_and_add(&counters->rtt_hist[bucket], 1);
}

/* One sample for each answer: what the requests of the container met, at no cost per packet. */
static __always_inline void kw_rtt_of_answer(struct sock *sk, struct kw_socket *socket)
{
	if (kw_rtt_by_packet)
		return;
	socket->rtt_seen = 1;
	kw_count_rtt(sk, socket->peer.slot);
}

/* A connection that ends without one is sampled then. */
static __always_inline void kw_rtt_of_end(struct sock *sk, struct kw_socket *socket)
{
	if (!socket->rtt_seen && !kw_rtt_by_packet)
		kw_count_rtt(sk, socket->peer.slot);
}

#endif
