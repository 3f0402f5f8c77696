// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "common/base/json.hpp"
#include "orchestrator/dependencies/graph.hpp"
#include "orchestrator/history/decisions.hpp"
#include "orchestrator/history/placements.hpp"
#include "orchestrator/view/workloads.hpp"

/// The things of the API as JSON. Additive changes only.
namespace kernwise::api {

inline constexpr const char* kApiVersion = "kernwise.io/v1alpha1";

/// Names the peers of containers. Holds the parties of one snapshot.
class PeerNames {
 public:
  PeerNames(const view::Snapshot& snapshot, MonoTime now);
  PeerNames(const PeerNames&) = delete;
  PeerNames& operator=(const PeerNames&) = delete;

  /// `namespace/pod` where one pod is at that address, else its workload, else empty.
  [[nodiscard]] std::string name(const view::PodRef& pod, const report::Container& container,
                                 const report::Peer& peer) const;
  [[nodiscard]] std::vector<dependencies::Edge> edges() const;

 private:
  std::shared_ptr<const view::NameBook> names_;
  std::vector<dependencies::Party> by_workload_, by_pod_;
  dependencies::Directory workloads_, pods_;
};

/// Six decimals: what is behind them is noise.
[[nodiscard]] double rounded(double value);

void write(json::Writer& json, const WaitShares& shares);
void write(json::Writer& json, const std::vector<std::string>& lines);
void write(json::Writer& json, const view::NodeState& node, MonoTime now);
void write(json::Writer& json, const view::PodRef& ref, const PeerNames& names, MonoTime now);
void write(json::Writer& json, const view::Workload& workload);
void write(json::Writer& json, const dependencies::Edge& edge);
void write(json::Writer& json, const history::DecisionRecord& record);
void write(json::Writer& json, const history::PlacementRecord& record);
void write(json::Writer& json, const placement::NodeExplanation& node);
void write(json::Writer& json, const placement::PodProfile& profile);
void write(json::Writer& json, const std::vector<protocol::Override>& overrides);
/// Exactly: by name as in tunables(), and `shape`.
void write(json::Writer& json, const placement::ScoreParams& params);
/// One number per resource: `{"cpu":..,"disk":..,"memory":..}`.
void write(json::Writer& json, const placement::PerResource& values);

/// The short form that goes into history.
[[nodiscard]] std::string compact(const view::NodeState& node);
[[nodiscard]] std::string compact(const view::Pod& pod);
[[nodiscard]] std::string encode(const history::DecisionRecord& record);

}  // namespace kernwise::api
