// SPDX-License-Identifier: Apache-2.0
// TCP counters against what the sockets know of themselves.
#include <linux/filter.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch_all.hpp>

#include "common/base/fd.hpp"
#include "test/kernel/counters.hpp"
#include "test/support/eventually.hpp"
#include "test/support/loopback.hpp"

namespace kernwise::test {
namespace {

constexpr std::uint64_t kMessages = 103;
constexpr std::size_t kMessageBytes = 1009;

std::uint64_t retransmits_of(const Fd& socket) {
  tcp_info info{};
  socklen_t size = sizeof(info);
  if (::getsockopt(socket.value(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0) ::_exit(73);
  return info.tcpi_total_retrans;
}

/// Talks to itself in messages of a prime size, a prime number of times.
void talk(Truth& truth) {
  const auto both = Listener(1).connect_to_self();
  await_begin(truth);
  std::array<char, kMessageBytes> message{};
  std::uint64_t received = 0;
  for (std::uint64_t i = 0; i < kMessages; ++i) {
    if (::send(both.client.value(), message.data(), message.size(), 0) < 0) ::_exit(74);
    const auto got = ::recv(both.server.value(), message.data(), message.size(), MSG_WAITALL);
    received += static_cast<std::uint64_t>(got);
    if (::send(both.server.value(), message.data(), 1, 0) != 1) ::_exit(75);
    if (::recv(both.client.value(), message.data(), 1, 0) != 1) ::_exit(76);
  }
  done(truth, received);
}

/// One message that the receiving socket's filter throws away each time it comes.
void talk_to_the_deaf(Truth& truth) {
  const auto both = Listener(1).connect_to_self();
  sock_filter nothing = {.code = BPF_RET | BPF_K, .jt = 0, .jf = 0, .k = 0};
  const sock_fprog filter = {.len = 1, .filter = &nothing};
  if (::setsockopt(both.server.value(), SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter))) {
    ::_exit(77);
  }
  await_begin(truth);
  if (::send(both.client.value(), "hello", 5, 0) != 5) ::_exit(78);
  if (!eventually(
          std::chrono::seconds(10), [&] { return retransmits_of(both.client) >= 3; },
          std::chrono::milliseconds(10))) {
    ::_exit(81);
  }
  // From here on it hears, so that nothing is sent any more while the counters are read.
  const int unused = 0;
  if (::setsockopt(both.server.value(), SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof(unused))) {
    ::_exit(80);
  }
  std::array<char, 5> heard{};
  if (::recv(both.server.value(), heard.data(), heard.size(), MSG_WAITALL) != 5) ::_exit(79);
  done(truth, retransmits_of(both.client));
}

}  // namespace

TEST_CASE("counters: TCP bytes, connections and round trips of a prime number of messages",
          "[kernel]") {
  KW_REQUIRE_KERNEL();
  auto options = every_collector();
  options.packets = false;  // round trips by request
  Watch watch(options);
  const Cgroup cgroup("bytes");
  const auto slot = watch.follow(cgroup);
  Workload workload(cgroup, talk);
  REQUIRE(workload.wait_ready());
  const auto before = counters_of(watch, slot);
  REQUIRE(run_to_end(workload));
  const auto after = counters_of(watch, slot);
  const auto known = kMessages * (kMessageBytes + 1);  // both ends are in the cgroup
  CHECK(workload.truth().operations == kMessages * kMessageBytes);
  CHECK(after.slot.tcp_sent - before.slot.tcp_sent == known);
  CHECK(after.slot.tcp_received - before.slot.tcp_received == known);
  CHECK(after.slot.connections[0] == 1);
  CHECK(after.slot.connections[1] == 1);
  if (!watch.sees_transfers()) return;  // bytes by the window; there are no answers to sample at
  sense::Totals totals;
  sense::add_detail(totals, before.detail, after.detail);
  std::uint64_t samples = 0;
  for (const auto count : totals.rtt.counts) samples += count;
  CHECK(samples == 2 * kMessages);  // each answer, seen by both ends
  CHECK(totals.rtt.sum_ns > 0);
  CHECK(totals.retransmits == 0);
}

TEST_CASE("counters: retransmits are the sender's, drops the receiver's", "[kernel]") {
  KW_REQUIRE_KERNEL();
  Watch watch(every_collector());
  const Cgroup cgroup("deaf");
  const auto slot = watch.follow(cgroup);
  Workload workload(cgroup, talk_to_the_deaf);
  REQUIRE(workload.wait_ready());
  const auto before = counters_of(watch, slot);
  REQUIRE(run_to_end(workload));
  const auto after = counters_of(watch, slot);
  const auto known = workload.truth().operations.load();
  CHECK(known >= 3);
  CHECK(after.detail.net.retransmits - before.detail.net.retransmits == known);
  for (const auto& reason : watch.programs().degraded()) {
    if (reason.starts_with("kfree_skb")) SKIP(reason);
  }
  // The message and every repetition but the last, which was heard.
  CHECK(after.detail.net.drops - before.detail.net.drops == known);
}

}  // namespace kernwise::test
