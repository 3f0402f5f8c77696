// SPDX-License-Identifier: Apache-2.0
// What is missing while something is shed, and that it is right again afterwards.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <catch2/catch_all.hpp>
#include <memory>
#include <string>
#include <utility>

#include "profiler/kernel/stack_recorder.hpp"
#include "test/kernel/counters.hpp"
#include "test/kernel/waits.hpp"
#include "test/support/loopback.hpp"
#include "test/support/show_result.hpp"

namespace kernwise::test {
namespace {

/// Does what it is told, one step at a time: Truth::inbound is the number of steps wanted.
template <class Step>
void on_demand(Truth& truth, Step step) {
  truth.ready = true;
  while (true) {
    while (static_cast<double>(truth.operations) >= truth.inbound) ::usleep(500);
    step();
    ++truth.operations;
  }
}

void next_step(Workload& workload) {
  auto& truth = workload.truth();
  truth.inbound = truth.inbound + 1;
  for (int i = 0; i < 5000 && static_cast<double>(truth.operations) < truth.inbound; ++i) {
    ::usleep(1000);
  }
  REQUIRE(static_cast<double>(truth.operations) == truth.inbound);
}

void hand(const Fd& from, const Fd& to) {
  char byte = 'x';
  if (::write(from.value(), &byte, 1) != 1 || ::read(to.value(), &byte, 1) != 1) ::_exit(1);
}

/// Turn by turn a question and its answer on one connection.
void question_then_answer(Truth& truth) {
  const Listener listener;  // stays: it says who is asked
  const auto both = listener.connect_to_self();
  bool asked = false;
  on_demand(truth, [&] {
    asked ? hand(both.server, both.client) : hand(both.client, both.server);
    asked = !asked;
  });
}

/// A connection, then a question and its answer on it.
void connect_then_ask(Truth& truth) {
  const Listener listener;
  Connection both;
  on_demand(truth, [&] {
    if (both.client.value() < 0) {
      both = listener.connect_to_self();
      return;
    }
    hand(both.client, both.server);
    hand(both.server, both.client);
  });
}

/// A page of a file that is not in memory.
void fault(Truth& truth) {
  constexpr std::size_t kPage = 4096;
  const auto name = "/var/tmp/kernwise-valve-" + std::to_string(::getpid());
  const int file = ::open(name.c_str(), O_CREAT | O_RDWR | O_TRUNC, 0600);
  const std::string page(kPage, 'k');
  if (::write(file, page.data(), kPage) != static_cast<ssize_t>(kPage)) ::_exit(1);
  ::fsync(file);
  ::unlink(name.c_str());
  on_demand(truth, [&] {
    ::posix_fadvise(file, 0, kPage, POSIX_FADV_DONTNEED);
    auto* const map =
        static_cast<volatile char*>(::mmap(nullptr, kPage, PROT_READ, MAP_SHARED, file, 0));
    static_cast<void>(map[0]);
    ::munmap(const_cast<char*>(map), kPage);
  });
}

void nap(Truth& truth) {
  truth.ready = true;
  while (!truth.stop) ::usleep(3000);
}

void turn(Watch& watch, const sense::ValveEffect& effect) {
  watch.reader().set_valve(effect);
  REQUIRE(watch.programs().apply(effect));
}

/// A workload made before the programs: a child of later would keep their links.
struct Bench {
  explicit Bench(void (*body)(Truth&), kernel::ProgramOptions options = {})
      : workload(std::make_unique<Workload>(cgroup, body)) {
    REQUIRE(workload->wait_ready());
    watch = std::make_unique<Watch>(std::move(options));
    slot = watch->follow(cgroup);
  }
  [[nodiscard]] kw_slot now() const { return counters_of(*watch, slot).slot; }

