// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/actuate/judge.hpp"

/// What may stand against any write, whatever it is about.
namespace kernwise::actuate {

using Objection = std::optional<Verdict>;

[[nodiscard]] Verdict hold(std::string reason, std::vector<std::string> evidence = {});

/// This replica does not lead, or not for long enough.
[[nodiscard]] Objection leader_objects(const Facts& facts, MonoTime now);
/// We are flooded, or the caches of the cluster are old.
[[nodiscard]] Objection api_objects(const Facts& facts, const Rules& rules, MonoTime now);
/// Too many nodes have old data.
[[nodiscard]] Objection coverage_objects(const Facts& facts, const Rules& rules);
[[nodiscard]] bool is_paused(const Annotations& annotations);
/// The last write was less than `cooldown` ago.
[[nodiscard]] Objection cooldown_objects(std::optional<MonoTime> written,
                                         std::chrono::seconds cooldown, MonoTime now);
/// The server wants us to wait, or too much is underway or spent.
[[nodiscard]] Objection budget_objects(const PaceFacts& pace, MonoTime now);

}  // namespace kernwise::actuate
