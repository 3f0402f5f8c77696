// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>
#include <vector>

#include "common/base/result.hpp"

struct bpf_link;
struct bpf_program;

namespace kernwise::kernel {

/// Loaded programs on trace points that are attached and detached together: a detached program
/// costs nothing, one that only returns costs its call.
class ProgramGroup {
 public:
  ProgramGroup() = default;
  ~ProgramGroup();
  ProgramGroup(const ProgramGroup&) = delete;
  ProgramGroup& operator=(const ProgramGroup&) = delete;

  /// Takes over a program's link. The program must outlive this.
  void add(bpf_program* program, bpf_link* link) { programs_.emplace_back(program, link); }
  /// Attaches what is not attached, or detaches all. Needs CAP_BPF before 5.19, nothing later: the
  /// programs are loaded. Errors: of the kernel; then none of them is attached.
  [[nodiscard]] Result<> set(bool on);

 private:
  void detach();
  std::vector<std::pair<bpf_program*, bpf_link*>> programs_;
};

}  // namespace kernwise::kernel
