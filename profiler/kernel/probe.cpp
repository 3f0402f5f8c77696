// SPDX-License-Identifier: Apache-2.0
#include "profiler/kernel/probe.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <iterator>

#include "common/base/fd.hpp"

namespace kernwise::kernel {
namespace {

/// Loads `r0 = 0; *(u64 *)(fp - 8) = 0; r1 = 1; r1 = fetch_add(fp - 8, r1); exit`.
bool has_atomics_with_result() {
  const bpf_insn program[] = {
      {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .src_reg = 0, .off = 0, .imm = 0},
      {.code = BPF_ST | BPF_MEM | BPF_DW, .dst_reg = BPF_REG_10, .src_reg = 0, .off = -8, .imm = 0},
      {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_1, .src_reg = 0, .off = 0, .imm = 1},
      {.code = BPF_STX | BPF_ATOMIC | BPF_DW,
       .dst_reg = BPF_REG_10,
       .src_reg = BPF_REG_1,
       .off = -8,
       .imm = BPF_ADD | BPF_FETCH},
      {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
  };
  // CAP_BPF.
  const Fd loaded(bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "kw_probe", "GPL", program,
                                std::size(program), nullptr));
  return loaded.valid();
}

}  // namespace

bool needs_legacy_programs() {
  return !has_atomics_with_result() ||
         libbpf_probe_bpf_map_type(BPF_MAP_TYPE_TASK_STORAGE, nullptr) != 1;
}

}  // namespace kernwise::kernel
