// SPDX-License-Identifier: Apache-2.0
// The profiler with fewer capabilities: it says what is missing, and the rest runs.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <string>
#include <vector>

#include "common/base/file.hpp"
#include "common/http/client.hpp"
#include "test/demo/process.hpp"
#include "test/e2e/machine.hpp"

namespace kernwise::e2e {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

constexpr const char* kSetpriv = "/usr/bin/setpriv";
constexpr auto kPatience = 30s;

/// A profiler that was started with `capabilities` (of setpriv: `-all,+bpf`) as all it may have.
class Confined {
 public:
  explicit Confined(const std::string& capabilities, std::vector<std::string> more = {})
      : process_(start(capabilities, std::move(more))) {
    const auto where = process_.await_line("listening http=", kPatience);
    require(where);
    const auto url = http::parse_url("http://" + *where);
    require(url);
    origin_ = *url;
  }

  /// /metrics once a window is complete.
  [[nodiscard]] std::string metrics() const {
    REQUIRE(eventually(kPatience, [this] { return get("/readyz").status == 200; }));
    return get("/metrics").body;
  }

  /// The value of `name` in /proc/PID/status.
  [[nodiscard]] std::string status(const std::string& name) const {
    const auto text = read_file("/proc/" + std::to_string(process_.pid()) + "/status");
    require(text);
    const auto at = text->find("\n" + name + ":\t");
    REQUIRE(at != std::string::npos);
    const auto begin = at + name.size() + 3;
    return text->substr(begin, text->find('\n', begin) - begin);
  }

 private:
  static demo::Process start(const std::string& capabilities, std::vector<std::string> more) {
    std::vector<std::string> arguments = {"--bounding-set=" + capabilities, "--inh-caps=-all",
                                          places().profiler, "--window=1s", "--listen=127.0.0.1:0"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    auto process = demo::Process::start({.program = kSetpriv, .arguments = arguments});
    require(process);
    return std::move(*process);
  }
  [[nodiscard]] http::Response get(const std::string& path) const {
    const auto answer = http::fetch(origin_, {.target = path});
    return answer ? *answer : http::Response{.status = 0};
  }

  demo::Process process_;
  http::Url origin_;
};

void need_setpriv() {
  need_kernel();
  need_program("setpriv");
}

}  // namespace

TEST_CASE("privileges: after attach only what is still needed is kept", "[e2e]") {
  need_setpriv();
  const Confined profiler("-all,+bpf,+perfmon,+sys_ptrace,+dac_read_search,+syslog,+net_admin");
  const auto metrics = profiler.metrics();
  CHECK_THAT(metrics, ContainsSubstring("hook=\"sched_switch\",mode=\"tp_btf\""));
  CHECK_THAT(metrics, !ContainsSubstring("is missing"));
  // CAP_SYS_PTRACE (19) and CAP_DAC_READ_SEARCH (2); CAP_BPF, CAP_PERFMON, CAP_SYSLOG and the
  // rest are gone.
  CHECK(profiler.status("CapEff") == "0000000000080004");
  CHECK(profiler.status("CapPrm") == "0000000000080004");
  CHECK(profiler.status("NoNewPrivs") == "1");
}

TEST_CASE("privileges: CAP_BPF and CAP_PERFMON are enough for the kernel programs", "[e2e]") {
  need_setpriv();
  const Confined profiler("-all,+bpf,+perfmon");
  const auto metrics = profiler.metrics();
  CHECK_THAT(metrics, ContainsSubstring("hook=\"sched_switch\",mode=\"tp_btf\""));
  CHECK_THAT(metrics, ContainsSubstring("reason=\"CAP_SYS_PTRACE is missing: "));
  CHECK_THAT(metrics, ContainsSubstring("reason=\"CAP_DAC_READ_SEARCH is missing: "));
  CHECK_THAT(metrics, ContainsSubstring("reason=\"CAP_SYSLOG is missing: "));
  CHECK(profiler.status("CapEff") == "0000000000000000");
}

TEST_CASE("privileges: each missing capability is named and cgroup files are still read", "[e2e]") {
  need_setpriv();
  const auto [capabilities, missing] = GENERATE(table<std::string, std::string>({
      {"-all", "CAP_BPF is missing: no kernel programs"},
      {"-all,+perfmon", "CAP_BPF is missing: no kernel programs"},
      {"-all,+bpf", "CAP_PERFMON is missing: no kernel programs"},
  }));
  CAPTURE(capabilities);
  const Confined profiler(capabilities);
  const auto metrics = profiler.metrics();
  CHECK_THAT(metrics, ContainsSubstring("reason=\"" + missing));
  CHECK_THAT(metrics, ContainsSubstring(": cgroup files only\""));
  CHECK_THAT(metrics, ContainsSubstring("kernwise_node_cpu_busy_cores"));
  CHECK(profiler.status("CapEff") == "0000000000000000");
}

TEST_CASE("privileges: without a cgroup v2 hierarchy the node is still seen", "[e2e]") {
  need_setpriv();
  // A /proc whose mount table has none: what a machine with version 1 only looks like.
  const std::string proc = "/var/tmp/kernwise-no-cgroup2-" + std::to_string(::getpid());
  const auto make = "mkdir -p " + proc + "/self " + proc + "/sys/kernel/random && cp /proc/stat " +
                    "/proc/meminfo /proc/vmstat " + proc + "/ && cp " +
                    "/proc/sys/kernel/random/boot_id " + proc + "/sys/kernel/random/ && " +
                    "grep -v ' - cgroup2 ' /proc/self/mountinfo > " + proc + "/self/mountinfo";
  REQUIRE(std::system(make.c_str()) == 0);
  std::string metrics;
  {
    const Confined profiler("-all,+bpf,+perfmon,+sys_ptrace", {"--proc.root=" + proc});
    metrics = profiler.metrics();
  }
  CHECK(std::system(("rm -r " + proc).c_str()) == 0);
  CHECK_THAT(metrics, ContainsSubstring("no cgroup2 file system is mounted"));
  CHECK_THAT(metrics, ContainsSubstring("kernwise_node_cpu_cores"));
  CHECK_THAT(metrics, ContainsSubstring("reason=\"PSI is off: "));
}

}  // namespace kernwise::e2e
