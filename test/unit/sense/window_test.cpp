// SPDX-License-Identifier: Apache-2.0
#include "profiler/sense/window.hpp"

#include <rapidcheck.h>

#include <catch2/catch_all.hpp>

namespace kernwise::sense {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

/// Two readings two seconds apart.
struct Pair {
  Reading before, now;
  Pair() {
    before.at_ns = 10 * kSecond;
    now.at_ns = 12 * kSecond;
  }
};

}  // namespace

TEST_CASE("interval_until: an open interval counts up to now", "[sense]") {
  const auto [name, sum, now, expected] =
      GENERATE(table<std::string, std::int64_t, std::uint64_t, std::uint64_t>({
          {"never opened", 0, 100, 0},
          {"closed: 30 - 10 = 20", 20, 100, 20},
          {"open since 60 after 20 before: 20 - 60 = -40, 100 - 40", -40, 100, 60},
          {"begun on another CPU a moment after now", -101, 100, 0},
      }));
  CAPTURE(name);
  CHECK(interval_until(sum, now) == expected);
}

TEST_CASE("share_of: each wait class is the share of the product's table", "[sense]") {
  const auto [wait_class, block, expected] = GENERATE(table<kw_class, bool, Share>({
      {KW_CLASS_RUNQ, false, Share::runqueue},   {KW_CLASS_DISK, false, Share::disk},
      {KW_CLASS_DISK_SOFT, false, Share::disk},  {KW_CLASS_IO_URING, true, Share::disk},
      {KW_CLASS_IO_URING, false, Share::idle},   {KW_CLASS_MEM, false, Share::memory},
      {KW_CLASS_NET_OUT, false, Share::network}, {KW_CLASS_POLL_OUT, false, Share::network},
      {KW_CLASS_NET_IN, false, Share::idle},     {KW_CLASS_NET_UNKNOWN, false, Share::idle},
      {KW_CLASS_NET_QUIET, false, Share::idle},  {KW_CLASS_POLL_IDLE, false, Share::idle},
      {KW_CLASS_IPC, false, Share::ipc},         {KW_CLASS_IPC_QUIET, false, Share::idle},
      {KW_CLASS_FUTEX_LOCK, false, Share::lock}, {KW_CLASS_FUTEX_IDLE, false, Share::idle},
      {KW_CLASS_FILE_LOCK, false, Share::lock},  {KW_CLASS_KERNEL_LOCK, false, Share::lock},
      {KW_CLASS_SLEEP, false, Share::idle},      {KW_CLASS_CHILD, false, Share::idle},
      {KW_CLASS_OTHER, false, Share::idle},
  }));
  CAPTURE(static_cast<int>(wait_class));
  CHECK(share_of(wait_class, block) == expected);
}

TEST_CASE("shares_between: counters over the window are thread-seconds per second", "[sense]") {
  Pair pair;
  pair.before.slot.on_cpu_ns = 5 * kSecond;
  pair.now.slot.on_cpu_ns = 8 * kSecond;                      // 3 s of 2 s = 1.5
  pair.now.slot.class_ns[KW_CLASS_DISK] = kSecond;            // 0.5
  pair.now.slot.class_ns[KW_CLASS_FUTEX_LOCK] = kSecond / 2;  // 0.25
  pair.now.slot.class_ns[KW_CLASS_KERNEL_LOCK] = kSecond / 2;
  pair.now.slot.runq_ns[KW_HOLDER_OTHERS] = kSecond;   // 0.5
  pair.now.slot.runq_ns[KW_HOLDER_OWN] = kSecond / 2;  // 0.25
  const auto window = shares_between(pair.before, pair.now, {});
  CHECK(window.shares[Share::on_cpu] == Catch::Approx(1.5));
  CHECK(window.shares[Share::disk] == Catch::Approx(0.5));
  CHECK(window.shares[Share::lock] == Catch::Approx(0.5));
  CHECK(window.shares[Share::runqueue] == Catch::Approx(0.75));
  CHECK(window.behind_others == Catch::Approx(0.5));
}

TEST_CASE("shares_between: what is held back by its own limit waits for nobody else", "[sense]") {
  struct Row {
    std::string name;
    double held, others, idle;  // seconds of a 2 s window: throttled; run queue by who had the CPU
    unsigned threads;
    double throttled, runqueue, behind_others;
  };
  const auto row = GENERATE(values<Row>({
      {"all of it: 1.0 / 2", 1.0, 0.0, 1.0, 1, 0.5, 0.0, 0.0},
      {"some of it, one thread: 0.4 / 2 of 1.0 / 2", 0.4, 0.0, 1.0, 1, 0.2, 0.3, 0.0},
      {"two threads held at once: min(1.0, 0.4 * 2) / 2", 0.4, 0.0, 1.0, 2, 0.4, 0.1, 0.0},
      {"others ran meanwhile: still held 1.0 / 2", 1.0, 1.0, 0.0, 1, 0.5, 0.0, 0.0},
      {"held 0.4 / 2, then behind others (1.0 - 0.4) / 2", 0.4, 1.0, 0.0, 1, 0.2, 0.3, 0.3},
      {"more held than queued: min(1.5, 1.0) / 2", 1.5, 0.4, 0.6, 1, 0.5, 0.0, 0.0},
      {"never held: an idle CPU is only late", 0.0, 0.4, 0.6, 4, 0.0, 0.5, 0.2},
  }));
  CAPTURE(row.name);
  Pair pair;
  pair.now.slot.threads = row.threads;
  pair.now.slot.runq_ns[KW_HOLDER_OTHERS] = static_cast<__u64>(row.others * kSecond);
  pair.now.slot.runq_ns[KW_HOLDER_IDLE] = static_cast<__u64>(row.idle * kSecond);
  const auto window = shares_between(pair.before, pair.now, {.throttled_seconds = row.held});
  CHECK(window.shares[Share::throttled] == Catch::Approx(row.throttled).margin(1e-9));
  CHECK(window.shares[Share::runqueue] == Catch::Approx(row.runqueue).margin(1e-9));
  CHECK(window.behind_others == Catch::Approx(row.behind_others).margin(1e-9));
}

