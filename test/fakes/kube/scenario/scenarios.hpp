// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "test/fakes/kube/scenario/observer.hpp"

namespace kernwise::test {

/// What a client of the API can experience without anything being broken. Each scenario makes a
/// namespace of its own name and leaves it. They expect that nobody else writes to these.
struct Scenario {
  const char* name;
  void (*play)(Observer& api);
};
[[nodiscard]] const std::vector<Scenario>& scenarios();

/// Plays all of them; the trace of one API server compares with that of another line by line.
[[nodiscard]] std::vector<std::string> play_scenarios(const Place& place);

/// The same on a fake API server of its own.
[[nodiscard]] std::vector<std::string> play_scenarios_on_fake();

/// The lines in which two traces differ, as `- ours` and `+ theirs`; empty when they are equal.
[[nodiscard]] std::string differences(const std::vector<std::string>& ours,
                                      const std::vector<std::string>& theirs);

// One per file scenario_*.cpp.
void play_pods(Observer& api);
void play_pod_writes(Observer& api);
void play_refusals(Observer& api);
void play_scale(Observer& api);
void play_leases(Observer& api);
void play_events(Observer& api);
void play_lists(Observer& api);
void play_watches(Observer& api);
void play_watch_starts(Observer& api);
void play_identity(Observer& api);
void play_resize(Observer& api);
void play_apply(Observer& api);
void play_custom(Observer& api);

/// `{"apiVersion":...,"kind":...,"metadata":{"name":...},` and `rest` and `}`.
[[nodiscard]] std::string object_text(const std::string& api_version, const std::string& kind,
                                      const std::string& name, const std::string& rest = "");

}  // namespace kernwise::test
