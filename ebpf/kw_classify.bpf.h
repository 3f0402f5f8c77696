/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a thread waits for, from its state, its system call and the file behind its descriptor. */
#ifndef KW_CLASSIFY_BPF_H
#define KW_CLASSIFY_BPF_H

#include "kw_look.bpf.h"
#include "kw_place.bpf.h"

#define KW_PF_KTHREAD 0x00200000
#define KW_PF_IDLE 0x2
#define KW_TASK_UNINTERRUPTIBLE 0x2 /* tested as a bit: 6.1 added flags above it */
#define KW_TASK_DEAD 0x80

#define KW_S_IFMT 00170000
#define KW_S_IFSOCK 0140000
#define KW_S_IFREG 0100000
#define KW_S_IFBLK 0060000
#define KW_S_IFDIR 0040000
#define KW_S_IFIFO 0010000

#define KW_AF_INET 2
#define KW_AF_INET6 10
#define KW_TCP_ESTABLISHED 1
#define KW_TCP_LISTEN 10
#define KW_IPPROTO_TCP 6
#define KW_IPPROTO_UDP 17
#define KW_EXPLICIT_PORT 8 /* SOCK_BINDPORT_LOCK */

#define KW_FUTEX_COMMAND 0x7f
#define KW_FUTEX_WAIT 0
#define KW_FUTEX_LOCK_PI 6
#define KW_FUTEX_LOCK_PI2 13

static __always_inline bool kw_is_listening_port(__u32 netns, __u16 port)
{
	struct kw_listener_key key = {.netns = netns, .port = port};

	return bpf_map_lookup_elem(&kw_listeners, &key) != 0;
}

static __always_inline bool kw_follows_requests(void)
{
	return !(kw_global.shed & KW_SHED_REQUESTS);
}

/* A server with no inbound request in flight has nobody to wait for. */
static __always_inline bool kw_is_quiet(const struct kw_slot *slot)
{
	return slot->has_inbound && !KW_STATE_INBOUND(slot->state) && kw_follows_requests();
}

static __always_inline void kw_look_from(struct kw_task *self, struct sock *sk,
					 struct kw_socket *socket)
{
	if (!socket->peer.slot) /* its container got its slot after the socket was made */
		socket->peer.slot = self->slot;
	kw_remember(self, (__u64)sk);
	kw_look(sk, socket, bpf_ktime_get_ns());
}

static __noinline __u32 kw_class_of_socket(struct sock *sk, struct kw_task *self,
					   struct kw_slot *slot)
{
	__u64 key = (__u64)sk;
	__u16 protocol = KW_READ(struct sock, sk, sk_protocol);
	struct kw_socket *known;
	__u32 netns;

	if (protocol == KW_IPPROTO_UDP) {
		/* Who sent is not known: one that connected is the one that asks. */
		bool asks = kw_setup.sees_transfers
				    ? self->udp_socket == key
				    : KW_READ(struct sock, sk, __sk_common.skc_state) ==
					      KW_TCP_ESTABLISHED;

		if (!asks)
			return KW_CLASS_NET_IN;
		return kw_is_quiet(slot) ? KW_CLASS_NET_QUIET : KW_CLASS_NET_OUT;
	}
	if (KW_READ(struct sock, sk, __sk_common.skc_state) == KW_TCP_LISTEN)
		return KW_CLASS_NET_IN;
	known = bpf_map_lookup_elem(&kw_sockets, &key);
	if (known && !kw_setup.sees_transfers)
		kw_look_from(self, sk, known);
	if (known && known->peer.role == KW_ROLE_OUTBOUND)
		return kw_is_quiet(slot) ? KW_CLASS_NET_QUIET : KW_CLASS_NET_OUT;
	if (known && known->peer.role == KW_ROLE_INBOUND)
		return KW_CLASS_NET_IN;
	netns = KW_READ_BEHIND(struct sock, sk, __sk_common.skc_net.net, ns.inum);
	if (kw_is_listening_port(netns, KW_READ(struct sock, sk, __sk_common.skc_num)))
		return KW_CLASS_NET_IN;
	__sync_fetch_and_add(&slot->unknown_role, 1);
	return KW_CLASS_NET_UNKNOWN;
}

