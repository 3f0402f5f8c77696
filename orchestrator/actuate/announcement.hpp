// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "common/kube/events.hpp"
#include "orchestrator/scaling/decide.hpp"
#include "orchestrator/scaling/outcome.hpp"

namespace kernwise::actuate {

/// The Event that tells what became of a decision, at the object it is about: recommendations,
/// writes and failures. Nothing for what was only observed or held.
[[nodiscard]] std::optional<kube::Event> announcement(const scaling::Decision& decision,
                                                      const scaling::Outcome& outcome,
                                                      const std::string& uid);

}  // namespace kernwise::actuate
