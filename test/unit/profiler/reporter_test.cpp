// SPDX-License-Identifier: Apache-2.0
#include "profiler/app/reporter.hpp"

#include <catch2/catch_all.hpp>
#include <cstring>
#include <filesystem>

#include "test/fakes/fake_reader.hpp"

#include "test/support/show_result.hpp"

namespace kernwise::profiler {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kSecond = 1'000'000'000;

/// A reporter over counters set by hand and a cgroup tree in a temporary directory.
class Bench {
 public:
  Bench() {
    fs::create_directories(root_ / "app.service");
    tree_.emplace(*kernel::CgroupTree::at(root_));
  }
  ~Bench() { fs::remove_all(root_); }

  Reporter make() {
    ReporterSources sources;
    sources.counters = &reader;
    sources.cgroups = &*tree_;
    sources.symbols = &symbols_;
    sources.name_of = [](const TrackedContainer& each) {
      report::Name name;
      name.pod = each.path;
      return name;
    };
    ReporterOptions options;
    options.node = "n1";
    options.boot_id = "b1";
    return Reporter(std::move(options), std::move(sources));
  }

  /// Makes a cgroup of which nobody tells; its id.
  std::uint64_t make_cgroup(const std::string& name) {
    fs::create_directories(root_ / name);
    return *tree_->id_of("/" + name);
  }

  void event(kw_event_kind kind, std::uint64_t id, const char* path) {
    kw_cgroup_event event{};
    event.kind = kind;
    event.cgroup_id = id;
    std::strncpy(event.path, path, sizeof(event.path) - 1);
    reader.events.push_back(event);
  }

  test::FakeReader reader;

 private:
  fs::path root_ = fs::temp_directory_path() / ("kernwise-reporter-" + std::to_string(::getpid()));
  std::optional<kernel::CgroupTree> tree_;
  symbols::Resolver symbols_;
};

}  // namespace

TEST_CASE("Reporter: a container found at start is reported with its first full window",
          "[profiler]") {
  Bench bench;
  auto reporter = bench.make();
  REQUIRE(reporter.begin());
  REQUIRE(bench.reader.assigned.size() == 1);
  auto& slot = bench.reader.slots[1];
  slot.threads = 1;
  slot.on_cpu_ns = 2 * kSecond;
  slot.busy_sum = 2 * kSecond;
  bench.reader.now_ns += 2 * kSecond;
  const auto report = reporter.close_window();
  REQUIRE(report);
  CHECK(report->window_ms == 2000);
  REQUIRE(report->containers.size() == 1);
  CHECK(report->containers[0].path == "/app.service");
  CHECK(report->containers[0].shares[Share::on_cpu] == Catch::Approx(1.0));
  CHECK(report->containers[0].verdict == Verdict::cpu_saturated);
}

TEST_CASE("Reporter: a container made in the middle of a window counts over that window",
          "[profiler]") {
  Bench bench;
  auto reporter = bench.make();
  REQUIRE(reporter.begin());
  bench.event(KW_EVENT_CGROUP_MKDIR, 4711, "/late.service");
  reporter.drain();
  REQUIRE(bench.reader.assigned.contains(4711));
  auto& slot = bench.reader.slots[bench.reader.assigned[4711]];
  slot.threads = 1;
  slot.class_ns[KW_CLASS_DISK] = kSecond;
  bench.reader.now_ns += 2 * kSecond;
  const auto report = reporter.close_window();
  REQUIRE(report);
  REQUIRE(report->containers.size() == 1);  // the idle one found at start has no threads
  CHECK(report->containers[0].path == "/late.service");
  CHECK(report->containers[0].shares[Share::disk] == Catch::Approx(0.5));  // 1 s of 2 s
}

TEST_CASE("Reporter: what a container did before it vanished is still reported", "[profiler]") {
  Bench bench;
  auto reporter = bench.make();
  REQUIRE(reporter.begin());
  bench.event(KW_EVENT_CGROUP_MKDIR, 4711, "/short.service");
  reporter.drain();
  bench.reader.slots[bench.reader.assigned[4711]].on_cpu_ns = kSecond;
  bench.event(KW_EVENT_CGROUP_RMDIR, 4711, "/short.service");
  bench.reader.now_ns += 2 * kSecond;
  auto report = reporter.close_window();
  REQUIRE(report);
  REQUIRE(report->containers.size() == 1);
  CHECK(report->containers[0].shares[Share::on_cpu] == Catch::Approx(0.5));
  CHECK_FALSE(bench.reader.assigned.contains(4711));
  bench.reader.now_ns += 2 * kSecond;
  report = reporter.close_window();
  REQUIRE(report);
  CHECK(report->containers.empty());
}

TEST_CASE("Reporter: after lost cgroup events the tree is walked again", "[profiler]") {
  Bench bench;
  auto reporter = bench.make();
  REQUIRE(reporter.begin());
  bench.event(KW_EVENT_CGROUP_MKDIR, 4711, "/never-was.service");
  reporter.drain();
  const auto made = bench.make_cgroup("quiet.service");  // its event is lost
  REQUIRE(bench.reader.assigned.contains(4711));
  bench.reader.globals.errors[KW_ERROR_CGROUP_EVENTS] = 1;
  for (int window = 0; window < 2; ++window) {  // the loss is read with the first
    bench.reader.now_ns += kSecond;
    REQUIRE(reporter.close_window());
  }
  CHECK(bench.reader.assigned.contains(made));
  CHECK_FALSE(bench.reader.assigned.contains(4711));  // its end was lost, too
}

