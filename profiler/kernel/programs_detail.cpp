// SPDX-License-Identifier: Apache-2.0
// Programs on software events, and those that not every profile loads.
#include <bpf/libbpf.h>
#include <linux/perf_event.h>

#include <cerrno>

#include "ebpf/kernwise_counters.h"
#include "profiler/kernel/cpu_events.hpp"
#include "profiler/kernel/program_setup.hpp"
#include "profiler/kernel/programs_objects.hpp"

namespace kernwise::kernel {
namespace {

perf_event_attr software_event(std::uint64_t config) {
  perf_event_attr event{};
  event.size = sizeof(event);
  event.type = PERF_TYPE_SOFTWARE;
  event.config = config;
  return event;
}

}  // namespace

void Programs::load_sampling(const ProgramOptions& options) {
  Owned<kw_prof_bpf> skeleton(kw_prof_bpf__open());
  if (!skeleton) return off("cpu_clock", "open: " + errno_text(errno));
  skeleton->rodata->kw_setup.self_tgid = options.self_tgid;
  if (!load_object(skeleton->skeleton, "cpu_clock")) return;
  objects_->prof = std::move(skeleton);
  auto event = software_event(PERF_COUNT_SW_CPU_CLOCK);
  event.freq = 1;
  event.sample_freq = static_cast<__u64>(options.sampling_hz);
  attach_everywhere(objects_->prof->progs.kw_sample, "cpu_clock", event);
}

void Programs::load_waits(const KernelTypes& types, const ProgramOptions& options) {
  auto skeleton =
      open_variant<kw_offcpu_bpf, kw_offcpu_legacy_bpf>(kw_offcpu_bpf__create_skeleton, legacy_);
  if (!skeleton) return off("wait_stacks", "open: " + errno_text(errno));
  skeleton->rodata->kw_setup = setup_of(types, options);
  if (!load_object(skeleton->skeleton, "wait_stacks")) return;
  objects_->offcpu = std::move(skeleton);
  hooks_.push_back({"wait_stacks", "tp_btf", ""});  // attached while somebody asks for them
}

Result<> Programs::record_waits(bool on) {
  if (!objects_->offcpu) return invalid("stacks of waits: the program is not loaded");
  if (!on) {
    if (wait_stacks_) bpf_link__destroy(wait_stacks_);
    wait_stacks_ = nullptr;
    return {};
  }
  if (wait_stacks_) return {};
  wait_stacks_ = bpf_program__attach(objects_->offcpu->progs.kw_wait_switch);
  if (!wait_stacks_) return errno_error(errno, "attach the program for stacks of waits");
  return {};
}

CpuEvents* Programs::attach_everywhere(bpf_program* program, const std::string& hook,
                                       const perf_event_attr& event) {
  const auto online = online_cpus();
  if (!online) {
    off(hook, online.error().message());
    return nullptr;
  }
  auto events = std::make_unique<CpuEvents>(program, event);
  const auto followed = events->follow(*online);
  if (events->size() == 0) {
    off(hook, followed ? "no CPU is online" : followed.error().message());
    return nullptr;
  }
  online_ = *online;
  cpu_events_.push_back(std::move(events));
  hooks_.push_back({hook, "perf_event", ""});
  return cpu_events_.back().get();
}

Result<> Programs::follow_cpus() {
  const auto online = online_cpus();
  if (!online) return wrap(online.error(), "follow CPUs");
  if (*online == online_) return {};
  online_ = *online;
  Result<> outcome;
  for (const auto& events : cpu_events_) {
    if (auto followed = events->follow(*online); !followed) outcome = followed.error();
  }
  if (!outcome) return wrap(outcome.error(), "follow CPUs");
  return {};
}

void Programs::load_tcp(const KernelTypes& types, const ProgramOptions& options) {
  Owned<kw_tcp_bpf> skeleton(kw_tcp_bpf__open());
  if (!skeleton) return off("tcp_retransmit_skb", "open: " + errno_text(errno));
  skeleton->rodata->kw_setup.self_tgid = options.self_tgid;
  const int drop = types.tracepoint_arguments("kfree_skb");
  skeleton->rodata->kw_retransmit_has_error = types.tracepoint_arguments("tcp_retransmit_skb") >= 3;
  skeleton->rodata->kw_drop_has_socket = drop >= 4;
  const bool probe = options.packets && types.tracepoint_arguments("tcp_probe") >= 0;
  const bool drops = options.packets && drop >= 3;
  bpf_program__set_autoload(skeleton->progs.kw_tcp_probe, probe);
  bpf_program__set_autoload(skeleton->progs.kw_drop, drops);
  if (!load_object(skeleton->skeleton, "tcp_retransmit_skb")) return;
  objects_->tcp = std::move(skeleton);
  attach(objects_->tcp->progs.kw_tcp_retransmit, "tcp_retransmit_skb", packets_);
  if (probe) attach(objects_->tcp->progs.kw_tcp_probe, "tcp_probe", packets_);
  if (drops) attach(objects_->tcp->progs.kw_drop, "kfree_skb", packets_);
  if (options.packets && !drops) {
    off("kfree_skb", "no reasons in this kernel (came with 5.17): drops are not counted");
  } else if (drops && drop < 4) {
    degraded_.emplace_back(
        "kfree_skb: no receiving socket in this kernel (came with 6.11): only drops of packets "
        "that still have one are charged");
  }
}

void Programs::load_memory(const KernelTypes& types, const ProgramOptions& options) {
  Owned<kw_mem_bpf> skeleton(kw_mem_bpf__open());
  if (!skeleton) return off("mark_victim", "open: " + errno_text(errno));
  skeleton->rodata->kw_setup.self_tgid = options.self_tgid;
  const bool victim = types.tracepoint_arguments("mark_victim") >= 2;
  bpf_program__set_autoload(skeleton->progs.kw_oom_victim, options.oom && victim);
  bpf_program__set_autoload(skeleton->progs.kw_oom_exit, options.oom && !victim);
  bpf_program__set_autoload(skeleton->progs.kw_major_fault, options.faults);
  if (!load_object(skeleton->skeleton, "mark_victim")) return;
  objects_->mem = std::move(skeleton);
  if (options.oom) attach_oom(types);
  if (!options.faults) return;
  auto event = software_event(PERF_COUNT_SW_PAGE_FAULTS_MAJ);
  event.sample_period = 1;
  faults_ = attach_everywhere(objects_->mem->progs.kw_major_fault, "page_faults_maj", event);
}

void Programs::attach_oom(const KernelTypes& types) {
  if (types.tracepoint_arguments("mark_victim") >= 2) {
    attach(objects_->mem->progs.kw_oom_victim, "mark_victim");
  } else {
    attach(objects_->mem->progs.kw_oom_exit, "sched_process_exit");
  }
}

void Programs::load_syscalls(const KernelTypes& types, const ProgramOptions& options) {
  if (types.tracepoint_arguments("sys_enter") < 0) {
    return off("sys_enter", "not in this kernel: system calls are not counted");
  }
  Owned<kw_sys_bpf> skeleton(kw_sys_bpf__open());
  if (!skeleton) return off("sys_enter", "open: " + errno_text(errno));
  skeleton->rodata->kw_setup.self_tgid = options.self_tgid;
  std::uint8_t index = 0;
  for (const int number : options.syscalls) {
    if (index >= KW_MAX_TRACKED || number < 0 || number >= KW_SYSCALLS) continue;
    skeleton->rodata->kw_tracked[number] = ++index;
  }
  if (!load_object(skeleton->skeleton, "sys_enter")) return;
  objects_->sys = std::move(skeleton);
  attach(objects_->sys->progs.kw_sys_exit, "sys_exit", system_calls_);
  attach(objects_->sys->progs.kw_sys_enter, "sys_enter", system_calls_);
}

}  // namespace kernwise::kernel
