// SPDX-License-Identifier: Apache-2.0
// What each profile loads into the kernel, and what that costs in memory.
#include <algorithm>
#include <catch2/catch_all.hpp>
#include <string_view>

#include "profiler/app/options.hpp"
#include "test/support/scenario.hpp"

namespace kernwise::test {
namespace {

constexpr std::uint64_t kMegabyte = 1024UL * 1024;

bool runs(const kernel::Programs& programs, const std::string& hook) {
  return std::ranges::any_of(programs.hooks(), [&](const auto& each) { return each.hook == hook; });
}

kernel::ProgramOptions of(const std::vector<std::string>& arguments) {
  const auto loaded = options::load(profiler::program(), arguments, {});
  auto wanted = profiler::program_options(*loaded->settings);
  return *wanted;
}

}  // namespace

TEST_CASE("profiles: maps stay within the memory of their profile", "[kernel]") {
  KW_REQUIRE_KERNEL();
  const auto [profile, megabytes] = GENERATE(table<std::string, std::uint64_t>({
      {"minimal", 4},
      {"standard", 8},
      {"comprehensive", 20},
  }));
  CAPTURE(profile);
  Watch watch(of({"--profile", profile}));
  std::uint64_t bytes = 0;
  for (const auto& use : watch.reader().map_use()) {
    // Kernels before 5.12 keep in a table what others keep inside their tasks.
    if (std::string_view(use.name) != "kw_tasks") bytes += use.bytes;
  }
  CHECK(bytes > 0);
  CHECK(bytes <= megabytes * kMegabyte);
}

TEST_CASE("profiles: a collector that is off has no program in the kernel", "[kernel]") {
  KW_REQUIRE_KERNEL();
  const Watch minimal(of({"--profile", "minimal"}));
  for (const char* hook : {"inet_sock_set_state", "tcp_retransmit_skb", "page_faults_maj",
                           "cpu_clock", "sys_enter", "kfree_skb", "tcp_probe"}) {
    CAPTURE(hook);
    CHECK_FALSE(runs(minimal.programs(), hook));
  }
  CHECK(runs(minimal.programs(), "sched_switch"));
  const Watch custom(of({"--profile", "custom", "--collect.cpu", "false", "--collect.waits",
                         "false", "--collect.tcp", "false", "--collect.stacks", "false"}));
  CHECK_FALSE(runs(custom.programs(), "sched_switch"));
  CHECK(runs(custom.programs(), "block_rq_issue"));
}

TEST_CASE("profiles: without casts everything runs that runs with them", "[kernel]") {
  KW_REQUIRE_KERNEL();
  const Watch plain({.casts = false});
  const Watch usual;
  CHECK(plain.programs().refused() == 0);
  CHECK(plain.programs().hooks().size() == usual.programs().hooks().size());
  CHECK(plain.programs().degraded() == usual.programs().degraded());
}

}  // namespace kernwise::test
