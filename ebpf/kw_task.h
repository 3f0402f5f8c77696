/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is kept of each thread; user space only looks at who owns it. */
#ifndef KW_TASK_H
#define KW_TASK_H

#include "kw_cpu.h"

/* What is known of one thread. The first line of the cache is what every switch needs. */
struct kw_task {
	__u64 owner;  /* whose place this is (kw_place.bpf.h), its task_struct's address; 0 =
			 nobody's */
	__u64 off_ns; /* waiting since (or since the last window's end), 0 = it never was seen to */
	__u64 wait_start_ns; /* when its last wait really began */
	__u64 run_delay;     /* sched_info.run_delay when that wait began */
	__u64 wait_socket;
	__u32 slot;	   /* of its container, when it last left a CPU */
	__u32 asking_slot; /* where its wait for a UDP answer counts as a request, 0 = nowhere */
	__u32 epoch;	   /* of the globals, when it was last followed; not of a place */
	__u16 walk;	   /* of the globals, when the task iterator met it last */
	__u8 wait_class;   /* of its last wait */
	__u8 open_next;
	__u8 epoll_shared; /* of a leader: several threads wait on one epoll */
	__u8 is_go;
	__u8 pad_[2];
	__u64 on_ns; /* on CPU since before switches were followed, as the task iterator saw it */
	__u64 open[KW_OPEN_SOCKETS]; /* sockets on which it sent requests */
	__u64 udp_socket;	     /* UDP socket it asked something on last */
	__u64 epoll_file;	     /* of a process leader: the epoll last waited on */
	__u32 epoll_tid;
	__u32 go_generation;
#ifdef KW_LEGACY
	struct kw_turns turns; /* of off_ns and on_ns */
#endif
};

#endif
