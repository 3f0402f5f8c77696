// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <catch2/catch_all.hpp>
#include <cmath>

#include "test/kernel/waits.hpp"
#include "test/support/loopback.hpp"

namespace kernwise::test {
namespace {

constexpr double kTolerance = 0.15;

double monotonic() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

void sleep_ms(long milliseconds) {
  timespec time{0, milliseconds * 1'000'000};
  ::nanosleep(&time, nullptr);
}

template <class Body>
void outside(Body body) {
  if (::fork() != 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  leave_cgroup();
  body();
  ::_exit(0);
}

bool exchange_byte(const Fd& socket) {
  char byte = 'x';
  return ::write(socket.value(), &byte, 1) == 1 && ::read(socket.value(), &byte, 1) == 1;
}

/// A server that works 5 ms on each request, asks a downstream that takes 20 ms, and answers. Its
/// client pauses 10 ms between requests: known parts of wall time.
void chain(Truth& truth) {
  const Listener front, back;
  outside([&] {  // the downstream service
    const auto caller = back.accept();
    char byte = 0;
    while (::read(caller.value(), &byte, 1) == 1) {
      sleep_ms(20);
      static_cast<void>(!::write(caller.value(), &byte, 1));
    }
  });
  outside([&] {  // the client
    const auto server = connect_to(front.address);
    while (exchange_byte(server)) sleep_ms(10);
  });
  const auto downstream = connect_to(back.address);
  const auto client = front.accept();
  truth.ready = true;
  char byte = 0;
  while (!truth.stop && ::read(client.value(), &byte, 1) == 1) {
    const double begin = monotonic();
    burn(0.005);
    const double asked = monotonic();
    static_cast<void>(exchange_byte(downstream));
    truth.blocked.fetch_add(monotonic() - asked);
    static_cast<void>(!::write(client.value(), &byte, 1));
    truth.inbound.fetch_add(monotonic() - begin);
  }
}

/// A server with a connection that never asks anything.
void server_without_requests(Truth& truth) {
  const Listener front;
  outside([&] {
    const auto quiet = connect_to(front.address);
    ::pause();
  });
  const auto client = front.accept();
  truth.ready = true;
  char byte = 0;
  static_cast<void>(!::read(client.value(), &byte, 1));
}

}  // namespace

TEST_CASE("pod times: inbound and blocked are what the server measured itself", "[kernel]") {
  KW_REQUIRE_KERNEL();
  Watch watch;
  if (!watch.sees_transfers()) SKIP(kNoTransfers);
  const Cgroup cgroup("chain");
  const auto slot = watch.follow(cgroup);
  Workload workload(cgroup, chain);
  REQUIRE(workload.wait_ready());
  const auto result = watch.compare(slot, workload.truth(), 2.0);
  CAPTURE(result.times.inbound, result.known_inbound, result.times.blocked, result.known_blocked);
  CHECK(result.known_blocked > 0.2);
  CHECK(std::abs(result.times.inbound - result.known_inbound) <= kTolerance);
  CHECK(std::abs(result.times.blocked - result.known_blocked) <= kTolerance);
  CHECK(result.times.has_inbound);
  REQUIRE_FALSE(result.peers.empty());
  CHECK(result.peers[0].address == "127.0.0.1");
  CHECK(result.peers[0].direction == report::Direction::outbound);
  CHECK(result.peers[0].wait_ms == Catch::Approx(20).margin(15));
}

TEST_CASE("pod times: a server nobody asks is idle, not blocked", "[kernel]") {
  KW_REQUIRE_KERNEL();
  Watch watch;
  const Cgroup cgroup("quiet");
  const auto slot = watch.follow(cgroup);
  Workload workload(cgroup, server_without_requests);
  REQUIRE(workload.wait_ready());
  const auto result = watch.compare(slot, workload.truth(), 1.0);
  CHECK(result.times.inbound < 0.01);
  CHECK(result.times.blocked < 0.01);
  CHECK(result.seen[Share::idle] == Catch::Approx(1.0).margin(0.1));
  CHECK(result.seen.active() < 0.05);
}

TEST_CASE("attach: connections made before the programs still have a role", "[kernel]") {
  KW_REQUIRE_KERNEL();
  const Cgroup cgroup("before");
  Workload workload(cgroup, chain);
  REQUIRE(workload.wait_ready());
  Watch watch;  // loaded only now
  if (!watch.sees_transfers()) SKIP(kNoTransfers);
  const auto slot = watch.follow(cgroup);
  const auto result = watch.compare(slot, workload.truth(), 2.0);
  CAPTURE(result.times.blocked, result.known_blocked, result.times.inbound, result.known_inbound);
  CHECK(std::abs(result.times.blocked - result.known_blocked) <= kTolerance);
  CHECK(std::abs(result.times.inbound - result.known_inbound) <= kTolerance);
}

TEST_CASE("attach: every hook that this kernel has runs, and nothing stays after detach",
          "[kernel]") {
  KW_REQUIRE_KERNEL();
  const auto types = kernel::KernelTypes::load();
  REQUIRE(types.has_value());
  const auto loaded_before = programs_loaded_by_us();
  {
    Watch watch;
    for (const auto& hook : watch.programs().hooks()) {
      CAPTURE(hook.hook, hook.reason);
      // Off is only what this kernel does not have, and it says so.
      const bool off = hook.mode == "off";
      CHECK((!off || types->tracepoint_arguments(hook.hook) < 0));
      CHECK(off != hook.reason.empty());
    }
    std::uint64_t bytes = 0;
    std::string maps;
    for (const auto& use : watch.reader().map_use()) {
      // What is known of each thread is no fixed cost: with task storage it is in no map at all.
      if (std::string_view(use.name) != "kw_tasks") bytes += use.bytes;
      maps.append(use.name).append("=").append(std::to_string(use.bytes)).append(" ");
    }
    CAPTURE(maps);
    CHECK(bytes > 0);
    CHECK(bytes <= 8UL * 1024 * 1024);  // the standard profile's budget
  }
  // The kernel frees programs after a grace period, not within close().
  for (int turn = 0; turn < 500 && programs_loaded_by_us() > loaded_before; ++turn) let_run(0.01);
  // Fewer when those of an earlier test were still being freed at the start.
  CHECK(programs_loaded_by_us() <= loaded_before);
}

TEST_CASE("cgroups: a new cgroup is announced with its id and path", "[kernel]") {
  KW_REQUIRE_KERNEL();
  Watch watch;
  const Cgroup cgroup("new");
  std::vector<std::pair<std::uint64_t, std::string>> seen;
  watch.reader().drain_cgroups([&](const kw_cgroup_event& event) {
    if (event.kind == KW_EVENT_CGROUP_MKDIR) seen.emplace_back(event.cgroup_id, event.path);
  });
  CHECK(std::ranges::find(seen, std::pair(cgroup.id(), cgroup.path())) != seen.end());
}

TEST_CASE("block I/O: bytes and requests of direct writes are charged to their cgroup",
          "[kernel]") {
  KW_REQUIRE_KERNEL();
  Watch watch;
  const Cgroup cgroup("bytes");
  const auto slot = watch.follow(cgroup);
  Workload workload(cgroup, direct_writes_of_known_number);
  REQUIRE(workload.wait_ready());
  const auto before = watch.compare(slot, workload.truth(), 0.01);
  workload.truth().seconds[0] = 1;  // go
  while (!workload.truth().stop) let_run(0.01);
  const auto after = watch.compare(slot, workload.truth(), 0.05);
  const auto block = sense::block_between(before.now, after.now);
  CHECK(block.writes >= kKnownWrites);
  CHECK(block.written_bytes >= kKnownWrites * kKnownBytes);
  // The file system's own metadata may ride along, never much.
  CHECK(block.written_bytes <= kKnownWrites * kKnownBytes + 1024 * 1024);
}

TEST_CASE("pod times: who always wants to run is busy, whoever has the CPU", "[kernel]") {
  KW_REQUIRE_KERNEL();
  Watch watch;
  const Cgroup cgroup("contended"), other("contender");
  const auto slot = watch.follow(cgroup);
  Workload workload(cgroup, spin_on_first_cpu), rival(other, spin_on_first_cpu);
  REQUIRE(workload.wait_ready());
  REQUIRE(rival.wait_ready());
  const auto seen = watch.compare(slot, workload.truth(), 3);
  CAPTURE(seen.seen[Share::on_cpu], seen.seen[Share::runqueue]);
  CHECK(seen.seen[Share::runqueue] > 0.3);
  CHECK(std::abs(seen.times.busy - 1) < 0.1);
  CHECK(seen.times.blocked == 0);
}

}  // namespace kernwise::test
