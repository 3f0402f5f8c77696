// SPDX-License-Identifier: Apache-2.0
#include "profiler/kernel/capabilities.hpp"

#include <catch2/catch_all.hpp>

#include "profiler/app/privileges.hpp"
#include "profiler/kernel/cpu_events.hpp"

#include "test/support/show_result.hpp"

namespace kernwise::kernel {

TEST_CASE("capabilities: what is missing is named, and only where it is used", "[kernel]") {
  using enum Capability;
  const auto [held, programs, expected] =
      GENERATE(table<CapabilitySet, bool, std::vector<std::string>>({
          {{bpf, perfmon, sys_ptrace, dac_read_search, syslog}, true, {}},
          {{sys_admin, sys_ptrace, dac_read_search, syslog}, true, {}},  // as before kernel 5.8
          {{sys_ptrace, dac_read_search}, false, {}},                    // bpf.enabled false
          {{perfmon, sys_ptrace, dac_read_search, syslog}, true, {"CAP_BPF"}},
          {{bpf, sys_ptrace, dac_read_search, syslog}, true, {"CAP_PERFMON"}},
          {{bpf, perfmon, syslog}, true, {"CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH"}},
          {{bpf, perfmon, sys_ptrace, dac_read_search}, true, {"CAP_SYSLOG"}},
          {{}, false, {"CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH"}},
      }));
  CAPTURE(names_of(held), programs);
  const auto missing = missing_capabilities(held, programs);
  REQUIRE(missing.size() == expected.size());
  for (std::size_t i = 0; i < missing.size(); ++i) {
    CHECK(missing[i].starts_with(expected[i] + " is missing: "));
  }
}

TEST_CASE("capabilities: what is kept follows from what is still done", "[kernel]") {
  using enum Capability;
  using profiler::capabilities_for;
  CHECK(capabilities_for({}) == CapabilitySet{sys_ptrace, dac_read_search});
  CHECK(capabilities_for({.new_cpus = true}) ==
        CapabilitySet{sys_ptrace, dac_read_search, perfmon});
  CHECK(capabilities_for({.processes = false, .measure_cost = true}) == CapabilitySet{sys_admin});
  CHECK(names_of({}) == "none");
  CHECK(names_of({bpf, sys_ptrace}) == "CAP_SYS_PTRACE,CAP_BPF");
}

TEST_CASE("CPU list: as the kernel writes it, and nothing else", "[kernel]") {
  const auto [text, expected] = GENERATE(table<std::string, std::vector<int>>({
      {"0\n", {0}},
      {"0-3\n", {0, 1, 2, 3}},
      {"0,2-3,8", {0, 2, 3, 8}},
      {"\n", {}},  // no CPU: `offline` on most machines
  }));
  CAPTURE(text);
  const auto cpus = parse_cpu_list(text);
  REQUIRE(cpus);
  CHECK(*cpus == expected);
  const auto* bad =
      GENERATE("a", "1-", "3-1", "1,1", "-1", "0,,1", "99999999999", "0-70000", "1 2");
  CAPTURE(bad);
  CHECK_FALSE(parse_cpu_list(bad));
}

}  // namespace kernwise::kernel
