// SPDX-License-Identifier: Apache-2.0
#include "profiler/kernel/program_group.hpp"

#include <bpf/libbpf.h>

#include <cerrno>

namespace kernwise::kernel {

ProgramGroup::~ProgramGroup() {
  detach();
}

void ProgramGroup::detach() {
  for (auto& [program, link] : programs_) {
    if (link) bpf_link__destroy(link);
    link = nullptr;
  }
}

Result<> ProgramGroup::set(bool on) {
  if (!on) {
    detach();
    return {};
  }
  for (auto& [program, link] : programs_) {
    if (link) continue;
    link = bpf_program__attach(program);
    if (link) continue;
    const int error = errno;
    detach();
    return errno_error(error, std::string("attach ") + bpf_program__name(program) + " again");
  }
  return {};
}

}  // namespace kernwise::kernel
