/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the programs cost, as they tell it themselves: one run in so many is timed. */
#ifndef KW_TIMED_BPF_H
#define KW_TIMED_BPF_H

#include "kw_maps.bpf.h"

/* For programs that read no clock first: when this run began, 0 = it is not timed. */
static __always_inline __u64 kw_time_begin(__u32 every)
{
	return bpf_get_prandom_u32() % every ? 0 : bpf_ktime_get_ns();
}

static __always_inline void kw_time_end(__u32 which, __u64 begin)
{
	__u64 spent;

	if (!begin || which >= KW_TIMED_MAX)
		return;
	spent = bpf_ktime_get_ns() - begin;
	__sync_fetch_and_add(&kw_global.timed[which].runs, 1);
	__sync_fetch_and_add(&kw_global.timed[which].ns,
			     spent < KW_TIMED_MOST_NS ? spent : KW_TIMED_MOST_NS);
}

#endif