TEST_CASE("times_between: run queue time of the waking thread moves from blocked to busy",
          "[sense]") {
  Pair pair;
  pair.now.slot.busy_sum = static_cast<__s64>(kSecond / 2);       // .25 of the window
  pair.now.slot.inbound_sum = -static_cast<__s64>(11 * kSecond);  // open since 11 s: .5
  pair.now.slot.blocked_sum = static_cast<__s64>(kSecond);        // .5
  pair.now.slot.woke_busy_ns = kSecond / 5;                       // .1
  pair.now.slot.woke_blocked_ns = kSecond / 5;                    // .1
  pair.now.slot.has_inbound = 1;
  const auto times = times_between(pair.before, pair.now);
  CHECK(times.busy == Catch::Approx(0.35));
  CHECK(times.inbound == Catch::Approx(0.5));
  CHECK(times.blocked == Catch::Approx(0.4));
  CHECK(times.has_inbound);
}

TEST_CASE("shares and times stay in range whatever the counters say", "[sense]") {
  REQUIRE(rc::check("no negative share, no time outside 0..1", [] {
    Pair pair;
    const auto any = rc::gen::arbitrary<std::uint64_t>();
    for (auto* slot : {&pair.before.slot, &pair.now.slot}) {
      slot->on_cpu_ns = *any;
      for (auto& each : slot->class_ns) each = *any;
      for (auto& each : slot->runq_ns) each = *any;
      slot->busy_sum = static_cast<__s64>(*any);
      slot->blocked_sum = static_cast<__s64>(*any);
      slot->inbound_sum = static_cast<__s64>(*any);
      slot->woke_busy_ns = *any;
      slot->woke_blocked_ns = *any;
    }
    const double held = *rc::gen::arbitrary<double>();
    const auto window = shares_between(pair.before, pair.now, {held});
    for (std::size_t i = 0; i < kShareCount; ++i) {
      RC_ASSERT(window.shares[static_cast<Share>(i)] >= 0);
    }
    const auto times = times_between(pair.before, pair.now);
    RC_ASSERT(times.busy >= 0 && times.busy <= 1);
    RC_ASSERT(times.blocked >= 0 && times.blocked <= 1);
    RC_ASSERT(times.inbound >= 0 && times.inbound <= 1);
  }));
}

TEST_CASE("quantile_us: the upper bound of the bucket that holds it", "[sense]") {
  Buckets counts{};
  CHECK(quantile_us(counts, 0.5) == 0);
  counts[3] = 98;                            // 8 .. 16 us
  counts[10] = 2;                            // 1024 .. 2048 us
  CHECK(quantile_us(counts, 0.5) == 16);     // rank 50 of 100
  CHECK(quantile_us(counts, 0.98) == 16);    // rank 98
  CHECK(quantile_us(counts, 0.99) == 2048);  // rank 99
}

TEST_CASE("disk_between: busy time, mean depth and latencies of the window", "[sense]") {
  kw_disk before{}, now{};
  now.busy_sum = static_cast<__s64>(kSecond);  // 1 s of 2 s
  now.latency_ns[0] = 3 * kSecond;             // 3 s in flight over 2 s = 1.5 (Little)
  now.hist[4] = 10;
  const auto disk = disk_between(254U << 16 | 1, before, now, 10 * kSecond, 12 * kSecond);
  CHECK(disk.device == "254:1");
  CHECK(disk.busy == Catch::Approx(0.5));
  CHECK(disk.depth == Catch::Approx(1.5));
  CHECK(disk.latency_p50_us == 32);
}

TEST_CASE("add_window: totals only grow and survive a slot that starts anew", "[sense]") {
  Totals totals;
  Pair pair;
  pair.now.slot.switches[0] = 7;
  pair.now.slot.disk_bytes[1] = 4096;
  pair.now.slot.runq_hist[2] = 3;
  add_window(totals, pair.before, pair.now, shares_between(pair.before, pair.now, {}));
  CHECK(totals.switches_voluntary == 7);
  CHECK(totals.disk_written_bytes == 4096);
  CHECK(totals.runqueue.counts[2] == 3);
  Reading fresh;
  fresh.at_ns = pair.now.at_ns;
  Reading later;
  later.at_ns = pair.now.at_ns + kSecond;
  later.slot.switches[0] = 2;
  add_window(totals, fresh, later, shares_between(fresh, later, {}));
  CHECK(totals.switches_voluntary == 9);
}

TEST_CASE("inbound_between: mean in flight is time in flight over the window", "[sense]") {
  Pair pair;
  pair.now.slot.inbound_requests = 100;
  pair.now.slot.inbound_completed = 98;
  pair.now.slot.inbound_ns = 5 * kSecond;  // 5 s / 2 s
  const auto inbound = inbound_between(pair.before, pair.now);
  CHECK(inbound.requests == 100);
  CHECK(inbound.completed == 98);
  CHECK(inbound.in_flight == Catch::Approx(2.5));
}

}  // namespace kernwise::sense
