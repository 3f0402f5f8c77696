// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Context switches: every thread's time split into running, run queue and waiting by class, charged
 * to its container. One program run per switch, no hook on wakeups: the run queue part comes from
 * sched_info.run_delay, which the kernel has settled by the thread's next switch-out.
 */
#include "kw_switch.bpf.h"
#include "kw_timed.bpf.h"

/*
 * The usual way through it is short in bytes, takes no call but that for a reason and keeps to the
 * registers: behind each switch the caches and the branch predictor are the kernel's again, so what
 * counts is how much code is run, hardly which. What is rare is a function of its own.
 */
SEC("tp_btf/sched_switch")
int kw_sched_switch(__u64 *ctx)
{
	struct task_struct *prev = (void *)ctx[1], *next = (void *)ctx[2];
	/* The state is an argument since 5.18; before, the task still carries it. */
	__u32 state = KW_HAS(prev_state) ? (__u32)ctx[3] : kw_task_state(prev);
	struct kw_cpu *cpu = kw_cpu_at(bpf_get_smp_processor_id());
	__u64 generation = *(volatile __u64 *)&kw_global.generation, timed_from = 0;

	if (ctx[0]) /* preempted, whatever it was about to do */
		state = 0;
	if (kw_unlikely(cpu->generation != generation)) {
		/* Not heeded while switches are left out, so that all of them come here. */
		if (*(volatile __u32 *)&kw_global.shed & KW_SHED_SWITCHES) {
			if (kw_is_ours(prev))
				cpu->unfollowed[!state]++;
			return 0;
		}
		kw_heed(cpu, generation);
	}
	if (kw_unlikely(kw_is_timed(kw_switch_time(cpu, next))))
		timed_from = bpf_ktime_get_ns();
	kw_switched(prev, next, cpu, state);
	kw_time_end(KW_TIMED_SWITCHES, timed_from);
	return 0;
}

/* Before it first runs. */
SEC("tp_btf/task_newtask")
int kw_new_task(__u64 *ctx)
{
	kw_task_born((struct task_struct *)ctx[0]);
	return 0;
}

/* A task seen for the first time: its wait, or its run, counts from here. */
static __always_inline void kw_first_sight(struct task_struct *task, struct kw_task *self,
					   struct kw_slot *slot, __u64 now)
{
	__u32 state = kw_task_state(task);

	if (task->on_cpu) {
		kw_open_first(&self->on_ns, now);
		return;
	}
	self->run_delay = task->sched_info.run_delay;
	if (!state)
		return;
	self->wait_class =
		kw_setup.reasons ? kw_classify(task, state, self, slot) : kw_plain_reason(task);
	self->wait_start_ns = now;
	kw_open_first(&self->off_ns, now);
}

static __always_inline bool kw_runs(const struct kw_run *run, struct task_struct *task)
{
	return *(const volatile __u64 *)&run->task == (__u64)task;
}

/* Of a thread that runs: its run so far, and the wait before it, about which all is known by now.
 */
static __always_inline void kw_count_run(struct task_struct *task, struct kw_task *self,
					 struct kw_slot *slot, __u32 index, struct kw_cpu *cpu)
{
	struct kw_waited waited = kw_waited_of(self, *(volatile __u64 *)&self->off_ns);
	__u64 delay = task->sched_info.run_delay;
	__u64 seen = *(volatile __u64 *)&cpu->run.on_ns, now = bpf_ktime_get_ns(), since;
	struct kw_run run = cpu->run;

	barrier();
	if (!kw_runs(&cpu->run, task) || run.task != (__u64)task)
		return;
	since = kw_claim(&cpu->turns, &cpu->run.on_ns, seen, now);
	if (since)
		__sync_fetch_and_add(&slot->on_cpu_ns, now - since);
	if (!kw_take(&self->off_ns, waited.since_ns))
		return;
	kw_count_for_peer(&waited, kw_settle(&waited, delay, &run, slot, index));
	self->run_delay = delay;
}

/* Of one that does not run, or runs since before switches were followed. */
static __always_inline void kw_count_waiting(struct kw_task *self, struct kw_slot *slot, __u64 now)
{
	__u64 off = self->off_ns, since;
	struct kw_waited waited = kw_waited_of(self, off);

	if (!off) {
		since = kw_claim(kw_turns_of(self), &self->on_ns, self->on_ns, now);
		if (since)
			__sync_fetch_and_add(&slot->on_cpu_ns, now - since);
		return;
	}
	/* Who holds the CPU of a runnable thread is known only when it gets it. */
	since = self->wait_class == KW_CLASS_RUNQ
			? 0
			: kw_claim(kw_turns_of(self), &self->off_ns, off, now);
	if (since) {
		kw_count_wait(slot, kw_settled_class(&waited, now), now - since);
		kw_count_for_peer(&waited, now - since);
	}
}

/* Adds what is still open, so that a window's shares add up to its threads. */
static __always_inline void kw_checkpoint(struct task_struct *task, struct kw_task *self,
					  struct kw_slot *slot, __u32 index, struct kw_cpu *cpu)
{
	__u64 now = bpf_ktime_get_ns();

	if (kw_runs(&cpu->run, task)) {
		kw_count_run(task, self, slot, index, cpu);
	} else if (!self->on_ns && !self->off_ns) {
		self->slot = index;
		kw_first_sight(task, self, slot, now);
	} else {
		kw_count_waiting(self, slot, now);
	}
}

/* Run by user space at the end of each window. Writes one kw_process per process of a container. */
SEC("iter/task")
int kw_task_walk(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct kw_process process = {};
	struct kw_task *self;
	struct kw_slot *slot;
	struct kw_cpu *cpu;

	if (!task)
		return 0;
	if (!ctx->meta->seq_num)
		kw_global.walks++;
	if ((task->flags & KW_PF_KTHREAD) || !task->pid ||
	    (__u32)task->tgid == kw_setup.self_tgid || (kw_task_state(task) & KW_TASK_DEAD))
		return 0;
	self = kw_task_of(task, true);
	if (!self)
		return 0;
	self->walk = (__u16)kw_global.walks;
	process.slot = kw_slot_of_cgroup(kw_cgroup_of(task));
	slot = kw_slot_at(process.slot);
	cpu = kw_cpu_at(kw_cpu_of(task));
	if (!slot || !cpu)
		return 0;
	/* What was open when switches were left out would count for all that follows. */
	if (!(kw_global.shed & KW_SHED_SWITCHES))
		kw_checkpoint(task, self, slot, process.slot, cpu);
	__sync_fetch_and_add(&slot->threads, 1);
	if (process.slot && task->pid == task->tgid) {
		process.tgid = task->tgid;
		process.start_ns = task->start_time;
		process.netns = task->nsproxy->net_ns->ns.inum;
		bpf_seq_write(ctx->meta->seq, &process, sizeof(process));
	}
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
