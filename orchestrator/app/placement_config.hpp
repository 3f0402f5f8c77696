// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <vector>

#include "common/base/options.hpp"
#include "extender/protocol/service.hpp"

namespace kernwise::orchestrator {

/// How pods are placed.
struct Placement {
  protocol::Mode mode = protocol::Mode::act;
  placement::ScoreParams score = {};
  placement::FilterParams filter = {};  ///< also when a node gets the soft taint
  bool pending = true;                  ///< pods on their way count as load
  int warm_up = 2;                      ///< windows after the start without an opinion
  bool past = true;  ///< profiles are read from Prometheus where one is configured
  std::chrono::minutes past_range{24 * 60};
  std::chrono::milliseconds past_every{3'600'000};
};

/// The options `placement.*`.
[[nodiscard]] std::vector<options::Option> placement_options();

/// Errors name the option: weights or ages that contradict each other.
[[nodiscard]] Result<Placement> read_placement(const options::Settings& settings);

}  // namespace kernwise::orchestrator
