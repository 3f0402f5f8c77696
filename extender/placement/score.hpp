// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

/// PURE. Rates nodes for a pod: what the pod does (its profile) against what the node's kernel says
/// is contended. No clock, no I/O, no allocation that grows with history.
namespace kernwise::placement {

enum class Resource : std::uint8_t { cpu, disk, memory };
inline constexpr std::size_t kResources = 3;
[[nodiscard]] std::string_view name_of(Resource resource);

using PerResource = std::array<double, kResources>;

/// One node as placement sees it.
struct NodeRow {
  std::string name;
  PerResource load{};       ///< mean use / capacity, 0..1 (cpu busy, worst disk busy, memory used)
  PerResource deviation{};  ///< standard deviation of `load` over the last minute
  /// Demand of pods bound there that `load` does not show yet, less the use of pods that are
  /// leaving; cores, disks, bytes.
  PerResource pending{};
  PerResource contention{};   ///< waiting that is the node's fault, 0..1: throttling is not in it
  PerResource sensitivity{};  ///< how much its residents themselves suffer from that resource, 0..1
  PerResource capacity{};     ///< cores, disks, bytes
  double age_seconds = 0;     ///< of the newest report, by the receiver's clock
  double churn = 0;           ///< recent starts, 0..1
  /// The highest priority among its residents; pods below it give way under Shape::protect.
  std::int32_t top_priority = std::numeric_limits<std::int32_t>::min();
  /// Reports in a row over the hard limit; kept by the view with `windows_over` of filter.hpp.
  std::array<std::uint16_t, kResources> windows_over_limit{};
};

/// What a pod usually needs and suffers from.
struct PodProfile {
  PerResource demand{};              ///< cores, disk share 0..1, bytes
  PerResource mix{1, 0, 0};          ///< what its time goes to, adds up to 1
  PerResource sensitivity{1, 1, 1};  ///< relative to the mean over workloads; 1 = unknown
  double confidence = 0;             ///< n/(n+5) over the replicas seen
  std::string source = "prior";      ///< `owner`, `prometheus`, `app`, `image` or `prior`
};

/// What a good node looks like.
enum class Shape : std::uint8_t {
  spread,   ///< the less loaded the better
  pack,     ///< best at 0.8 of the threshold, so that empty nodes can be given back
  protect,  ///< spread, with twice the weight on what the pod does to the residents, and twice that
            ///< again where it has a lower priority than they have
};
[[nodiscard]] std::string_view name_of(Shape shape);

/// Weights of the cost (placement.md 6.1) and the staleness law.
struct ScoreParams {
  Shape shape = Shape::spread;
  PerResource threshold{0.80, 0.70, 0.90};  ///< load above which a resource costs everything
  double deviation_factor = 1.0;
  double aggressor = 0.5;  ///< weight of what the pod does to the residents
  double weight_worst = 0.45, weight_mean = 0.20, weight_interference = 0.30, weight_churn = 0.05;
  double strength = 1;           ///< how far from the middle scores may be; 0 has no preference
  double fresh_seconds = 15;     ///< 3 report intervals: no fading before
  double fade_seconds = 30;      ///< time constant after that
  double dead_seconds = 180;     ///< nothing of the data is left
  double min_fresh_part = 0.60;  ///< of the candidates; below it there is no opinion

  bool operator==(const ScoreParams&) const = default;
};

inline constexpr int kMaxScore = 10;  ///< extender/v1 MaxExtenderPriority

/// The cost of one node and where it comes from, each part 0..1 before its weight.
struct Cost {
  double worst = 0, mean = 0, interference = 0, churn = 0;
  double total = 0;
  PerResource predicted{};  ///< load with this pod and the deviation, per resource
  Resource bottleneck = Resource::cpu;
};

enum class Reason : std::uint8_t {
  measured,  ///< fresh data
  fading,    ///< old data, pulled towards the median of the fresh candidates
  unknown,   ///< never seen, or too old: the median
};
[[nodiscard]] std::string_view name_of(Reason reason);

/// What is true of one node and one pod beside the node's row.
struct Circumstances {
  double neutral = 0.5;        ///< quality of a node without data
  double elapsed_seconds = 0;  ///< since the row's age was taken
  PerResource expected{};      ///< demand of pods that were probably placed there just now
  std::int32_t priority = 0;   ///< of the pod
};

/// One node's rating with everything it was made of.
struct Rated {
  int score = 0;  ///< 0..kMaxScore
  Reason reason = Reason::unknown;
  double fresh = 0;
  double quality = 0;  ///< before rounding, 0..1
  Cost cost;
  std::optional<double> age_seconds;  ///< of its data when rated; none = never reported or unusable
};

/// Cost of placing `pod` on `node`; see ScoreParams for the formula's constants. Total for every
/// input: NaN and negative values count as nothing, a capacity of zero as unknown (no demand term).
[[nodiscard]] Cost cost_of(const NodeRow& node, const PodProfile& pod, const ScoreParams& params,
                           const Circumstances& circumstances = {});

/// How much of data this old still counts: 1 up to `fresh_seconds`, then exponential decay, 0
/// beyond `dead_seconds` and for NaN.
[[nodiscard]] double freshness(double age_seconds, const ScoreParams& params);

/// Quality is fresh * (1 - cost) + (1 - fresh) * neutral, the score its tenth steps rounded half
/// up; a strength below 1 draws it to 5 alone. nullptr is a node nobody reported; so is a row with
/// a number that is not finite.
[[nodiscard]] Rated rate(const NodeRow* node, const PodProfile& pod, const ScoreParams& params,
                         const Circumstances& circumstances = {});

}  // namespace kernwise::placement
