/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Structs and numbers shared by the kernel programs and the C++ side. Declared once, asserted by
 * both compilers. Only fixed-width fields; every counter is cumulative and user space subtracts.
 */
#ifndef KERNWISE_ABI_H
#define KERNWISE_ABI_H

#ifndef __bpf__
#include <linux/types.h>
#endif

#ifdef __cplusplus
#define KW_STATIC_ASSERT(condition, text) static_assert(condition, text)
#else
#define KW_STATIC_ASSERT(condition, text) _Static_assert(condition, text)
#endif

#include "kernwise_globals.h"

#define KW_MAX_SLOTS 2048 /* containers of a node; slot 0 is the aggregate `system` */
#define KW_SYSTEM_SLOT 0
#define KW_MAX_CGROUPS 8192 /* a container may have cgroups nested below it */
#define KW_MAX_SOCKETS 16384
#define KW_MAX_LISTENERS 4096
#define KW_MAX_PEERS 4096
#define KW_MAX_REQUESTS 8192 /* block requests in flight */
#define KW_MAX_DISKS 64
#define KW_MAX_GO_PROCESSES 4096
#define KW_MAX_LEGACY_TASKS 8192   /* threads, where the kernel has no task storage */
#define KW_TASK_PLACES 2048	   /* threads found without a call; others are in task storage */
#define KW_MAX_CULPRITS 1024	   /* pairs of who waited and who held the CPU */
#define KW_KERNEL_SLOT 0xffffffffU /* as a culprit: kernel threads, and the profiler itself */
#define KW_SYSCALLS 512
#define KW_BUCKETS 20 /* log2 of microseconds: 1 us .. 0.5 s */
#define KW_PATH_MAX 256
#define KW_OPEN_SOCKETS 4 /* outstanding requests remembered per thread and per process */

/* What a thread waits for, decided when it leaves the CPU. User space maps these to wait shares. */
enum kw_class {
	KW_CLASS_NONE = 0,
	KW_CLASS_RUNQ,	      /* preempted or yielded */
	KW_CLASS_DISK,	      /* in_iowait */
	KW_CLASS_DISK_SOFT,   /* journal, NFS, FUSE: file syscall in D state without in_iowait */
	KW_CLASS_IO_URING,    /* io_uring_enter sets in_iowait also for sockets */
	KW_CLASS_MEM,	      /* reclaim, swap-in, thrashing; userfaultfd */
	KW_CLASS_NET_OUT,     /* I/O on a socket this side connected */
	KW_CLASS_NET_IN,      /* I/O on an accepted or listening socket */
	KW_CLASS_NET_UNKNOWN, /* role of the socket not known */
	KW_CLASS_NET_QUIET,   /* NET_OUT or POLL_OUT of a server without an inbound request */
	KW_CLASS_POLL_OUT,    /* poll or epoll while an outbound request is outstanding */
	KW_CLASS_POLL_IDLE,
	KW_CLASS_IPC,	      /* unix sockets, pipes, message queues, netlink, vsock */
	KW_CLASS_IPC_QUIET,   /* the same of a server without an inbound request */
	KW_CLASS_FUTEX_LOCK,  /* mutex-like and shorter than a second */
	KW_CLASS_FUTEX_IDLE,  /* condition variables, pools, Go's parking */
	KW_CLASS_FILE_LOCK,   /* flock, fcntl, semop */
	KW_CLASS_KERNEL_LOCK, /* D state with none of the above */
	KW_CLASS_SLEEP,	      /* nanosleep, pause, sigwait */
	KW_CLASS_CHILD,	      /* wait4, vfork */
	KW_CLASS_OTHER,	      /* tty, eventfd, stopped, frozen */
	KW_CLASS_MAX = 24,
};

