// SPDX-License-Identifier: Apache-2.0
// Each storm that can cost much: what it costs is shed, that is said, and it comes back.
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch_all.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "profiler/app/budget.hpp"
#include "profiler/kernel/syscalls.hpp"
#include "test/kernel/waits.hpp"
#include "test/support/loopback.hpp"
#include "test/support/show_result.hpp"

namespace kernwise::test {
namespace {

using sense::Collector;
using sense::Shed;

/// Sends to itself and reads it back, without ever waiting.
void transfers(Truth& truth) {
  const auto both = Listener(1).connect_to_self();
  truth.ready = true;
  char byte = 0;
  while (::write(both.client.value(), &byte, 1) == 1) {
    while (::recv(both.server.value(), &byte, 1, MSG_DONTWAIT) != 1) {
    }
    ++truth.operations;
  }
}

void connections(Truth& truth) {
  const Listener listener;
  truth.ready = true;
  while (true) {
    const auto both = listener.connect_to_self();
    const linger reset{.l_onoff = 1, .l_linger = 0};  // leaves no port in TIME_WAIT
    ::setsockopt(both.client.value(), SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    ++truth.operations;
  }
}

void system_calls(Truth& truth) {
  truth.ready = true;
  while (true) {
    static_cast<void>(::syscall(SYS_getppid));
    ++truth.operations;
  }
}

/// Datagrams that nobody waits for are thrown away, each with a reason.
void drops(Truth& truth) {
  const int socket = ::socket(AF_INET, SOCK_DGRAM, 0);
  const auto nowhere = loopback_address(1);
  truth.ready = true;
  while (true) {
    static_cast<void>(::sendto(socket, "x", 1, MSG_DONTWAIT,
                               reinterpret_cast<const sockaddr*>(&nowhere), sizeof(nowhere)));
    ++truth.operations;
  }
}

struct Storm {
  std::string name;
  kernel::ProgramOptions options;
  std::function<void(Truth&)> body;
  Shed shed;
  Collector costs;
  std::string missing;
  std::string hook = {};  ///< without it, as in older kernels, there is nothing to shed
};

kernel::ProgramOptions tracking_getppid() {
  kernel::ProgramOptions options;
  options.network = false;
  options.syscalls = {SYS_getppid};
  return options;
}

kernel::ProgramOptions for_old_kernels() {
  kernel::ProgramOptions options;
  options.legacy = true;
  return options;
}

kernel::ProgramOptions with_packets() {
  kernel::ProgramOptions options;
  options.packets = true;
  return options;
}

std::vector<Storm> storms() {
  return {
      {"transfers",
       {},
       transfers,
       Shed::requests,
       Collector::requests,
       "requests on sockets are not followed",
       "sock_send_length"},
      {"transfers, older objects", for_old_kernels(), transfers, Shed::requests,
       Collector::requests, "requests on sockets are not followed", "sock_send_length"},
      {"connections",
       {},
       connections,
       Shed::connections,
       Collector::connections,
       "connections and requests on them are not followed"},
      {"system calls", tracking_getppid(), system_calls, Shed::system_calls,
       Collector::system_calls, "system calls are not counted"},
      {"packets", with_packets(), drops, Shed::packets, Collector::packets,
       "retransmits, drops and round trips are not counted", "kfree_skb"},
  };
}

/// Windows of a tenth of a second that the valve is told were ten.
class Windows {
 public:
  explicit Windows(Watch& watch) : watch_(watch), now_(kernel::kernel_now_ns()) {}
  /// `cores` of the node as the valve is told it.
  void close(profiler::Budget& budget, double cores = 1) {
    let_run(0.1);
    REQUIRE(watch_.reader().read(std::vector<std::uint32_t>{KW_SYSTEM_SLOT}));
    budget.window_closed(now_ += 10'000'000'000, cores);
  }
  /// What an operation cost over ten windows, ns.
  [[nodiscard]] sense::ByCollector cost(profiler::Budget& budget, Truth& truth) {
    sense::ByCollector sum;
    const std::uint64_t before = truth.operations;
    for (int i = 0; i < 10; ++i) {
      close(budget);
      for (std::size_t each = 0; each < sense::kCollectors; ++each) {
        sum.each.at(each) += budget.window_by_collector().each.at(each);
      }
    }
    spent_ = sum.total() / 10;
    const auto operations = static_cast<double>(truth.operations - before);
    for (auto& each : sum.each) each /= operations;
    return sum;
  }
  /// All of it in one window, as the valve is told it: a part of one CPU over ten seconds.
  [[nodiscard]] double told() const { return spent_ * 1e-10; }

 private:
  Watch& watch_;
  std::uint64_t now_;
  double spent_ = 0;
};

bool has_hook(const Watch& watch, std::string_view name) {
  const auto& hooks = watch.programs().hooks();
  return std::ranges::any_of(
      hooks, [&](const auto& hook) { return hook.hook == name && hook.mode != "off"; });
}

bool has(const profiler::Budget& budget, Shed what) {
  return budget.shed().test(static_cast<std::size_t>(what));
}

constexpr int kMostWindows = 40;

}  // namespace

TEST_CASE("valve: a storm is shed by what it costs, which then falls, and comes back after it",
          "[kernel]") {
  KW_REQUIRE_KERNEL();
  const auto storm = GENERATE(from_range(storms()));
  CAPTURE(storm.name);
  const Cgroup cgroup("storm");
  // Before the programs: a child would hold their links, too, and nothing could be detached.
  auto workload = std::make_unique<Workload>(cgroup, storm.body);
  REQUIRE(workload->wait_ready());
  Watch watch(storm.options);
  if (!storm.hook.empty() && !has_hook(watch, storm.hook)) SKIP("no hook " + storm.hook);
  static_cast<void>(watch.follow(cgroup));

  Windows windows(watch);
  profiler::Budget all({.budget = 1}, watch.programs(), watch.reader());
  windows.close(all);  // since the boot
  const auto unheld = windows.cost(all, workload->truth());
  REQUIRE(unheld[storm.costs] > 0);

  // A twentieth of what it costs: whatever else is in the way of it is shed as well.
  profiler::Budget budget({.budget = windows.told() / 20}, watch.programs(), watch.reader());
  for (int i = 0; i < kMostWindows && !has(budget, storm.shed); ++i) windows.close(budget);
  REQUIRE(has(budget, storm.shed));
  CHECK(budget.degraded().find(storm.missing) != std::string::npos);
  windows.close(budget);  // what was under way has ended
  const auto held = windows.cost(budget, workload->truth());
  CAPTURE(unheld[storm.costs], held[storm.costs]);
  CHECK(held[storm.costs] < unheld[storm.costs]);

  workload.reset();
  // Whatever else runs on this machine is little on one of a million CPUs.
  for (int i = 0; i < kMostWindows && has(budget, storm.shed); ++i) windows.close(budget, 1e6);
  CHECK_FALSE(has(budget, storm.shed));
  CHECK(budget.degraded().find(storm.missing) == std::string::npos);
}

}  // namespace kernwise::test
