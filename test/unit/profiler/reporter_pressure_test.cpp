// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <catch2/catch_all.hpp>
#include <filesystem>
#include <fstream>

#include "profiler/app/reporter.hpp"
#include "test/fakes/fake_reader.hpp"
#include "test/support/show_result.hpp"

namespace kernwise::profiler {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kSecond = 1'000'000'000, kMillisecond = 1'000'000;
constexpr std::uint64_t kOldTotal = 100, kNewTotal = 200;
constexpr int kReadEvery = 12;  // windows after which every file is read

/// One container whose files and counters are set by hand, of a node set by hand.
class Bench {
 public:
  Bench() {
    fs::create_directories(proc() / "pressure");
    fs::create_directories(cgroup());
    put(proc() / "stat", "cpu 1 2 3 4\ncpu0 1 2 3 4\n");
    for (const auto* what : {"cpu", "io", "memory"}) set_node(what, kOldTotal);
    for (const auto* what : {"cpu", "io", "memory"}) set_container(what, kOldTotal);
    use_cpu_us(0);
    tree_.emplace(*kernel::CgroupTree::at((root_ / "cgroup").string()));
    reader.slots[1].threads = 1;
    reader.slots[1].cgroup_id = 1;
    ReporterSources sources;
    sources.counters = &reader;
    sources.cgroups = &*tree_;
    sources.symbols = &symbols_;
    sources.name_of = [](const TrackedContainer&) { return report::Name{}; };
    ReporterOptions options;
    options.proc_root = proc().string();
    reporter_.emplace(std::move(options), std::move(sources));
    REQUIRE(reporter_->begin());
  }
  ~Bench() { fs::remove_all(root_); }

  void set_node(const std::string& what, std::uint64_t total) const {
    put(proc() / "pressure" / what, pressure(total));
  }
  void set_container(const std::string& what, std::uint64_t total) const {
    put(cgroup() / (what + ".pressure"), pressure(total));
  }
  void use_cpu_us(std::uint64_t usage) const {
    put(cgroup() / "cpu.stat", "usage_usec " + std::to_string(usage) + "\n");
  }
  /// What the next report says of the container, one second later.
  report::PressureSet window() { return container().pressure; }
  [[nodiscard]] report::Container container() {
    reader.now_ns += kSecond;
    const auto report = reporter_->close_window();
    REQUIRE(report);
    REQUIRE(report->containers.size() == 1);
    return report->containers[0];
  }
  [[nodiscard]] kw_slot& slot() { return reader.slots[1]; }
  void set_valve(const sense::ValveEffect& effect) { reporter_->set_valve(effect); }

  test::FakeReader reader;

 private:
  [[nodiscard]] fs::path proc() const { return root_ / "proc"; }
  [[nodiscard]] fs::path cgroup() const { return root_ / "cgroup" / "app.service"; }
  static void put(const fs::path& file, const std::string& text) { std::ofstream(file) << text; }
  static std::string pressure(std::uint64_t total) {
    const auto line = " avg10=0.00 total=" + std::to_string(total) + "\n";
    return "some" + line + "full" + line;
  }

  fs::path root_ = fs::temp_directory_path() / ("kernwise-pressure-" + std::to_string(::getpid()));
  std::optional<kernel::CgroupTree> tree_;
  symbols::Resolver symbols_;
  std::optional<Reporter> reporter_;
};

std::uint64_t total(const std::optional<report::Pressure>& pressure) {
  REQUIRE(pressure);
  return pressure->some_us;
}

/// Something that moves a file, and whether the window it happens in shows the file's new total.
struct Move {
  std::string what;
  std::function<void(Bench&)> happens;
  bool shown;
};

}  // namespace

