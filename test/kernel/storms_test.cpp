// SPDX-License-Identifier: Apache-2.0
// More than fits: what is lost is counted, verdicts say so, and memory stays what it is.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_all.hpp>
#include <thread>

#include "profiler/app/flame_recording.hpp"
#include "profiler/kernel/stack_recorder.hpp"
#include "test/fakes/direct_parser.hpp"
#include "test/kernel/counters.hpp"
#include "test/kernel/reporting.hpp"
#include "test/support/loopback.hpp"
#include "test/support/show_result.hpp"

namespace kernwise::test {
namespace {

constexpr std::uint32_t kSixteenth = 16;
constexpr std::size_t kMebibyte = 1024UL * 1024;

bool within_a_hundredth(double counted, double injected) {
  return std::abs(counted - injected) <= 0.01 * injected;
}

/// The storm program, outside of every watched cgroup unless it says otherwise.
class StormProgram {
 public:
  explicit StormProgram(std::vector<std::string> arguments) : pid_(::fork()) {
    if (pid_ != 0) return;
    std::vector<char*> raw{const_cast<char*>(KW_STORM_PROGRAM)};
    for (auto& each : arguments) raw.push_back(each.data());
    raw.push_back(nullptr);
    ::execv(KW_STORM_PROGRAM, raw.data());
    ::_exit(127);
  }
  ~StormProgram() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  StormProgram(const StormProgram&) = delete;
  StormProgram& operator=(const StormProgram&) = delete;
  /// Its status once it has ended; no value while it runs.
  [[nodiscard]] std::optional<int> ended() {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
    pid_ = -1;
    return status;
  }

 private:
  pid_t pid_;
};

/// Which of numbered cgroups below a folder ever got a slot; its memory is there from the start.
class Followed {
 public:
  Followed(const std::string& folder, std::size_t most) : prefix_(folder + "/s"), seen_(most) {}
  void note(const profiler::ContainerTable& table) {
    for (const auto& [slot, container] : table.containers()) {
      if (!container.path.starts_with(prefix_)) continue;
      const auto number = std::stoul(container.path.substr(prefix_.size()));
      count_ += seen_.at(number) ? 0 : 1;
      seen_[number] = true;
    }
  }
  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  std::string prefix_;
  std::vector<bool> seen_;
  std::uint64_t count_ = 0;
};

/// Of all its threads; a thread's are added when it ends.
std::uint64_t switches_of_process() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_nvcsw + usage.ru_nivcsw);
}

}  // namespace

TEST_CASE("storm: 100,000 short-lived cgroups are followed or counted as lost, and leave nothing",
          "[kernel]") {
  KW_REQUIRE_KERNEL();
  constexpr std::size_t kCgroups = 100'000;
  const Cgroup home("storm");
  Watch watch;
  Reporting reporting(watch);
  auto& reporter = reporting.reporter();
  Followed followed(home.path(), kCgroups);
  const auto held = reporter.table().containers().size();
  const auto untracked = reporter.own().untracked;
  REQUIRE(reporter.close_window());
  const auto heap = heap_bytes();
  StormProgram storm({"cgroups", reporting.tree().root() + home.path(), std::to_string(kCgroups)});
  std::optional<int> status;
  std::size_t highest = heap;
  for (int turn = 1; !status; ++turn) {
    let_run(0.01);
    reporter.drain();
    if (turn % 50 == 0) REQUIRE(reporter.close_window());
    if (turn % 25 == 0) followed.note(reporter.table());
    if (turn % 50 == 0) highest = std::max(highest, heap_bytes());
    status = storm.ended();
  }
  CHECK(*status == 0);
  followed.note(reporter.table());
  const auto events_lost =
      counters_of(watch, KW_SYSTEM_SLOT).globals.errors[KW_ERROR_CGROUP_EVENTS];
  for (int window = 0; window < 4; ++window) REQUIRE(reporter.close_window());
  const auto lost = reporter.own().untracked - untracked;
  CAPTURE(followed.count(), lost, events_lost, heap, highest, heap_bytes());
  // Of lost events half told of a beginning.
  const auto known = static_cast<double>(followed.count() + lost);
  CHECK(within_a_hundredth(known + static_cast<double>(events_lost) / 2, kCgroups));
  CHECK(reporter.table().containers().size() <= held + 50);
  CHECK(use_of(watch, "kw_cgroups").entries <= reporter.table().cgroups() + 50);
  CHECK(heap_bytes() <= heap + kMebibyte);
  CHECK(highest <= heap + 24 * kMebibyte);  // 2048 slots and as many that wait for one
}

