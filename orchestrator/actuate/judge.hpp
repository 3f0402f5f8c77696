// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.hpp"

/// The single gate that every write to a workload passes.
namespace kernwise::actuate {

/// What a feature may do (product.md 2): compute; publish as well; write as well.
enum class Mode : std::uint8_t { observe, recommend, act };
[[nodiscard]] std::string_view name_of(Mode mode);
/// `Observe`, `Recommend`, `Act`, exactly so.
[[nodiscard]] std::optional<Mode> mode_of(std::string_view text);

inline constexpr const char* kScalingMode = "kernwise.io/scaling-mode";
inline constexpr const char* kPaused = "kernwise.io/paused";
inline constexpr const char* kMinReplicas = "kernwise.io/min-replicas";
inline constexpr const char* kMaxReplicas = "kernwise.io/max-replicas";

using Annotations = std::map<std::string, std::string, std::less<>>;

/// A change of a workload's replicas that somebody has decided.
struct Intent {
  std::string workload;  ///< `namespace/Kind/name`
  std::string action;    ///< `scale_up`, `scale_down`
  std::string reason;    ///< of the decision: `cpu_saturated`
  int from = 0, to = 0;
  bool operator==(const Intent&) const = default;
};

/// How old what we know of the cluster is.
struct ApiFacts {
  bool synced = false;            ///< every cache was filled
  std::optional<MonoTime> heard;  ///< when the API server last said that they are up to date
};

/// How much of what profilers say is fresh.
struct NodeFacts {
  std::size_t known = 0, fresh = 0;  ///< nodes
};

/// The object as the cache has it.
struct TargetFacts {
  bool known = false;  ///< it exists and its kind has replicas that may be changed
  std::string uid;
  bool deleting = false;
  int replicas = 0;
  Annotations annotations, namespace_annotations;
  std::vector<std::string> autoscalers;  ///< who else scales it: `HorizontalPodAutoscaler/web`
};

/// What the gate itself remembers.
struct PaceFacts {
  std::optional<MonoTime> writes_from =
      {};  ///< start of our leading; before it others may have written
  std::optional<MonoTime> written = {};     ///< the last write to this object
  bool underway = false;                    ///< a write to this object has no answer yet
  bool crowded = false;                     ///< too many writes have no answer yet
  bool budget = true;                       ///< the budget for all objects has one write left
  std::optional<MonoTime> wait_until = {};  ///< the API server has asked us to wait
};

struct Facts {
  std::optional<MonoTime> leads_until;  ///< nothing when not leading
  ApiFacts api;
  NodeFacts nodes;
  bool overloaded = false;  ///< we have more to answer than we can
  TargetFacts target;
  PaceFacts pace;
};

struct Rules {
  Mode mode = Mode::recommend;  ///< where neither object nor namespace says
  bool paused = false;          ///< for everything
  std::chrono::seconds api_age{60};
  double fresh_nodes = 0.6;
  std::chrono::seconds cooldown_up{15}, cooldown_down{300};
  Mode soft_taints = Mode::observe;        ///< where the Node does not say
  std::chrono::seconds cooldown_node{60};  ///< between two writes to one Node
};

enum class Effect : std::uint8_t {
  observe,    ///< only remembered
  recommend,  ///< published as well
  hold,       ///< not now: doubt, pause or pace
  write
};

struct Verdict {
  Effect effect = Effect::hold;
  std::string reason;  ///< low cardinality: `not_leader`, `paused`, `owned_by_hpa`, ...
  std::vector<std::string> evidence = {};
  bool operator==(const Verdict&) const = default;
};

/// Whether it may be done now. The first rule that has something against it decides: leader,
/// freshness, mode, pause, bounds, coexistence, pace.
[[nodiscard]] Verdict judge(const Intent& intent, const Facts& facts, const Rules& rules,
                            MonoTime now);

/// Bounds that the annotations of an object, else of its namespace, give: `1 <= min <= max`.
struct Bounds {
  int min_replicas = 0, max_replicas = 0;
  bool operator==(const Bounds&) const = default;
};
[[nodiscard]] std::optional<Bounds> bounds_of(const TargetFacts& target);

}  // namespace kernwise::actuate
