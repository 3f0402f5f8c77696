// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "common/base/result.hpp"

struct btf;

namespace kernwise::kernel {

/// What the running kernel says about itself in BTF. Decisions are made from this, never from
/// version numbers: distributions backport (5.10.y has 5.11's block_rq_issue).
class KernelTypes {
 public:
  /// Errors: no BTF (`/sys/kernel/btf/vmlinux` missing or unreadable).
  [[nodiscard]] static Result<KernelTypes> load();

  /// Arguments of a raw tracepoint, or -1 when this kernel does not have it.
  [[nodiscard]] int tracepoint_arguments(const std::string& name) const;
  /// True when the kernel has a function of that name (`bpf_rdonly_cast`).
  [[nodiscard]] bool has_function(const std::string& name) const;
  /// True when enum `type` has the enumerator `name` (`bpf_func_id`, `BPF_FUNC_task_pt_regs`).
  [[nodiscard]] bool has_enumerator(const std::string& type, const std::string& name) const;

 private:
  struct Free {
    void operator()(btf* types) const;
  };
  explicit KernelTypes(btf* types) : types_(types) {}
  std::unique_ptr<btf, Free> types_;
};

}  // namespace kernwise::kernel
