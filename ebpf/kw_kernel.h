/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The few kernel types that the programs read. CO-RE relocates every access by name against the
 * running kernel's BTF, so only the members used are declared and their order means nothing.
 */
#ifndef KW_KERNEL_H
#define KW_KERNEL_H

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed char __s8;
typedef short __s16;
typedef int __s32;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef _Bool bool;
#define true 1
#define false 0

/*
 * What is not on the usual way is placed behind the rest: a program that runs at each switch evicts
 * what the kernel needs next, so its length counts as well as its steps.
 */
#define kw_likely(x) __builtin_expect(!!(x), 1)
#define kw_unlikely(x) __builtin_expect(!!(x), 0)

enum {
	BPF_ANY = 0,
	BPF_NOEXIST = 1,
	BPF_EXIST = 2,
};
enum {
	BPF_F_MMAPABLE = 1024,
	BPF_F_NO_PREALLOC = 1,
};
#define BPF_LOCAL_STORAGE_GET_F_CREATE 1ULL
#define BPF_F_USER_STACK (1ULL << 8)
#define BPF_RB_NO_WAKEUP 1ULL

enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_RINGBUF = 27,
	BPF_MAP_TYPE_TASK_STORAGE = 29,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct pt_regs {
	unsigned long orig_ax, di, si, dx, r10;
};

struct kernfs_node {
	__u64 id;
};

struct cgroup_root {
	int hierarchy_id;
};

struct cgroup {
	struct kernfs_node *kn;
	struct cgroup_root *root;
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

struct sched_info {
	unsigned long long run_delay;
};

struct list_head {
	struct list_head *next;
};

struct file;
struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct inode {
	unsigned short i_mode;
};

struct file {
	struct inode *f_inode;
	void *private_data;
};

struct signal_struct {
	void *oom_mm;
};

struct nsproxy {
	struct net *net_ns;
};

struct rq {
	__u64 clock;
};

struct cfs_rq {
	struct rq *rq;
};

struct sched_entity {
	struct cfs_rq *cfs_rq;
};

struct thread_info {
	__u32 cpu;
};

struct task_struct {
	struct thread_info thread_info;
	unsigned int __state;
	struct sched_entity se;
	void *stack;
	unsigned int flags;
	int on_cpu;
	int pid;
	int tgid;
	struct task_struct *group_leader;
	struct files_struct *files;
	struct signal_struct *signal;
	struct nsproxy *nsproxy;
	struct css_set *cgroups;
	struct sched_info sched_info;
	__u64 start_time;
	unsigned int in_iowait : 1;
	unsigned int in_memstall : 1;
};

struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct in6_addr {
	union {
		__u8 u6_addr8[16];
	} in6_u;
};

struct sock_common {
	__be32 skc_daddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
};

struct sock_cgroup_data {
	struct cgroup *cgroup;
};

struct sock {
	struct sock_common __sk_common;
	__u16 sk_type;
	__u16 sk_protocol;
	unsigned char sk_userlocks : 4;
	struct sock_cgroup_data sk_cgrp_data;
};

struct socket {
	struct sock *sk;
};

struct tcp_sock {
	__u32 write_seq, copied_seq;
	__u32 srtt_us;
};

struct sk_buff {
	struct sock *sk;
};

enum skb_drop_reason { SKB_DROP_REASON_NOT_SPECIFIED };
enum skb_drop_reason___purge { SKB_DROP_REASON_QUEUE_PURGE };

struct blkcg {
	struct cgroup_subsys_state css;
};

struct blkcg_gq {
	struct blkcg *blkcg;
};

struct bio {
	struct blkcg_gq *bi_blkg;
};

struct gendisk {
	int major;
	int first_minor;
};

struct request_queue {
	struct gendisk *disk;
};

struct request {
	struct request_queue *q;
	unsigned int cmd_flags;
	unsigned int __data_len;
	struct bio *bio;
};

struct seq_file;
struct bpf_iter_meta {
	struct seq_file *seq;
	__u64 session_id;
	__u64 seq_num;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

struct bpf_iter__tcp {
	struct bpf_iter_meta *meta;
	struct sock_common *sk_common;
	unsigned int uid;
};

struct bpf_iter__bpf_map_elem {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
	void *key;
	void *value;
};

/* Older names of the members above; "___old" is cut off when the type is looked up. */
struct task_struct___old {
	volatile long state; /* __state since 5.14, commit 2f064a59a11f */
	unsigned int cpu;    /* in thread_info since 5.16, commit bcf9033e5449 */
};

struct sock_cgroup_data___old {
	__u64 val; /* cgroup since 5.15 */
};

struct sock___old {
	struct sock_cgroup_data___old sk_cgrp_data;
};

struct request___old {
	struct gendisk *rq_disk; /* q->disk since 5.15 */
};

#pragma clang attribute pop

struct bpf_perf_event_data;

#endif
