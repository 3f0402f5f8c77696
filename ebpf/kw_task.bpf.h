/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the kernel knows of a task: its state, the system call it is in, its open files. */
#ifndef KW_TASK_BPF_H
#define KW_TASK_BPF_H

#include "kw_maps.bpf.h"

/*
 * One member, or one behind another, of a kernel object known by its address only. Where the
 * verifier takes our word for its type (bpf_rdonly_cast, 6.2) these are plain loads; else each is a
 * call.
 */
#ifdef KW_LEGACY

#define KW_READ(type, pointer, member) BPF_CORE_READ((type *)(pointer), member)
#define KW_READ_BEHIND(type, pointer, member, behind)                                              \
	BPF_CORE_READ((type *)(pointer), member, behind)

static __always_inline void *kw_pointer_at(const void *place)
{
	void *pointer = 0;

	bpf_probe_read_kernel(&pointer, sizeof(pointer), place);
	return pointer;
}

#else

extern void *bpf_rdonly_cast(const void *pointer, __u32 type) __ksym __weak;

#define KW_TYPED(type, pointer)                                                                    \
	((type *)bpf_rdonly_cast((const void *)(pointer), bpf_core_type_id_kernel(type)))
#define KW_READ(type, pointer, member)                                                             \
	(KW_HAS(casts) ? KW_TYPED(type, pointer)->member : BPF_CORE_READ((type *)(pointer), member))
#define KW_READ_BEHIND(type, pointer, member, behind)                                              \
	(KW_HAS(casts) ? KW_TYPED(type, pointer)->member->behind                                   \
		       : BPF_CORE_READ((type *)(pointer), member, behind))

/* A list head begins with a pointer, as does an element of an array of them. */
static __always_inline void *kw_pointer_at(const void *place)
{
	void *pointer = 0;

	if (KW_HAS(casts))
		return KW_TYPED(struct list_head, place)->next;
	bpf_probe_read_kernel(&pointer, sizeof(pointer), place);
	return pointer;
}

#endif

#ifndef KW_LEGACY

/* As a number; pointers themselves are not subtracted. */
static __always_inline __u64 kw_address_of(const void *pointer)
{
	__u64 address = 0;

	bpf_probe_read_kernel(&address, sizeof(address), &pointer);
	return address;
}

/*
 * The registers lie at one distance from the stack in all tasks of a kernel, which its build
 * decides (KASAN, FRED). The helper tells it once; a call at each switch costs as much as a
 * look-up.
 */
static __always_inline struct pt_regs *kw_registers_of(struct task_struct *task)
{
	__u64 at = kw_global.registers_at;
	struct pt_regs *regs;

	if (KW_HAS(casts) && kw_likely(at))
		return KW_TYPED(struct pt_regs, (char *)task->stack + at);
	regs = (struct pt_regs *)bpf_task_pt_regs(task);
	if (KW_HAS(casts))
		kw_global.registers_at = kw_address_of(regs) - (__u64)task->stack;
	return regs;
}

#else

static __always_inline struct pt_regs *kw_registers_of(struct task_struct *task)
{
	return (struct pt_regs *)bpf_task_pt_regs(task);
}

#endif

/*
 * The registers a task entered the kernel with; orig_ax is -1 for faults and interrupts. Plain
 * loads where the verifier knows their type, which is what bpf_task_pt_regs (5.15) is for.
 */
#define KW_REGISTER(registers, name)                                                               \
	(KW_HAS(task_pt_regs) ? (registers)->name : BPF_CORE_READ(registers, name))

static __always_inline struct pt_regs *kw_entered_with(struct task_struct *task)
{
	if (KW_HAS(task_pt_regs))
		return kw_registers_of(task);
	return (struct pt_regs *)((char *)task->stack + kw_setup.thread_size -
				  bpf_core_type_size(struct pt_regs));
}

static __always_inline __u32 kw_task_state(struct task_struct *task)
{
	if (bpf_core_field_exists(task->__state))
		return task->__state;
	return (__u32)BPF_CORE_READ((struct task_struct___old *)task, state);
}

/* The CPU that it runs on, or ran on last. */
static __always_inline __u32 kw_cpu_of(struct task_struct *task)
{
	if (bpf_core_field_exists(task->thread_info.cpu))
		return task->thread_info.cpu;
	return ((struct task_struct___old *)task)->cpu;
}

static __always_inline __u64 kw_cgroup_of(struct task_struct *task)
{
	return task->cgroups->dfl_cgrp->kn->id;
}

static __always_inline struct file *kw_file_of(struct task_struct *task, __u64 descriptor)
{
	struct files_struct *files = task->files;
	struct fdtable *table;

	if (!files)
		return 0;
	table = files->fdt;
	if (descriptor >= table->max_fds)
		return 0;
	return kw_pointer_at(&table->fd[descriptor]);
}

#endif
