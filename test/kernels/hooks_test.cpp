// SPDX-License-Identifier: Apache-2.0
#include <sys/syscall.h>

#include <catch2/catch_all.hpp>
#include <iostream>

#include "test/support/scenario.hpp"

namespace kernwise::test {

/// What this kernel has of everything that any profile loads: the matrix's report.
TEST_CASE("hooks: all that exist here attach, the others are named with their reason", "[kernel]") {
  KW_REQUIRE_KERNEL();
  const auto types = kernel::KernelTypes::load();
  REQUIRE(types.has_value());
  const auto programs =
      kernel::Programs::load({.packets = true, .syscalls = {SYS_read, SYS_write, SYS_futex}});
  REQUIRE(programs.has_value());
  for (const auto& hook : (*programs)->hooks()) {
    std::cout << "hook  " << hook.hook << ": " << hook.mode;
    if (!hook.reason.empty()) std::cout << ": " << hook.reason;
    std::cout << '\n';
    CAPTURE(hook.hook, hook.reason);
    CHECK((hook.mode == "off") == !hook.reason.empty());
  }
  for (const auto& reason : (*programs)->degraded()) std::cout << "less  " << reason << '\n';
  std::cout << std::flush;
  // Without these there is no profile at all.
  for (const auto* wanted :
       {"sched_switch", "task_newtask", "task", "tcp", "inet_sock_set_state", "block_rq_issue",
        "block_rq_complete", "cgroup_mkdir", "cgroup_rmdir", "cpu_clock"}) {
    CAPTURE(wanted);
    CHECK(std::ranges::any_of((*programs)->hooks(), [&](const report::HookState& hook) {
      return hook.hook == wanted && hook.mode != "off";
    }));
  }
}

}  // namespace kernwise::test