static __always_inline struct sock *kw_sock_of(struct file *file)
{
	struct socket *socket = KW_READ(struct file, file, private_data);

	return socket ? KW_READ(struct socket, socket, sk) : 0;
}

static __always_inline __u32 kw_class_of_file(struct file *file, __u32 state, struct kw_task *self,
					      struct kw_slot *slot)
{
	__u16 type = KW_READ_BEHIND(struct file, file, f_inode, i_mode) & KW_S_IFMT;
	struct sock *sk;
	__u16 family;

	switch (type) {
	case KW_S_IFREG:
	case KW_S_IFBLK:
	case KW_S_IFDIR:
		return state & KW_TASK_UNINTERRUPTIBLE ? KW_CLASS_DISK_SOFT : KW_CLASS_OTHER;
	case KW_S_IFIFO:
		return kw_is_quiet(slot) ? KW_CLASS_IPC_QUIET : KW_CLASS_IPC;
	case KW_S_IFSOCK:
		sk = kw_sock_of(file);
		if (!sk)
			return KW_CLASS_OTHER;
		family = KW_READ(struct sock, sk, __sk_common.skc_family);
		if (family != KW_AF_INET && family != KW_AF_INET6)
			return kw_is_quiet(slot) ? KW_CLASS_IPC_QUIET : KW_CLASS_IPC;
		self->wait_socket = (__u64)sk;
		return kw_class_of_socket(sk, self, slot);
	}
	return KW_CLASS_OTHER;
}

/* The socket of the oldest request still open among those remembered; 0 = none. */
static __always_inline __u64 kw_oldest_open(struct kw_task *self)
{
	__u64 oldest = 0, since = ~0ULL;

	for (int i = 0; i < KW_OPEN_SOCKETS; i++) {
		__u64 key = self->open[i];
		struct kw_socket *socket;

		if (!key)
			continue;
		socket = bpf_map_lookup_elem(&kw_sockets, &key);
		if (socket && !kw_setup.sees_transfers) {
			kw_look_from(self, (struct sock *)key, socket);
			oldest = socket->open ? key : oldest;
			continue;
		}
		if (!socket || !socket->open || socket->peer.role != KW_ROLE_OUTBOUND) {
			self->open[i] = 0;
			continue;
		}
		if (socket->request_ns < since) {
			since = socket->request_ns;
			oldest = key;
		}
	}
	return oldest;
}

/*
 * poll and epoll: waiting for an answer when this thread has a request open, or its process has one
 * and the epoll is shared between threads (a pool around one event loop); else idle.
 */
static __noinline __u32 kw_class_of_poll(struct task_struct *task, struct kw_task *self,
					 struct kw_slot *slot, struct file *epoll)
{
	struct kw_task *leader = kw_task_of(task->group_leader, false);
	__u32 tid = task->pid;
	__u64 socket = kw_oldest_open(self);

	if (leader && epoll) {
		if (leader->epoll_file == (__u64)epoll && leader->epoll_tid != tid)
			leader->epoll_shared = 1;
		leader->epoll_file = (__u64)epoll;
		leader->epoll_tid = tid;
	}
	if (!socket && leader && leader->epoll_shared)
		socket = kw_oldest_open(leader);
	if (!socket)
		socket = self->udp_socket;
	if (!socket)
		return KW_CLASS_POLL_IDLE;
	self->wait_socket = socket;
	return kw_is_quiet(slot) ? KW_CLASS_NET_QUIET : KW_CLASS_POLL_OUT;
}

static __noinline bool kw_is_go(struct task_struct *task, struct kw_task *self)
{
	__u32 tgid = task->tgid, generation = (__u32)kw_global.go_generation + 1;

	if (self->go_generation != generation) {
		self->is_go = bpf_map_lookup_elem(&kw_go, &tgid) != 0;
		self->go_generation = generation;
	}
	return self->is_go;
}