  Cgroup cgroup{"valve"};
  std::unique_ptr<Workload> workload;
  std::unique_ptr<Watch> watch;
  std::uint32_t slot = 0;
};

}  // namespace

TEST_CASE("valve: requests open when they are shed are ended, those of later begin anew",
          "[kernel]") {
  KW_REQUIRE_KERNEL();
  Bench bench(question_then_answer);
  if (!bench.watch->sees_transfers()) SKIP(kNoTransfers);
  next_step(*bench.workload);  // asked
  const auto asked = bench.now();
  CHECK(KW_STATE_INBOUND(asked.state) == 1);
  CHECK(KW_STATE_OUTBOUND(asked.state) == 1);
  CHECK(asked.inbound_requests == 1);

  turn(*bench.watch, {.requests = false});
  const auto settled = bench.now();
  CHECK(KW_STATE_INBOUND(settled.state) == 0);
  CHECK(KW_STATE_OUTBOUND(settled.state) == 0);
  CHECK(settled.inbound_sum >= 0);  // no time is open
  CHECK(settled.blocked_sum >= 0);
  for (int i = 0; i < 3; ++i) next_step(*bench.workload);  // answered, asked, answered
  const auto unseen = bench.now();
  CHECK(unseen.inbound_requests == 1);
  CHECK(unseen.tcp_sent == asked.tcp_sent);
  CHECK(unseen.inbound_sum == settled.inbound_sum);

  turn(*bench.watch, {});
  next_step(*bench.workload);
  const auto again = bench.now();
  CHECK(KW_STATE_INBOUND(again.state) == 1);
  CHECK(KW_STATE_OUTBOUND(again.state) == 1);
  next_step(*bench.workload);
  const auto answered = bench.now();
  CHECK(answered.inbound_requests == 2);
  CHECK(answered.inbound_completed == 1);
  CHECK(KW_STATE_INBOUND(answered.state) == 0);
  CHECK(KW_STATE_OUTBOUND(answered.state) == 0);
}

TEST_CASE("valve: a connection made while they are shed has its role afterwards", "[kernel]") {
  KW_REQUIRE_KERNEL();
  Bench bench(connect_then_ask);
  if (!bench.watch->sees_transfers()) SKIP(kNoTransfers);
  turn(*bench.watch, {.requests = false, .connections = false});
  next_step(*bench.workload);
  CHECK(bench.now().connections[0] == 0);
  CHECK(bench.now().connections[1] == 0);
  turn(*bench.watch, {});
  next_step(*bench.workload);
  const auto asked = bench.now();
  CHECK(asked.inbound_requests == 1);
  CHECK(asked.inbound_completed == 1);
  CHECK(asked.has_inbound == 1);
}

TEST_CASE("valve: major faults are not counted while they are shed, and are afterwards",
          "[kernel]") {
  KW_REQUIRE_KERNEL();
  Bench bench(fault);
  const auto faults = [&] {
    return counters_of(*bench.watch, bench.slot).detail.memory.major_faults;
  };
  next_step(*bench.workload);
  const auto counted = faults();
  if (counted == 0) SKIP("this file system keeps its pages");
  turn(*bench.watch, {.faults = false});
  next_step(*bench.workload);
  CHECK(faults() == counted);
  turn(*bench.watch, {});
  next_step(*bench.workload);
  CHECK(faults() == counted + 1);
}

TEST_CASE("valve: block requests are not followed while they are shed", "[kernel]") {
  KW_REQUIRE_KERNEL();
  const bool shed = GENERATE(true, false);
  CAPTURE(shed);
  Bench bench(direct_writes_of_known_number);
  turn(*bench.watch, {.disk_times = !shed});
  bench.workload->truth().seconds[0] = 1;
  for (int i = 0; i < 10'000 && !bench.workload->truth().stop; ++i) ::usleep(1000);
  REQUIRE(bench.workload->truth().stop);
  CHECK(bench.now().disk_ops[1] == (shed ? 0 : kKnownWrites));
}

TEST_CASE("valve: what a recording of waits cannot take any more counts as lost", "[kernel]") {
  KW_REQUIRE_KERNEL();
  Bench bench(nap);
  auto recorder = kernel::StackRecorder::open(bench.watch->programs());
  REQUIRE(recorder);
  std::uint64_t taken = 0;
  const auto each = [&taken](const kw_stack&) { ++taken; };
  REQUIRE((*recorder)->begin({bench.slot}, KW_RECORD_WAITS));
  let_run(0.3);
  (*recorder)->drain(each);
  CHECK(taken > 0);
  const auto before = (*recorder)->lost(bench.slot).lost_waits;
  turn(*bench.watch, {.wait_stacks = false});
  let_run(0.1);
  (*recorder)->drain(each);
  taken = 0;
  let_run(0.3);
  (*recorder)->drain(each);
  CHECK(taken == 0);
  CHECK((*recorder)->lost(bench.slot).lost_waits > before);
  (*recorder)->end({bench.slot}, KW_RECORD_WAITS, each);
  const auto refused = (*recorder)->begin({bench.slot}, KW_RECORD_WAITS);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message() == "bpf.budget: stacks of waits are not taken now");
  turn(*bench.watch, {});
  CHECK((*recorder)->begin({bench.slot}, KW_RECORD_WAITS));
}

}  // namespace kernwise::test
