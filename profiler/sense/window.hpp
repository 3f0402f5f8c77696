// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "common/report/report.hpp"
#include "common/report/vocabulary.hpp"
#include "ebpf/kernwise_abi.h"
#include "profiler/sense/counters.hpp"

/// PURE. Cumulative kernel counters -> what happened in one window. Times are nanoseconds of the
/// kernel's monotonic clock; nothing here reads a clock.
namespace kernwise::sense {

/// One slot at one moment.
struct Reading {
  kw_slot slot{};
  std::uint64_t at_ns = 0;
};

/// A window's begin and end.
struct Span {
  std::uint64_t from_ns = 0, until_ns = 0;
};

/// Wall time (ns) of a signed interval sum: an open interval counts up to `now_ns`.
[[nodiscard]] std::uint64_t interval_until(std::int64_t sum, std::uint64_t now_ns);

/// The share that a wait class counts as (`product.md` 5); `block_activity` decides io_uring.
[[nodiscard]] Share share_of(kw_class wait_class, bool block_activity);

/// cgroup files of the same moment, differences over the window.
struct CgroupWindow {
  double throttled_seconds = 0;
};

/// Thread-seconds per second by share, and how much of the run queue was behind other cgroups.
struct ShareWindow {
  WaitShares shares;
  double behind_others = 0;
};

/// Shares of the window between two readings. `throttled` = the throttled time of the cgroup (of
/// one thread; of all its threads as far as the CPU was idle meanwhile), at most the run queue, and
/// is taken out of it: what is held back by its own limit waits for nobody, whoever runs meanwhile.
/// Counters that went back (a reused slot) count as nothing.
[[nodiscard]] ShareWindow shares_between(const Reading& before, const Reading& now,
                                         const CgroupWindow& cgroup);

/// Pod times of the window, each clamped to 0..1. Run queue time of the thread that ended a wait
/// moves from `blocked` to `busy`, where it belongs.
[[nodiscard]] report::PodTimes times_between(const Reading& before, const Reading& now);

/// Value at quantile `q` of a window's histogram (bucket counts of one log2 histogram), in
/// microseconds: the upper bound of the bucket that holds it; 0 without samples.
[[nodiscard]] double quantile_us(std::span<const std::uint64_t> counts, double q);

[[nodiscard]] report::BlockIo block_between(const Reading& before, const Reading& now);
[[nodiscard]] report::Inbound inbound_between(const Reading& before, const Reading& now);

/// Everything a slot counted since its first reading, added to what earlier slots of the same
/// container counted.
void add_window(Totals& totals, const Reading& before, const Reading& now,
                const ShareWindow& window);

/// One peer of a container at one moment.
struct PeerReading {
  kw_peer_key key{};
  kw_peer value{};
};

/// Peers that did anything in the window, most blocked first, at most `max`. `blocked` of the
/// container is split by the wall time each peer had a request outstanding.
[[nodiscard]] std::vector<report::Peer> peers_between(std::span<const PeerReading> before,
                                                      std::span<const PeerReading> now,
                                                      const Span& span, double blocked,
                                                      std::size_t max);

/// Long run queue waits of one container behind another one, at one moment.
struct CulpritReading {
  kw_culprit_key key{};
  kw_culprit value{};
};

/// Thread-seconds per second spent waiting for a CPU that a thread of `slot` held.
struct CulpritShare {
  std::uint32_t slot = 0;  ///< or KW_KERNEL_SLOT
  double share = 0;
};

/// Culprits of one container in the window, worst first, at most `max`. Only waits of a
/// millisecond and more are known.
[[nodiscard]] std::vector<CulpritShare> culprits_between(std::span<const CulpritReading> before,
                                                         std::span<const CulpritReading> now,
                                                         const Span& span, std::size_t max);

/// `10.0.0.7`, `::1`; mapped IPv4 addresses in their short form.
[[nodiscard]] std::string address_text(const kw_endpoint& endpoint);

/// One disk of the node over the window.
[[nodiscard]] report::Disk disk_between(std::uint32_t device, const kw_disk& before,
                                        const kw_disk& now, std::uint64_t before_ns,
                                        std::uint64_t now_ns);

/// `254:0` of a device number with the major in the upper half.
[[nodiscard]] std::string device_text(std::uint32_t device);

}  // namespace kernwise::sense
