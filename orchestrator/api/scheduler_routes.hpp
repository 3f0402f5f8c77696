// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/http/server.hpp"
#include "extender/protocol/service.hpp"
#include "orchestrator/api/routes.hpp"
#include "orchestrator/view/snapshot.hpp"

namespace kernwise::api {

struct SchedulerOptions {
  std::string prefix = {};  ///< of the verbs' paths: empty or `/scheduler`
  protocol::Mode mode = protocol::Mode::act;
  placement::ScoreParams score = {};
  placement::FilterParams filter = {};
  bool pending = true;  ///< what was just rated is expected where it will probably go
  int warm_up = 0;      ///< windows after the program's start without an opinion
  /// Set for as long as the listener has more to answer than it can; may be null.
  std::shared_ptr<std::atomic<bool>> overloaded = nullptr;
};

/// Told after each answer has been handed over; `verb` is `filter`, `prioritize` or `relative`.
using PlacementObserver = std::function<void(const char* verb, protocol::Outcome&& outcome)>;

/// POST /filter, /prioritize and /prioritize/relative. Answers from one snapshot, without waiting
/// for anything; under overload without an opinion, which costs next to nothing. For a listener
/// with `empty_errors`.
[[nodiscard]] std::vector<http::Route> scheduler_routes(const view::Published& view,
                                                        SchedulerOptions options,
                                                        const Clock& clock,
                                                        PlacementObserver observer);

}  // namespace kernwise::api