/* Groups of system calls; the table of numbers is filled by user space for its architecture. */
enum kw_syscall_group {
	KW_SYS_OTHER = 0,
	KW_SYS_SLEEP,
	KW_SYS_FUTEX,
	KW_SYS_FUTEX_WAITV,
	KW_SYS_FD, /* first argument is a descriptor: read, write, recv, send, ... */
	KW_SYS_CONNECT,
	KW_SYS_ACCEPT,
	KW_SYS_POLL,
	KW_SYS_EPOLL,
	KW_SYS_FSYNC,
	KW_SYS_CHILD,
	KW_SYS_LOCK,
	KW_SYS_IPC,
	KW_SYS_IO_URING,
};

/* What user space knows of the kernel, and what it wants, before it loads a program. */
struct kw_setup {
	__u32 self_tgid;   /* is not followed */
	__u32 cpu_mask;	   /* of kw_cpus: a power of two, less one */
	__u32 thread_size; /* of a task's kernel stack */
	/* A bool is one byte to both compilers. */
	bool has_prev_state;   /* argument of sched_switch: since 5.18 */
	bool has_task_pt_regs; /* helper: since 5.15 */
	bool has_casts;	       /* bpf_rdonly_cast: since 6.2 */
	bool sees_transfers;   /* sock_send_length, sock_recv_length: since 6.3 */
	bool reasons; /* without them (profile minimal) neither locks nor sockets are known */
	__u8 syscall_group_of[KW_SYSCALLS]; /* kw_syscall_group of this architecture's numbers */
};

/* Who had the CPU that a runnable thread waited for. */
enum kw_holder {
	KW_HOLDER_OTHERS = 0,
	KW_HOLDER_OWN,
	KW_HOLDER_IDLE,
	KW_HOLDER_MAX,
};

/* What a container loses with a failed update. Those of its flame data are in kw_record. */
enum kw_lost {
	KW_LOST_SWITCHES = 0, /* a switch of a thread that found no room */
	KW_LOST_CONNECTIONS,  /* a socket, listening port or peer without room, each time it is met
			       */
	KW_LOST_DISK,	      /* a block request */
	KW_LOST_SAMPLES,      /* a 99 Hz tick, by weight */
	KW_LOST_MAX = 4,
};

/*
 * Parts of wall time are kept as one signed sum: the start of an interval is subtracted, its end
 * added. Negative means an interval is open and its part so far is sum + now. One word, so a reader
 * never sees half an update.
 */
struct kw_slot {
	__u64 cgroup_id;
	__u64 state; /* packed: see KW_STATE_* */
	__s64 busy_sum;
	__s64 inbound_sum;
	__s64 blocked_sum;
	__u64 on_cpu_ns;
	__u64 switches[2]; /* voluntary, forced */
	/* The first line of the cache ends here; a switch needs this one and a wait's class, too.
	 */
	__u64 runq_ns[KW_HOLDER_MAX];
	__u64 woke_busy_ns;	 /* part of its inactivity in which who ended it was runnable */
	__u64 woke_blocked_ns;	 /* the same, where that time had counted as blocked */
	__u64 inactive_since_ns; /* when the last of its threads left a CPU */
	__u32 has_inbound;	 /* accepted a connection at least once */
	__u32 threads;		 /* counted by the task iterator */
	__u32 runq_hist[KW_BUCKETS];
	__u64 class_ns[KW_CLASS_MAX];
	__u64 samples;	  /* 99 Hz */
	__u64 disk_ns[2]; /* read, write: sum of request latencies */
	__u64 disk_ops[2];
	__u64 disk_bytes[2];
	__u64 tcp_sent;
	__u64 tcp_received;
	__u64 connections[2]; /* inbound, outbound */
	__u64 inbound_requests;
	__u64 inbound_completed;
	__u64 inbound_ns;   /* sum over completed inbound requests */
	__u64 unknown_role; /* socket waits whose role was not known */
	__u32 disk_hist[2][KW_BUCKETS];
	__u32 lost[KW_LOST_MAX]; /* failed updates of what concerns it */
	__u32 pad_[4];
};