static __always_inline __u32 kw_class_of_futex(struct task_struct *task, struct kw_task *self,
					       struct pt_regs *call)
{
	__u32 command = KW_REGISTER(call, si) & KW_FUTEX_COMMAND;
	bool mutex_like = command == KW_FUTEX_LOCK_PI || command == KW_FUTEX_LOCK_PI2 ||
			  (command == KW_FUTEX_WAIT && !KW_REGISTER(call, r10));

	return mutex_like && !kw_is_go(task, self) ? KW_CLASS_FUTEX_LOCK : KW_CLASS_FUTEX_IDLE;
}

/* Where the first argument of the call is not what matters. */
static __always_inline __u32 kw_class_of_group(struct task_struct *task, struct pt_regs *call,
					       __u32 group, struct kw_task *self,
					       struct kw_slot *slot)
{
	switch (group) {
	case KW_SYS_SLEEP:
		return KW_CLASS_SLEEP;
	case KW_SYS_FUTEX:
		return kw_class_of_futex(task, self, call);
	case KW_SYS_FUTEX_WAITV:
		return KW_CLASS_FUTEX_IDLE;
	case KW_SYS_POLL:
		return kw_class_of_poll(task, self, slot, 0);
	case KW_SYS_EPOLL:
		return kw_class_of_poll(task, self, slot, kw_file_of(task, KW_REGISTER(call, di)));
	case KW_SYS_ACCEPT:
		return KW_CLASS_NET_IN;
	case KW_SYS_CHILD:
		return KW_CLASS_CHILD;
	case KW_SYS_LOCK:
		return KW_CLASS_FILE_LOCK;
	case KW_SYS_IPC:
		return kw_is_quiet(slot) ? KW_CLASS_IPC_QUIET : KW_CLASS_IPC;
	}
	return KW_CLASS_OTHER;
}

static __always_inline __u32 kw_class_of_call(struct task_struct *task, __u32 state,
					      struct kw_task *self, struct kw_slot *slot)
{
	bool uninterruptible = state & KW_TASK_UNINTERRUPTIBLE;
	struct pt_regs *call = kw_entered_with(task);
	__u64 number = KW_REGISTER(call, orig_ax);
	__u32 group, class = KW_CLASS_OTHER;
	struct file *file;

	group = number < KW_SYSCALLS ? kw_setup.syscall_group_of[number] : KW_SYS_OTHER;
	if (group == KW_SYS_FD || group == KW_SYS_CONNECT) {
		file = kw_file_of(task, KW_REGISTER(call, di));
		if (file)
			class = kw_class_of_file(file, state, self, slot);
	} else if (kw_unlikely((__s64)number < 0)) {
		/* a fault: userfaultfd when interruptible, else the mmap lock */
		return uninterruptible ? KW_CLASS_KERNEL_LOCK : KW_CLASS_MEM;
	} else if (group == KW_SYS_FSYNC) {
		return uninterruptible ? KW_CLASS_DISK_SOFT : KW_CLASS_OTHER;
	} else {
		class = kw_class_of_group(task, call, group, self, slot);
	}
	return class == KW_CLASS_OTHER && uninterruptible ? KW_CLASS_KERNEL_LOCK : class;
}

/* The decision order; cheap tests first, file and socket only for calls that have one. */
static __always_inline __u32 kw_classify(struct task_struct *task, __u32 state,
					 struct kw_task *self, struct kw_slot *slot)
{
	self->wait_socket = 0;
	if (bpf_core_field_exists(task->in_memstall) &&
	    kw_unlikely(BPF_CORE_READ_BITFIELD(task, in_memstall)))
		return KW_CLASS_MEM;
	if (kw_unlikely(BPF_CORE_READ_BITFIELD(task, in_iowait))) {
		struct pt_regs *call = kw_entered_with(task);
		__u64 number = KW_REGISTER(call, orig_ax);

		if (number < KW_SYSCALLS && kw_setup.syscall_group_of[number] == KW_SYS_IO_URING)
			return KW_CLASS_IO_URING;
		return KW_CLASS_DISK;
	}
	return kw_class_of_call(task, state, self, slot);
}

#endif
