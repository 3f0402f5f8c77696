// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/kube/objects.hpp"
#include "extender/placement/pod.hpp"

namespace kernwise::cluster {

/// A pod came to a node, begins to leave it, or is gone.
struct PodMove {
  enum class Kind : std::uint8_t { bound, leaves, gone };
  Kind kind = Kind::gone;
  placement::PodFacts pod;  ///< with the node's name
};

/// What placement wants to know of a pod, from the API server's object.
[[nodiscard]] placement::PodFacts facts_of(const kube::Pod& pod);

/// Gathers the moves of pods between two looks at them. Pods that were bound before they were first
/// seen have long been in reports, or will be: they did not move.
class PodMoves {
 public:
  static constexpr std::size_t kMost = 50'000;

  /// As a store tells of a change.
  void pod(const std::shared_ptr<const kube::Pod>& before,
           const std::shared_ptr<const kube::Pod>& after);
  /// The moves since the last call, in their order. Beyond kMost the newest were dropped: each is
  /// load that is not foreseen until a report shows it.
  [[nodiscard]] std::vector<PodMove> take() { return std::exchange(moves_, {}); }

 private:
  void add(PodMove::Kind kind, const kube::Pod& pod);
  std::vector<PodMove> moves_;
};

}  // namespace kernwise::cluster
