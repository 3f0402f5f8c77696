// SPDX-License-Identifier: Apache-2.0
#include "profiler/sense/verdict.hpp"

#include <rapidcheck.h>

#include <catch2/catch_all.hpp>

namespace kernwise::sense {
namespace {

/// An observation from the numbers a row names.
struct Row {
  double on_cpu = 0, runqueue = 0, throttled = 0, disk = 0, network = 0, lock = 0, memory = 0,
         ipc = 0, idle = 0;
  double behind_others = 0, busy = 0, inbound = 0, blocked = 0;
  bool has_inbound = false;
  std::optional<double> limit = {}, request = {};
  double pressure = 0, lost = 0;

  [[nodiscard]] Observation observation() const {
    Observation seen;
    seen.shares[Share::on_cpu] = on_cpu;
    seen.shares[Share::runqueue] = runqueue;
    seen.shares[Share::throttled] = throttled;
    seen.shares[Share::disk] = disk;
    seen.shares[Share::network] = network;
    seen.shares[Share::lock] = lock;
    seen.shares[Share::memory] = memory;
    seen.shares[Share::ipc] = ipc;
    seen.shares[Share::idle] = idle;
    seen.behind_others = behind_others;
    seen.times = report::PodTimes{busy, inbound, blocked, has_inbound};
    seen.limit = limit;
    seen.request = request;
    seen.memory_pressure_full = pressure;
    seen.lost.part = lost;
    return seen;
  }
};

}  // namespace

TEST_CASE("judge: the first row of the table that holds", "[sense]") {
  const auto [name, row, expected] = GENERATE(table<std::string, Row, Verdict>({
      {"6 % of updates lost", {.on_cpu = 1, .busy = 1, .lost = 0.06}, Verdict::unknown},
      {"active .04 < .05", {.on_cpu = 0.04, .idle = 8}, Verdict::idle},
      {"a request in flight is not idle",
       {.on_cpu = 0.04, .inbound = 0.5, .has_inbound = true},
       Verdict::steady},
      {"memory .2 / own 1.0",
       {.on_cpu = 0.5, .disk = 0.3, .memory = 0.2},
       Verdict::memory_pressure},
      {"memory PSI full 6 %", {.on_cpu = 1, .busy = 1, .pressure = 0.06}, Verdict::memory_pressure},
      {"throttled .5 / 1.0, on_cpu .5 of limit 1",
       {.on_cpu = 0.5, .throttled = 0.5, .limit = 1.0},
       Verdict::cpu_throttled},
      {"uses .9 of its limit: saturated, not throttled",
       {.on_cpu = 0.9, .throttled = 0.3, .limit = 1.0},
       Verdict::cpu_saturated},
      {"gets .5 of request 1, wants .95, behind others",
       {.on_cpu = 0.5, .runqueue = 0.45, .behind_others = 0.4, .request = 1.0},
       Verdict::noisy_neighbour},
      {"the same behind its own threads",
       {.on_cpu = 0.5, .runqueue = 0.45, .behind_others = 0.1, .request = 1.0},
       Verdict::cpu_saturated},
      {"above its request: own saturation",
       {.on_cpu = 0.6, .runqueue = 0.6, .behind_others = 0.6, .request = 0.25},
       Verdict::cpu_saturated},
      {"no limit or request, busy 1", {.on_cpu = 1.0, .busy = 1.0}, Verdict::cpu_saturated},
      {"no limit or request, busy .5", {.on_cpu = 0.5, .busy = 0.5}, Verdict::steady},
      {"disk .7 / own 1.0", {.on_cpu = 0.3, .disk = 0.7}, Verdict::disk_bound},
      {"run queue is not own: disk .3 / own .6",
       {.on_cpu = 0.3, .runqueue = 5, .disk = 0.3},
       Verdict::disk_bound},
      {"blocked .45 of inbound .9",
       {.on_cpu = 0.1, .network = 1, .inbound = 0.9, .blocked = 0.45, .has_inbound = true},
       Verdict::downstream_wait},
      {"a batch pod blocked .5 of all time",
       {.on_cpu = 0.1, .network = 0.5, .blocked = 0.5},
       Verdict::downstream_wait},
      {"lock 3 / own 4", {.on_cpu = 1, .lock = 3, .busy = 1}, Verdict::lock_bound},
      {"nothing stands out", {.on_cpu = 0.2, .ipc = 0.2, .busy = 0.2}, Verdict::steady},
  }));
  CAPTURE(name);
  const auto judgement = judge(row.observation());
  CAPTURE(judgement.evidence);
  CHECK(judgement.verdict == expected);
}

TEST_CASE("judge: confidence is the distance to the nearest deciding threshold", "[sense]") {
  const auto disk = judge(Row{.on_cpu = 0.55, .disk = 0.45}.observation());
  CHECK(disk.verdict == Verdict::disk_bound);
  CHECK(disk.confidence == Catch::Approx(0.5));  // (.45 - .3) / .3
  CHECK(disk.evidence == std::vector<std::string>{"disk / own 0.45 >= 0.30"});
  CHECK(judge(Row{.on_cpu = 0.2, .ipc = 0.3}.observation()).confidence == 0.5);  // steady
  CHECK(judge(Row{.lost = 0.5}.observation()).confidence == 0);                  // unknown
}

TEST_CASE("judge: without pod times the network share decides", "[sense]") {
  auto seen = Row{.on_cpu = 0.2, .network = 0.3}.observation();
  seen.times.reset();
  CHECK(judge(seen).verdict == Verdict::downstream_wait);  // .3 / .5 >= .4
}

TEST_CASE("judge: where requests are not followed only what rests on none of them is told",
          "[sense]") {
  const auto [name, row, expected] = GENERATE(table<std::string, Row, Verdict>({
      {"at its limit", {.on_cpu = 0.9, .limit = 1}, Verdict::cpu_saturated},
      {"throttled", {.on_cpu = 0.5, .throttled = 0.4, .limit = 1}, Verdict::cpu_throttled},
      {"memory stalls", {.on_cpu = 0.2, .pressure = 0.1}, Verdict::memory_pressure},
      {"disk, or a poller that waits for others", {.on_cpu = 0.1, .disk = 0.9}, Verdict::unknown},
      {"nothing, or a poller", {.idle = 1}, Verdict::unknown},
      {"something", {.on_cpu = 0.2, .ipc = 0.3}, Verdict::unknown},
  }));
  CAPTURE(name);
  auto seen = row.observation();
  seen.times.reset();
  seen.requests_followed = false;
  const auto judged = judge(seen);
  CHECK(judged.verdict == expected);
  if (expected == Verdict::unknown) {
    CHECK(judged.confidence == 0);
    CHECK(judged.evidence == std::vector<std::string>{"requests are not followed"});
  }
}

TEST_CASE("judge: backlog needs overflows or three windows of growth, and a CPU to spare",
          "[sense]") {
  auto seen = Row{.on_cpu = 0.2, .inbound = 0.9, .has_inbound = true}.observation();
  seen.in_flight = 34;
  seen.earlier_in_flight = {22, 14, 9};  // 34/22, 22/14, 14/9 are all >= 1.5
  CHECK(judge(seen).verdict == Verdict::backlog);
  seen.earlier_in_flight = {30, 14, 9};  // 34/30 < 1.5
  CHECK(judge(seen).verdict == Verdict::steady);
  seen.listen_overflows = 1;
  CHECK(judge(seen).verdict == Verdict::backlog);
}

TEST_CASE("judge: any numbers give a verdict with confidence 0..1 and at most three reasons",
          "[sense]") {
  REQUIRE(rc::check("total over all inputs", [] {
    const auto share = [] { return *rc::gen::inRange(0, 4000) / 1000.0; };
    const Row row{
        share(), share(), share(), share(), share(), share(), share(),
        share(), share(), share(), share(), share(), share(), *rc::gen::arbitrary<bool>()};
    const auto judgement = judge(row.observation());
    RC_ASSERT(judgement.confidence >= 0 && judgement.confidence <= 1);
    RC_ASSERT(!judgement.evidence.empty() && judgement.evidence.size() <= 3);
  }));
}

TEST_CASE("VerdictMemory: a change needs two of three windows", "[sense]") {
  const auto busy = Row{.on_cpu = 1.0, .busy = 1.0}.observation();
  const auto disk = Row{.on_cpu = 0.1, .disk = 0.9}.observation();
  VerdictMemory memory;
  const auto first = memory.update(busy);
  CHECK(first.verdict == Verdict::cpu_saturated);
  CHECK(first.confidence == Catch::Approx(judge(busy).confidence / 2));  // first: at once, at half
  CHECK(memory.update(busy).confidence == Catch::Approx(judge(busy).confidence));
  const auto held = memory.update(disk);  // one of three
  CHECK(held.verdict == Verdict::cpu_saturated);
  CHECK(held.evidence.front() == "held: this window alone says disk_bound");
  CHECK(memory.update(busy).verdict == Verdict::cpu_saturated);
  CHECK(memory.update(disk).verdict == Verdict::disk_bound);  // disk, busy, disk
}

TEST_CASE("VerdictMemory: a window with lost data is unknown at once, and no vote", "[sense]") {
  const auto busy = Row{.on_cpu = 1.0, .busy = 1.0}.observation();
  const auto lossy = Row{.on_cpu = 1.0, .busy = 1.0, .lost = 0.06}.observation();
  VerdictMemory memory;
  static_cast<void>(memory.update(busy));
  for (int window = 0; window < 3; ++window) {
    const auto judgement = memory.update(lossy);
    CHECK(judgement.verdict == Verdict::unknown);
    CHECK(judgement.evidence.front() == "lost of switches 0.06 > 0.05");
  }
  CHECK(memory.update(busy).verdict == Verdict::cpu_saturated);
}

}  // namespace kernwise::sense
