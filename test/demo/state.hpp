// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/json.hpp"
#include "common/report/vocabulary.hpp"

/// What the orchestrator says, as far as the demo shows it.
namespace kernwise::demo {

struct Weighed {
  std::string name;
  double weight = 0;  ///< samples of a function, share of a peer
};

struct PodState {
  std::string name;  ///< `namespace/pod`
  std::string verdict;
  double confidence = 0;
  WaitShares shares;
  std::vector<Weighed> functions, peers;  ///< largest first
  std::vector<std::string> evidence;
};

/// The pods of `namespace` in an answer of /v1/pods. Errors name the field that is missing.
[[nodiscard]] Result<std::vector<PodState>> pods_in(const json::Value& answer,
                                                    std::string_view pod_namespace);

struct DecisionState {
  std::string workload, action, target, reason;
  double from = 0, to = 0;
  std::vector<std::string> evidence;
  json::Value whole;
};

/// The newest decision for each workload of `namespace` in an answer of /v1/decisions.
[[nodiscard]] Result<std::vector<DecisionState>> decisions_in(const json::Value& answer,
                                                              std::string_view pod_namespace);

struct HostScore {
  std::string host;
  std::uint64_t score = 0;
};

/// One call of /prioritize and why the answer is what it is.
struct Placement {
  std::string pod;   ///< `namespace/name`
  std::string what;  ///< for people: what kind of pod it is
  std::vector<HostScore> scores;
  json::Value explanation;
};

[[nodiscard]] Result<std::vector<HostScore>> scores_in(const json::Value& answer);

/// Everything that is shown at the end.
struct Outcome {
  std::vector<PodState> pods;
  std::vector<Placement> placements;
  std::vector<DecisionState> decisions;
};

/// The outcome for programs.
[[nodiscard]] std::string to_json(const Outcome& outcome);

}  // namespace kernwise::demo
