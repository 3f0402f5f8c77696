// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/report/vocabulary.hpp"

/// PURE. One workload in, one decision with its reason and evidence out.
namespace kernwise::scaling {

enum class Action : std::uint8_t { scale_up, scale_down, hold, redirect };
[[nodiscard]] std::string_view name_of(Action action);

/// A workload that this one waits for, as the kernel saw it on its sockets.
struct Downstream {
  std::string workload;  ///< `namespace/Kind/name`; empty when nobody known is the peer
  std::string address;   ///< `10.0.0.7:8080`
  double blocked = 0;    ///< part of the caller's inbound time spent blocked on it
  Verdict verdict = Verdict::unknown;
  /// Where the peer itself waits for `workload`: the chain from the peer to it, both included.
  std::vector<std::string> path = {};
};

struct WorkloadState {
  std::string workload;
  int replicas = 1;
  int min_replicas = 1, max_replicas = 10;
  Verdict verdict = Verdict::unknown;
  double confidence = 0;
  double data_age_seconds = 0;
  double coverage = 1;           ///< part of its pods with fresh data
  double demand_cores = 0;       ///< on_cpu + runqueue + throttled, all pods
  double used_cores = 0;         ///< on_cpu, all pods
  double cores_per_replica = 0;  ///< what one replica can use: its limit, else what it got at most
  double requests_per_second = 0;      ///< inbound, all pods
  double cores_per_request = 0;        ///< 0 when unknown
  double queued_requests = 0;          ///< mean inbound in flight, all pods
  std::vector<Downstream> downstream;  ///< most blocked first
};

struct Params {
  double target_utilisation = 0.7;
  double tolerance = 0.05;
  double max_step_up = 2.0;   ///< at most this factor in one decision
  double drain_seconds = 30;  ///< time in which a backlog should be worked off
  double fresh_seconds = 15;
  double min_coverage = 0.6;
  double redirect_blocked = 0.4;  ///< below it a downstream is not the cause
};

struct Decision {
  std::string workload;
  Action action = Action::hold;
  std::string target;  ///< the workload to change; for redirect the downstream one
  int from = 1, to = 1;
  std::string reason;  ///< low cardinality: `cpu_saturated`, `disk_bound`, `stale_data`, ...
  std::vector<std::string> evidence;
  bool operator==(const Decision&) const = default;
};

/// What to do with one workload now.
[[nodiscard]] Decision decide(const WorkloadState& state, const Params& params);

}  // namespace kernwise::scaling
