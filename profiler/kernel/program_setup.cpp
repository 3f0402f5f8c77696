// SPDX-License-Identifier: Apache-2.0
#include "profiler/kernel/program_setup.hpp"

#include <bpf/libbpf.h>

#include <algorithm>
#include <bit>

#include "profiler/kernel/syscalls.hpp"

namespace kernwise::kernel {
namespace {

/// 16 KiB on x86_64 (THREAD_SIZE_ORDER 2); KASAN kernels double it and have bpf_task_pt_regs.
constexpr std::uint32_t kThreadSize = 16384;

}  // namespace

std::uint32_t cpu_room() {
  return std::bit_ceil(static_cast<std::uint32_t>(std::max(libbpf_num_possible_cpus(), 1)));
}

kw_setup setup_of(const KernelTypes& types, const ProgramOptions& options) {
  kw_setup setup{};
  setup.self_tgid = options.self_tgid;
  setup.cpu_mask = cpu_room() - 1;
  setup.thread_size = kThreadSize;
  setup.has_prev_state = types.tracepoint_arguments("sched_switch") >= 4;
  setup.has_task_pt_regs = types.has_enumerator("bpf_func_id", "BPF_FUNC_task_pt_regs");
  setup.has_casts = options.casts;
  setup.sees_transfers = types.tracepoint_arguments("sock_send_length") >= 0 &&
                         types.tracepoint_arguments("sock_recv_length") >= 0;
  setup.reasons = options.reasons;
  const auto groups = syscall_groups();
  std::ranges::copy(groups, setup.syscall_group_of);
  return setup;
}

bool is_recent(const kw_setup& setup) {
  return setup.has_prev_state && setup.has_task_pt_regs && setup.has_casts;
}

}  // namespace kernwise::kernel