TEST_CASE("Reporter: an event for what the first walk found gives no second slot", "[profiler]") {
  Bench bench;
  const auto id = bench.make_cgroup("racing.service");
  bench.event(KW_EVENT_CGROUP_MKDIR, id, "/racing.service");  // waits in the ring during the walk
  auto reporter = bench.make();
  REQUIRE(reporter.begin());
  const auto slot = bench.reader.assigned.at(id);
  reporter.drain();
  CHECK(bench.reader.assigned.at(id) == slot);
  CHECK(reporter.table().containers().size() == 2);
}

TEST_CASE("Reporter: a slot with a request still open is not given away", "[profiler]") {
  Bench bench;
  auto reporter = bench.make();
  REQUIRE(reporter.begin());
  bench.event(KW_EVENT_CGROUP_MKDIR, 4711, "/short.service");
  reporter.drain();
  const auto slot = bench.reader.assigned.at(4711);
  bench.reader.slots[slot].state = KW_STATE_OUTBOUND_ONE;
  bench.event(KW_EVENT_CGROUP_RMDIR, 4711, "/short.service");
  const auto after_windows = [&](int windows) {
    for (int i = 0; i < windows; ++i) {
      bench.reader.now_ns += kSecond;
      REQUIRE(reporter.close_window());
    }
    return reporter.table().containers().contains(slot);
  };
  CHECK(after_windows(5));
  bench.reader.slots[slot].state = 0;
  CHECK_FALSE(after_windows(1));
}

TEST_CASE("Reporter: an excluded container counts in the aggregate", "[profiler]") {
  Bench bench;
  auto reporter = bench.make();
  REQUIRE(reporter.begin());
  const auto id = bench.reader.assigned.begin()->first;
  reporter.exclude(id);
  CHECK(bench.reader.assigned.at(id) == KW_SYSTEM_SLOT);
  bench.reader.slots[1].threads = 3;
  bench.reader.slots[0].on_cpu_ns = kSecond;
  bench.reader.now_ns += kSecond;
  const auto report = reporter.close_window();
  REQUIRE(report);
  CHECK(report->containers.empty());
  CHECK(report->system[Share::on_cpu] == Catch::Approx(1.0));
}

TEST_CASE("Reporter: listening ports belong to the cgroup that listens", "[profiler]") {
  Bench bench;
  auto reporter = bench.make();
  REQUIRE(reporter.begin());
  const auto id = bench.reader.assigned.begin()->first;
  bench.reader.slots[1].threads = 1;
  kw_listener mine{}, other{};
  mine.cgroup_id = id;
  other.cgroup_id = id + 1;
  bench.reader.listeners = {{{.netns = 1, .port = 8080, .pad_ = 0}, mine},
                            {{.netns = 1, .port = 22, .pad_ = 0}, other}};
  bench.reader.now_ns += kSecond;
  const auto report = reporter.close_window();
  REQUIRE(report);
  REQUIRE(report->containers.size() == 1);
  CHECK(report->containers[0].listening_ports == std::vector<std::uint16_t>{8080});
}

TEST_CASE("Reporter: lost updates make the verdict of their container unknown", "[profiler]") {
  Bench bench;
  bench.make_cgroup("other.service");
  auto reporter = bench.make();
  REQUIRE(reporter.begin());
  for (const auto slot : {1, 2}) {
    bench.reader.slots[slot].threads = 1;
    bench.reader.slots[slot].on_cpu_ns = kSecond;
    bench.reader.slots[slot].switches[0] = 94;
  }
  const auto lost = GENERATE(0U, 4U, 6U);  // of 94 + 6 that is 6 %
  bench.reader.slots[1].lost[KW_LOST_SWITCHES] = lost;
  bench.reader.globals.errors[KW_ERROR_TASKS] = lost;
  bench.reader.now_ns += kSecond;
  const auto report = reporter.close_window();
  REQUIRE(report);
  REQUIRE(report->containers.size() == 2);
  CHECK((report->containers[0].verdict == Verdict::unknown) == (lost == 6));
  CHECK(report->containers[1].verdict != Verdict::unknown);
  CHECK(report->totals.self.drops == lost);
}

TEST_CASE("Reporter: a container whose cgroup the kernel side refused is not judged",
          "[profiler]") {
  Bench bench;
  bench.reader.table_full = true;
  auto reporter = bench.make();
  REQUIRE(reporter.begin());
  bench.reader.slots[1].threads = 1;
  bench.reader.slots[1].on_cpu_ns = kSecond;
  bench.reader.now_ns += kSecond;
  const auto report = reporter.close_window();
  REQUIRE(report);
  REQUIRE(report->containers.size() == 1);
  CHECK(report->containers[0].verdict == Verdict::unknown);
  CHECK(report->containers[0].evidence == std::vector<std::string>{"lost of cgroups 1.00 > 0.05"});
}

TEST_CASE("Reporter: a failed reading loses that window and nothing else", "[profiler]") {
  Bench bench;
  auto reporter = bench.make();
  REQUIRE(reporter.begin());
  bench.reader.fails = true;
  CHECK_FALSE(reporter.close_window());
  bench.reader.fails = false;
  bench.reader.slots[1].threads = 1;
  bench.reader.slots[1].on_cpu_ns = 4 * kSecond;
  bench.reader.now_ns += 4 * kSecond;
  const auto report = reporter.close_window();
  REQUIRE(report);
  CHECK(report->window_ms == 4000);
  CHECK(report->containers.at(0).shares[Share::on_cpu] == Catch::Approx(1.0));
}

}  // namespace kernwise::profiler