/* kw_slot.state: threads running | inbound in flight | outbound outstanding. */
#define KW_STATE_ACTIVE_ONE 1ULL
#define KW_STATE_INBOUND_ONE (1ULL << 20)
#define KW_STATE_OUTBOUND_ONE (1ULL << 42)
#define KW_STATE_ACTIVE(s) ((s) & 0xfffffULL)
#define KW_STATE_INBOUND(s) (((s) >> 20) & 0x3fffffULL)
#define KW_STATE_OUTBOUND(s) ((s) >> 42)

/* A network endpoint as a socket names it; IPv4 is stored as a mapped IPv6 address. */
struct kw_endpoint {
	__u8 address[16];
	__u16 port; /* host byte order */
	__u16 family;
	__u32 netns;
};

enum kw_role {
	KW_ROLE_UNKNOWN = 0,
	KW_ROLE_OUTBOUND,
	KW_ROLE_INBOUND,
};

/* What a container says to one peer. For inbound traffic `at.port` is the local port. */
struct kw_peer_key {
	__u32 slot;
	__u32 role;
	struct kw_endpoint at;
};

struct kw_peer {
	__u64 outstanding;     /* requests open now */
	__s64 outstanding_sum; /* wall time with at least one open, as in kw_slot */
	__u64 wait_ns;	       /* thread time spent blocked on it */
	__u64 requests;	       /* answered */
	__u64 latency_ns;      /* sum over answered requests */
	__u64 last_ns;	       /* last activity */
};

/* How far a TCP connection has come, as its sequence numbers say. */
struct kw_positions {
	__u32 sent, received;
};

struct kw_socket {
	struct kw_peer_key peer;
	union {
		__u64 request_ns;	/* when the open request began, 0 = none */
		struct kw_positions at; /* where transfers are not seen: at the last look */
	};
	__u32 open;	/* 1 while a request is open (in or out) */
	__u32 rtt_seen; /* its round trip time was sampled at least once */
};

struct kw_listener_key {
	__u32 netns;
	__u16 port;
	__u16 pad_;
};

struct kw_listener {
	__u64 cgroup_id; /* who listens; a slot may come later than the socket */
	__u32 count;	 /* sockets listening there (SO_REUSEPORT) */
	__u32 pad_;
};

struct kw_disk {
	__u64 inflight;
	__s64 busy_sum; /* as in kw_slot */
	__u64 ops[2];
	__u64 bytes[2];
	__u64 latency_ns[2];
	__u32 hist[KW_BUCKETS];
};

/* Long waits for a CPU of one container while another one's thread ran there. */
struct kw_culprit_key {
	__u32 victim;
	__u32 culprit; /* a slot, or KW_KERNEL_SLOT */
};

struct kw_culprit {
	__u64 wait_ns;
	__u64 waits;
	__u64 last_ns;
};

enum kw_event_kind {
	KW_EVENT_CGROUP_MKDIR = 1,
	KW_EVENT_CGROUP_RMDIR,
	KW_EVENT_SAMPLE,
};

struct kw_cgroup_event {
	__u32 kind;
	__u32 pad_;
	__u64 cgroup_id;
	char path[KW_PATH_MAX];
};

/* One process, written by the task iterator at the end of each window. */
struct kw_process {
	__u32 tgid;
	__u32 slot;
	__u64 start_ns;
	__u32 netns; /* inode number of its network namespace; 0 = it is leaving */
	__u32 pad_;
};

KW_STATIC_ASSERT(sizeof(struct kw_endpoint) == 24, "kw_endpoint");
KW_STATIC_ASSERT(sizeof(struct kw_peer_key) == 32, "kw_peer_key");
KW_STATIC_ASSERT(sizeof(struct kw_socket) == 48, "kw_socket");
KW_STATIC_ASSERT(sizeof(struct kw_peer) == 48, "kw_peer");
KW_STATIC_ASSERT(sizeof(struct kw_slot) == 704, "kw_slot: eleven cache lines");
KW_STATIC_ASSERT(sizeof(struct kw_process) == 24, "kw_process");

#endif
