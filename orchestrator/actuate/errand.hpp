// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/kube/verbs.hpp"
#include "orchestrator/actuate/judge.hpp"
#include "orchestrator/actuate/pace.hpp"
#include "orchestrator/scaling/outcome.hpp"

namespace kernwise::actuate {

using scaling::Outcome;

/// What stands at the server before a write.
struct Ground {
  std::string resource_version = {};
  std::string against = {};  ///< why the write is not what it was decided to be; empty: nothing
};

/// One write, whatever it is about.
struct Errand {
  std::string object;  ///< what the pace goes by
  Pace& pace;
  MonoTime began;
  std::function<MonoTime()> clock = {};
  /// Until when this replica may write.
  std::function<MonoTime(MonoTime now)> ends = {};
  std::function<Verdict(MonoTime now)> judge_again = {};
  std::function<void(kube::Then<Ground>)> read = {};
  std::function<void(const kube::WriteOptions&, kube::Then<>)> write = {};
  std::function<void(const Outcome&)> settled = {};
};

[[nodiscard]] Outcome outcome_of(const Verdict& verdict);

/// Read, tried by the server without effect, judged again, written with the version that was read.
/// A conflict is not tried again. An answer that comes after the last `alive` is gone is ignored.
void run(const std::shared_ptr<void>& alive, std::shared_ptr<Errand> errand);

}  // namespace kernwise::actuate
