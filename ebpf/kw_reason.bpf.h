/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a thread that leaves the CPU waits for, as far as this profile and the valve want to know.
 */
#ifndef KW_REASON_BPF_H
#define KW_REASON_BPF_H

#include "kw_account.bpf.h"
#include "kw_state.bpf.h"

static __always_inline __u32 kw_plain_reason(struct task_struct *task)
{
	if (bpf_core_field_exists(task->in_memstall) && BPF_CORE_READ_BITFIELD(task, in_memstall))
		return KW_CLASS_MEM;
	return BPF_CORE_READ_BITFIELD(task, in_iowait) ? KW_CLASS_DISK : KW_CLASS_OTHER;
}

/*
 * A UDP answer may never come and its socket may be gone without a trace, so a UDP request counts
 * as outstanding only while a thread waits for its answer. The thread ends that when it goes again:
 * until then its container is active, and nothing active is blocked.
 */
static __always_inline void kw_ask_by_udp(struct kw_task *self, struct kw_slot *slot, __u32 class,
					  __u64 now)
{
	if (kw_likely(!self->wait_socket || self->wait_socket != self->udp_socket))
		return;
	if (class != KW_CLASS_NET_OUT && class != KW_CLASS_POLL_OUT)
		return;
	self->asking_slot = self->slot;
	if (self->slot)
		kw_state_add(slot, KW_STATE_OUTBOUND_ONE, now);
}

static __always_inline void kw_udp_wait_ended(struct kw_task *self, __u64 now)
{
	struct kw_slot *slot = kw_slot_at(self->asking_slot);

	self->asking_slot = 0;
	if (slot)
		kw_state_add(slot, -(__s64)KW_STATE_OUTBOUND_ONE, now);
}

/*
 * In a function of its own, as is all that needs keys on the stack: beside it the usual way through
 * a switch would need more than 64 bytes, for which the kernel fetches another stack.
 */
static __noinline __u32 kw_reason(struct task_struct *task, __u32 state, struct kw_task *self,
				  struct kw_slot *slot, struct kw_cpu *cpu)
{
	__u32 class;

	if (kw_unlikely(cpu->shed & KW_SHED_REQUESTS))
		self->udp_socket = 0; /* nobody sees its answer */
	if (kw_unlikely(cpu->shed & KW_SHED_REASONS)) {
		self->wait_socket = 0;
		return KW_CLASS_NONE;
	}
	class = kw_classify(task, state, self, slot);
	kw_ask_by_udp(self, slot, class, cpu->clock.last_ns);
	return class;
}

/* A wait on a socket is over, of which `ns` are not counted yet. */
static __noinline void kw_socket_wait_ended(struct kw_task *self, __u64 ns, struct kw_cpu *cpu)
{
	struct kw_waited waited = kw_waited_of(self, 0);

	kw_count_for_peer(&waited, ns);
	if (self->asking_slot)
		kw_udp_wait_ended(self, cpu->clock.last_ns);
}

#endif
