// SPDX-License-Identifier: Apache-2.0
// Half a minute of programs that measure themselves, seen within five points, judged without error.
#include <catch2/catch_all.hpp>
#include <cmath>
#include <deque>

#include "profiler/sense/verdict.hpp"
#include "test/kernel/truth_program.hpp"
#include "test/kernel/waits.hpp"

namespace kernwise::test {
namespace {

constexpr double kWindow = 30;
/// Thread-seconds per second and thread, or part of wall time.
constexpr double kTolerance = 0.05;

/// The verdict of a program that does one thing only; none for shares that are no verdict's cause.
std::optional<Verdict> single_cause(const WaitShares& known) {
  constexpr std::pair<Share, Verdict> kCauses[] = {
      {Share::on_cpu, Verdict::cpu_saturated},
      {Share::disk, Verdict::disk_bound},
      {Share::network, Verdict::downstream_wait},
      {Share::lock, Verdict::lock_bound},
  };
  if (known.active() < 0.04) return Verdict::idle;
  const double own = known.own();
  for (const auto& [share, verdict] : kCauses) {
    if (known[share] >= 0.9 * own && known.active() >= 0.9) return verdict;
  }
  return std::nullopt;
}

sense::Judgement judged(const Comparison& result) {
  sense::Observation seen;
  seen.shares = result.seen;
  seen.behind_others = result.behind_others;
  seen.times = result.times;
  return sense::judge(seen);
}

/// Rows of one table, all at work over the same window.
class Batch {
 public:
  explicit Batch(std::vector<WaitScenario> scenarios) : scenarios_(std::move(scenarios)) {
    for (const auto& scenario : scenarios_) {
      const auto& cgroup = cgroups_.emplace_back("truth-" + std::to_string(cgroups_.size()));
      const auto slot = watch_.follow(cgroup);
      auto& workload = workloads_.emplace_back(cgroup, scenario.body);
      watched_.push_back({slot, &workload.truth()});
    }
  }
  bool wait_ready() {
    return std::ranges::all_of(workloads_, [](Workload& one) { return one.wait_ready(); });
  }
  /// Returns how many rows had a single cause.
  std::size_t check() {
    const auto results = watch_.compare_all(watched_, kWindow);
    std::size_t judged_rows = 0;
    for (std::size_t i = 0; i < results.size(); ++i) {
      judged_rows += check_row(scenarios_[i].name, results[i]) ? 1 : 0;
    }
    return judged_rows;
  }

 private:
  static bool check_row(const std::string& row, const Comparison& result) {
    CAPTURE(row, result.threads);
    for (std::size_t i = 0; i < kShareCount; ++i) {
      const auto share = static_cast<Share>(i);
      CAPTURE(name_of(share), result.seen[share], result.known[share]);
      CHECK(std::abs(result.seen[share] - result.known[share]) <= kTolerance * result.threads);
    }
    const auto expected = single_cause(result.known);
    if (!expected) return false;
    const auto judgement = judged(result);
    CAPTURE(judgement.evidence);
    CHECK(judgement.verdict == *expected);
    return true;
  }

  std::vector<WaitScenario> scenarios_;
  Watch watch_;
  std::deque<Cgroup> cgroups_;
  std::deque<Workload> workloads_;
  std::vector<Watched> watched_;
};

std::vector<WaitScenario> waiting_scenarios() {
  auto all = sleeping_scenarios();
  for (auto& one : network_scenarios()) all.push_back(std::move(one));
  return all;
}

void check_batch(std::vector<WaitScenario> scenarios, std::size_t judged_at_least) {
  Batch batch(std::move(scenarios));
  REQUIRE(batch.wait_ready());
  CHECK(batch.check() >= judged_at_least);
}

/// What a mode of the language programs must look like.
struct Mode {
  std::string name;
  Verdict verdict;
};

void check_program(const std::string& row, const Mode& mode, const Comparison& result) {
  const auto judgement = judged(result);
  CAPTURE(row, mode.name, judgement.evidence, result.seen.active(), result.times.busy);
  CAPTURE(result.times.inbound, result.known_inbound, result.times.blocked, result.known_blocked);
  CHECK(judgement.verdict == mode.verdict);
  CHECK(std::abs(result.times.inbound - result.known_inbound) <= kTolerance);
  CHECK(std::abs(result.times.blocked - result.known_blocked) <= kTolerance);
  if (mode.name == "ask" || mode.name == "serve") CHECK(result.known_blocked > 0.3);
}

/// Every language's programs of these modes over one window.
void check_languages(const std::vector<Mode>& modes) {
  const int service = start_delaying_service();
  Watch watch;
  std::deque<TruthProgram> programs;
  std::vector<Watched> watched;
  std::vector<std::pair<std::string, Mode>> rows;
  for (const auto& language : languages()) {
    if (!language.missing.empty()) WARN(language.name << " left out: " << language.missing);
    if (!language.missing.empty()) continue;
    for (const auto& mode : modes) {
      auto& program = programs.emplace_back(language, mode.name, service);
      const auto slot = watch.follow(program.cgroup());
      if (language.name == "Go") watch.built_by_go(program.pid());
      if (mode.name == "serve" || mode.name == "quiet") REQUIRE(program.port());
      if (mode.name == "serve") start_client(*program.port());
      if (mode.name == "ask" || mode.name == "serve") REQUIRE(program.has_begun());
      watched.push_back({slot, &program.truth(), [&program] { program.truth(); }});
      rows.emplace_back(language.name, mode);
    }
  }
  const auto results = watch.compare_all(watched, kWindow);
  for (std::size_t i = 0; i < results.size(); ++i) {
    check_program(rows[i].first, rows[i].second, results[i]);
  }
}

}  // namespace

TEST_CASE("truth: sleeping, locking and network rows are seen within five points", "[kernel]") {
  KW_REQUIRE_KERNEL();
  check_batch(waiting_scenarios(), 12);
}

TEST_CASE("truth: disk rows are seen within five points", "[kernel]") {
  KW_REQUIRE_KERNEL();
  check_batch(disk_scenarios(), 0);
}

TEST_CASE("truth: rows that run are seen within five points", "[kernel]") {
  KW_REQUIRE_KERNEL();
  check_batch(cpu_scenarios(), 3);
}

TEST_CASE("truth: C++, Go, Node and Python wait for their service as they know", "[kernel]") {
  KW_REQUIRE_KERNEL();
  check_languages({{"ask", Verdict::downstream_wait},
                   {"serve", Verdict::downstream_wait},
                   {"quiet", Verdict::idle}});
}

TEST_CASE("truth: C++, Go, Node and Python that only compute are CPU-saturated", "[kernel]") {
  KW_REQUIRE_KERNEL();
  check_languages({{"spin", Verdict::cpu_saturated}});
}

}  // namespace kernwise::test