TEST_CASE("Reporter: memory.pressure and io.pressure are read when the node's moved",
          "[profiler]") {
  for (const std::string what : {"memory", "io"}) {
    CAPTURE(what);
    Bench bench;
    const auto shown = [&] {
      const auto pressure = bench.window();
      return total(what == "io" ? pressure.io : pressure.memory);
    };
    CHECK(shown() == kOldTotal);
    // An io.pressure that nobody's wait explains is not read either; memory stalls show in nothing
    // but the node's total.
    bench.slot().class_ns[KW_CLASS_DISK] += 1;
    bench.set_container(what, kNewTotal);
    CHECK(shown() == kOldTotal);  // impossible where both files are the kernel's: not looked at
    bench.slot().class_ns[KW_CLASS_DISK] += 1;
    bench.set_node(what, kOldTotal + 1);
    CHECK(shown() == kNewTotal);
  }
}

TEST_CASE("Reporter: io.pressure is not read while no thread of the container waited",
          "[profiler]") {
  Bench bench;
  CHECK(total(bench.window().io) == kOldTotal);
  bench.set_node("io", kNewTotal);
  bench.set_container("io", kNewTotal);
  CHECK(total(bench.window().io) == kOldTotal);
}

TEST_CASE("Reporter: cpu.pressure is read once waits for a CPU add up to 1/200 of a window",
          "[profiler]") {
  const auto wait = [](std::uint64_t ns) {
    return [ns](Bench& bench) { bench.slot().runq_ns[KW_HOLDER_OTHERS] += ns; };
  };
  const Move moves[] = {
      {"nothing", [](Bench&) {}, false},
      {"5 ms of 1 s, behind others", wait(5 * kMillisecond), false},
      {"a nanosecond more", wait(5 * kMillisecond + 1), true},
      {"as long, after preemption",
       [](Bench& bench) { bench.slot().class_ns[KW_CLASS_RUNQ] += 6 * kMillisecond; }, true},
      {"a thread that is running", [](Bench& bench) { bench.slot().state = KW_STATE_ACTIVE_ONE; },
       true},
      {"CPU used, and seen",
       [](Bench& bench) {
         bench.slot().on_cpu_ns += 50 * kMillisecond;
         bench.use_cpu_us(50'000);
       },
       false},
      {"CPU used unseen, 1/200 of the window and 1 us",
       [](Bench& bench) { bench.use_cpu_us(5001); }, true},
      {"switches not followed",
       [](Bench& bench) { bench.set_valve({.reasons = false, .switches = false}); }, true},
  };
  for (const auto& move : moves) {
    CAPTURE(move.what);
    Bench bench;
    CHECK(total(bench.window().cpu) == kOldTotal);
    bench.set_container("cpu", kNewTotal);
    move.happens(bench);
    CHECK(total(bench.window().cpu) == (move.shown ? kNewTotal : kOldTotal));
  }
}

TEST_CASE("Reporter: small waits for a CPU add up over windows, and all is read now and then",
          "[profiler]") {
  Bench bench;
  CHECK(total(bench.window().cpu) == kOldTotal);
  bench.set_container("cpu", kNewTotal);
  bench.slot().runq_ns[KW_HOLDER_OWN] += 3 * kMillisecond;
  CHECK(total(bench.window().cpu) == kOldTotal);
  bench.slot().runq_ns[KW_HOLDER_OWN] += 3 * kMillisecond;  // 6 ms since the file was read
  CHECK(total(bench.window().cpu) == kNewTotal);
  bench.set_container("cpu", kOldTotal);  // the count begins anew with that reading
  bench.slot().runq_ns[KW_HOLDER_OWN] += 3 * kMillisecond;
  CHECK(total(bench.window().cpu) == kNewTotal);
  int windows = 1;
  while (total(bench.window().cpu) != kOldTotal && windows <= kReadEvery) ++windows;
  CHECK(windows <= kReadEvery);
}

TEST_CASE("Reporter: without requests there are no pod times, and no verdict that rests on them",
          "[profiler]") {
  Bench bench;
  const auto followed = bench.container();
  CHECK(followed.times.has_value());
  CHECK(followed.verdict == Verdict::idle);
  bench.set_valve({.requests = false});
  const auto shed = bench.container();
  CHECK_FALSE(shed.times.has_value());
  CHECK(shed.verdict == Verdict::unknown);
  CHECK(shed.evidence == std::vector<std::string>{"requests are not followed"});
  bench.set_valve({});
  CHECK(bench.container().verdict == Verdict::idle);
}

}  // namespace kernwise::profiler