TEST_CASE("storm: 100,000 different stacks are recorded or counted as lost, in bounded memory",
          "[kernel]") {
  KW_REQUIRE_KERNEL();
  constexpr std::uint64_t kStacks = 100'000;
  kernel::ProgramOptions options;
  options.sampling_hz = 10'000;
  Watch watch(options);
  const Cgroup cgroup("stacks");
  const auto slot = watch.follow(cgroup);
  symbols::Resolver resolver({}, std::make_unique<DirectParser>());
  profiler::FlameRecording recording(resolver, profiler::StackKind::cpu, {{slot, "app"}}, 100'000);
  auto recorder = kernel::StackRecorder::open(watch.programs());
  REQUIRE(recorder.has_value());
  Workload storm(cgroup, [](Truth& truth) {
    truth.ready = true;
    ::execl(KW_STORM_PROGRAM, KW_STORM_PROGRAM, "stacks", nullptr);
  });
  REQUIRE(storm.wait_ready());
  std::uint64_t told = 0, ticks = 0;
  watch.reader().drain_samples([](const kw_sample&) {});
  const auto before = counters_of(watch, slot).slot;
  REQUIRE((*recorder)->begin({slot}, KW_RECORD_CPU).has_value());
  std::size_t full = 0;
  for (int turn = 0; ticks < kStacks; ++turn) {
    let_run(turn % 4 == 0 ? 1 : 0.02);  // a second is more than the ring buffers hold
    (*recorder)->drain([&](const kw_stack& stack) { recording.add(stack); });
    const auto now = counters_of(watch, slot).slot.samples - before.samples;
    // Only every quarter of the storm, which is more than their ring buffer holds.
    if (now / (kStacks / 4) != ticks / (kStacks / 4)) {
      watch.reader().drain_samples([&](const kw_sample&) { ++told; });
    }
    ticks = now;
    if (full == 0 && ticks > kStacks / 4) full = heap_bytes();
  }
  (*recorder)->end({slot}, KW_RECORD_CPU, [&](const kw_stack& stack) { recording.add(stack); });
  watch.reader().drain_samples([&](const kw_sample&) { ++told; });
  const auto after = counters_of(watch, slot).slot;
  const auto heap = heap_bytes();
  const auto lost = (*recorder)->lost(slot);
  recording.lose(slot, lost);
  std::uint64_t recorded = 0;
  for (const auto& stack : recording.profile().stacks) recorded += stack.count;
  ticks = after.samples - before.samples;
  const auto lost_samples = after.lost[KW_LOST_SAMPLES] - before.lost[KW_LOST_SAMPLES];
  CAPTURE(ticks, recorded, told, lost_samples, lost.lost_samples, full, heap);
  CHECK(lost.lost_samples > ticks / 20);
  CHECK(within_a_hundredth(static_cast<double>(recorded), static_cast<double>(ticks)));
  CHECK(lost_samples > ticks / 20);
  CHECK(within_a_hundredth(static_cast<double>(told + lost_samples), static_cast<double>(ticks)));
  CHECK(heap <= full + kMebibyte);
  const auto loss = sense::loss_between({before, 0}, {after, 0}, {.cgroups = 1});
  CHECK(loss.of == "samples");
  sense::Observation seen;
  seen.lost = loss;
  CHECK(sense::judge(seen).verdict == Verdict::unknown);
}

TEST_CASE("storm: with maps of a sixteenth every socket without room is counted", "[kernel]") {
  KW_REQUIRE_KERNEL();
  constexpr std::uint64_t kConnections = 1009;
  auto options = every_collector();
  options.map_divisor = kSixteenth;
  const Cgroup cgroup("sockets");
  Watch watch(options);
  Reporting reporting(watch);
  Workload workload(cgroup, [](Truth& truth) {
    const rlimit many{.rlim_cur = 4096, .rlim_max = 4096};
    ::setrlimit(RLIMIT_NOFILE, &many);
    const Listener listener(64);
    std::vector<Connection> connections;
    connections.reserve(kConnections);
    await_begin(truth);
    for (std::uint64_t i = 0; i < kConnections; ++i)
      connections.push_back(listener.connect_to_self());
    done(truth, 2 * connections.size());  // a socket at each end
  });
  REQUIRE(workload.wait_ready());
  static_cast<void>(reporting.row_of(cgroup));
  const auto before = use_of(watch, "kw_sockets");
  REQUIRE(run_to_end(workload));
  const auto row = reporting.row_of(cgroup);
  const auto room = before.capacity - before.entries;
  const auto injected = static_cast<double>(workload.truth().operations - room);
  const auto counted =
      static_cast<double>(use_of(watch, "kw_sockets").update_errors - before.update_errors);
  CAPTURE(injected, counted, before.entries, before.capacity);
  CHECK(before.capacity == KW_MAX_SOCKETS / kSixteenth);
  CHECK(workload.truth().operations == 2 * kConnections);
  CHECK(within_a_hundredth(counted, injected));
  CHECK(row.verdict == Verdict::unknown);
  CHECK(row.evidence.at(0).starts_with("lost of connections"));
}

TEST_CASE("storm: with maps of a sixteenth every switch of a thread without room is counted",
          "[kernel]") {
  KW_REQUIRE_KERNEL();
  constexpr int kThreads = 600, kNaps = 300;
  kernel::ProgramOptions options;
  options.map_divisor = kSixteenth;
  options.legacy = true;  // task storage has no capacity that could be too small
  const Cgroup cgroup("threads");
  Watch watch(options);
  Reporting reporting(watch);
  Workload workload(cgroup, [](Truth& truth) {
    await_begin(truth);
    const std::uint64_t before = switches_of_process();
    std::vector<std::thread> threads;
    threads.reserve(kThreads);
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([] {
        for (int nap = 0; nap < kNaps; ++nap) ::usleep(10'000);
      });
    }
    for (auto& thread : threads) thread.join();
    // A thread's last switch comes after its count was added to the process's.
    done(truth, switches_of_process() - before + kThreads);
  });
  REQUIRE(workload.wait_ready());
  static_cast<void>(reporting.row_of(cgroup));
  const auto slot = reporting.reporter().table().find(cgroup.id())->slot;
  const auto before = counters_of(watch, slot).slot;
  REQUIRE(run_to_end(workload));
  const auto after = counters_of(watch, slot).slot;
  const auto row = reporting.row_of(cgroup);
  const auto counted =
      after.switches[0] + after.switches[1] - before.switches[0] - before.switches[1];
  const auto lost = after.lost[KW_LOST_SWITCHES] - before.lost[KW_LOST_SWITCHES];
  CAPTURE(counted, lost, workload.truth().operations.load());
  CHECK(use_of(watch, "kw_tasks").capacity == KW_MAX_LEGACY_TASKS / kSixteenth);
  CHECK(lost > workload.truth().operations / 20);
  CHECK(within_a_hundredth(static_cast<double>(counted + lost),
                           static_cast<double>(workload.truth().operations)));
  CHECK(row.verdict == Verdict::unknown);
  CHECK(row.evidence.at(0).starts_with("lost of switches"));
}

}  // namespace kernwise::test
