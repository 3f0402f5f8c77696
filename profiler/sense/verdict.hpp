// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/report/report.hpp"
#include "profiler/sense/loss.hpp"

/// PURE. Shares and pod times of one window -> a verdict with confidence and evidence
/// (`product.md` 6: the first row that holds).
namespace kernwise::sense {

/// Every threshold of the table; ranges are 0..1 unless said otherwise.
struct Thresholds {
  double lost_updates = 0.05;  ///< of what was to be kept: above it nothing is known
  double idle_active = 0.05;   ///< thread-seconds per second
  double idle_inbound = 0.01;
  double memory_share = 0.20;       ///< of own
  double memory_pressure = 0.05;    ///< PSI full, part of wall time
  double throttled_part = 0.10;     ///< of on_cpu + throttled
  double limit_used = 0.85;         ///< of the limit or request
  double behind_others_part = 0.5;  ///< of the run queue
  double cpu_part = 0.60;           ///< on_cpu + throttled of own
  double busy = 0.85;
  double disk_part = 0.30;      ///< of own
  double blocked_part = 0.40;   ///< of inbound, or of 1 without inbound sockets
  double network_part = 0.40;   ///< of own, where pod times are missing
  double lock_part = 0.30;      ///< of own
  double backlog_growth = 1.5;  ///< factor per window, three windows running
  double backlog_cpu = 0.5;     ///< of limit, request or 1
};

/// One container and window, as the rules see it.
struct Observation {
  WaitShares shares;
  double behind_others = 0;
  std::optional<report::PodTimes> times;
  bool requests_followed = true;  ///< false: network waits of pollers are not told from idle ones
  std::optional<double> limit, request;  ///< cores
  Loss lost;                             ///< failed updates of what concerns it
  double memory_pressure_full = 0;       ///< part of wall time
  std::uint64_t listen_overflows = 0;
  double in_flight = 0;                       ///< mean inbound requests
  std::array<double, 3> earlier_in_flight{};  ///< the three windows before, newest first
};

struct Judgement {
  Verdict verdict = Verdict::unknown;
  double confidence = 0;  ///< smallest relative distance from the deciding thresholds, 0..1
  std::vector<std::string> evidence;  ///< at most three
};

[[nodiscard]] Judgement judge(const Observation& seen, const Thresholds& thresholds = {});

/// Holds a verdict until another one is seen in two of three windows. The first one counts at once,
/// at half confidence. `unknown` is told at once and not remembered. Also remembers the inbound
/// requests in flight that `backlog` compares.
class VerdictMemory {
 public:
  /// Judges one window and returns what to publish.
  [[nodiscard]] Judgement update(Observation seen, const Thresholds& thresholds = {});

 private:
  std::vector<Verdict> recent_;  ///< newest last, at most three
  std::optional<Verdict> published_;
  std::array<double, 3> in_flight_{};
};

}  // namespace kernwise::sense
