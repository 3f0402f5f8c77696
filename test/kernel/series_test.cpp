// SPDX-License-Identifier: Apache-2.0
// The estimate of series against what /metrics of real containers holds.
#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch_all.hpp>
#include <deque>
#include <set>

#include "profiler/app/endpoints.hpp"
#include "profiler/app/file_collector.hpp"
#include "profiler/app/options.hpp"
#include "test/kernel/counters.hpp"
#include "test/kernel/reporting.hpp"
#include "test/support/loopback.hpp"
#include "test/unit/metrics/exposition.hpp"

namespace kernwise::test {
namespace {

constexpr std::size_t kContainers = 5;

/// A bit of everything: disk, TCP and most of the tracked system calls.
void live(Truth& truth) {
  await_begin(truth);
  char name[] = "/var/tmp/kernwise-series-XXXXXX";
  const Fd file(::mkstemp(name));
  std::array<char, 4096> page{};
  const auto both = Listener(1).connect_to_self();
  const bool did = ::write(file.value(), page.data(), page.size()) > 0 &&
                   ::fsync(file.value()) == 0 && ::send(both.client.value(), "x", 1, 0) == 1 &&
                   ::recv(both.server.value(), page.data(), 1, 0) == 1 &&
                   ::pread(file.value(), page.data(), 1, 0) == 1;
  ::unlink(name);
  if (!did) ::_exit(70);
  done(truth, 1);
}

std::string label_of(const std::string& series, const std::string& name) {
  const auto at = series.find(name + "=\"");
  if (at == std::string::npos) return {};
  const auto begin = at + name.size() + 2;
  return series.substr(begin, series.find('"', begin) - begin);
}

/// The series of one container, and what of it there may be several of, or none.
struct OfContainer {
  std::int64_t series = 0;
  std::set<std::string> disks, interfaces, mounts, calls, memory;
  bool throttled = false;
};

std::map<std::string, OfContainer> by_container(const std::string& text) {
  std::string problem;
  const auto page = metrics::read_exposition(text, &problem);
  if (!page) throw std::runtime_error(problem);
  std::map<std::string, OfContainer> all;
  for (const auto& [series, value] : page->series) {
    const auto pod = label_of(series, "namespace") + "/" + label_of(series, "pod");
    if (pod == "/") continue;  // of the node
    auto& container = all[pod + "/" + label_of(series, "container")];
    ++container.series;
    const auto note = [&series](std::set<std::string>& to, const char* label) {
      if (auto named = label_of(series, label); !named.empty()) to.insert(std::move(named));
    };
    note(container.disks, "device");
    note(container.interfaces, "interface");
    note(container.mounts, "mountpoint");
    note(container.calls, "syscall");
    if (series.starts_with("kpod_mem_cgroup_")) container.memory.insert(series);
    container.throttled |= series.find("throttled_seconds") != std::string::npos;
  }
  return all;
}

/// Series of a container that has everything, less those of one that has all but what is cleared.
std::int64_t cost_of(const profiler::ExportOptions& options,
                     const std::function<void(profiler::ExportOptions&)>& clear) {
  auto less = options;
  clear(less);
  return static_cast<std::int64_t>(profiler::estimate_series(1, options)) -
         static_cast<std::int64_t>(profiler::estimate_series(1, less));
}

/// What the estimate holds of this container: exactly, once what it has not is taken off and what
/// it has more than one of is added.
std::int64_t expected(const OfContainer& container, const profiler::ExportOptions& options) {
  const auto have = [](const auto& set) { return static_cast<std::int64_t>(set.size()); };
  const auto disk =
      cost_of(options, [](auto& o) { o.collected.disk = o.collected.disk_latency = false; });
  const auto interface = cost_of(options, [](auto& o) { o.collected.iface = false; });
  const auto mount = cost_of(options, [](auto& o) { o.collected.fs = false; });
  const auto memory = cost_of(options, [](auto& o) { o.collected.cgroup_memory = false; });
  const auto call = cost_of(options, [](auto& o) { o.syscalls.pop_back(); });
  const auto calls =
      options.collected.syscalls ? static_cast<std::int64_t>(options.syscalls.size()) : 0;
  return static_cast<std::int64_t>(profiler::estimate_series(1, options)) +
         (have(container.disks) - 1) * disk + (have(container.interfaces) - 1) * interface +
         (have(container.mounts) - 1) * mount + (have(container.memory) - memory) +
         (have(container.calls) - calls) * call - (container.throttled ? 0 : 1);
}

/// The page that the profiler would show, made of a window of this machine's real cgroups.
class Page {
 public:
  explicit Page(const std::string& profile)
      : settings_(*options::load(profiler::program(), {"--profile", profile}, {})->settings),
        watch_(*profiler::program_options(settings_)),
        reporting_(watch_),
        latest_(profiler::export_options(settings_, watch_.programs().hooks())) {}
  [[nodiscard]] const profiler::ExportOptions& options() const { return latest_.options(); }
  [[nodiscard]] std::string text() {
    auto& reporter = reporting_.reporter();
    const auto report = reporter.close_window();
    if (!report) throw std::runtime_error(report.error().message());
    profiler::FileCollector files({.collected = profiler::collectors(settings_),
                                   .proc_root = "/proc",
                                   .cgroup_root = reporting_.tree().root()});
    latest_.update(*report, reporter);
    latest_.files(files.collect(
        *report,
        [&reporter](std::uint64_t id) {
          return profiler::FileCollector::Known{reporter.leader(id), reporter.memory(id)};
        },
        MonoTime{} + std::chrono::hours(1)));
    return latest_.metrics();
  }

 private:
  options::Settings settings_;
  Watch watch_;
  Reporting reporting_;
  profiler::LatestWindow latest_;
};

}  // namespace

TEST_CASE("series: the estimate is what /metrics holds of real containers", "[kernel]") {
  KW_REQUIRE_KERNEL();
  const auto [profile, most] = GENERATE(table<std::string, std::int64_t>({
      {"minimal", 25},
      {"standard", 60},
      {"comprehensive", 150},
  }));
  CAPTURE(profile);
  std::deque<Cgroup> cgroups;
  for (std::size_t i = 0; i < kContainers; ++i) cgroups.emplace_back("series-" + std::to_string(i));
  Page page(profile);
  std::deque<Workload> workloads;
  for (const auto& cgroup : cgroups) {
    workloads.emplace_back(cgroup, live);
    REQUIRE(workloads.back().wait_ready());
  }
  static_cast<void>(page.text());  // the window in which they get their slots
  for (auto& workload : workloads) REQUIRE(run_to_end(workload));
  const auto containers = by_container(page.text());
  std::size_t ours = 0;
  for (const auto& [name, container] : containers) {
    if (name.find("series-") == std::string::npos) continue;
    ++ours;
    CAPTURE(name, container.disks, container.calls, container.memory);
    CHECK(container.series == expected(container, page.options()));
    // With one of each, which these containers of the node's own namespaces have at most.
    CHECK(container.disks.size() <= 1);
    CHECK(container.interfaces.empty());
    CHECK(container.series <= most);
    if (profile == "comprehensive") CHECK(container.calls.size() >= 5);
  }
  CHECK(ours == kContainers);
}

}  // namespace kernwise::test
