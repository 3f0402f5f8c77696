// SPDX-License-Identifier: Apache-2.0
#include "test/fakes/kube/scenario/scenarios.hpp"

#include <algorithm>
#include <exception>

#include "test/fakes/kube/server.hpp"

namespace kernwise::test {

const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario> all{
      {"pods", play_pods},
      {"pod-writes", play_pod_writes},
      {"refusals", play_refusals},
      {"scale", play_scale},
      {"leases", play_leases},
      {"events", play_events},
      {"lists", play_lists},
      {"watches", play_watches},
      {"watch-starts", play_watch_starts},
      {"identity", play_identity},
      {"resize", play_resize},
      {"apply", play_apply},
      {"custom", play_custom},
  };
  return all;
}

std::vector<std::string> play_scenarios(const Place& place) {
  Observer observer(place);
  for (const auto& scenario : scenarios()) {
    const std::string space = scenario.name;
    observer.arrange({.method = "POST",
                      .path = "/api/v1/namespaces",
                      .body = object_text("v1", "Namespace", space)});
    // Pods need it, and where no controller manager runs nobody else makes it.
    observer.arrange({.method = "POST",
                      .path = "/api/v1/namespaces/" + space + "/serviceaccounts",
                      .body = object_text("v1", "ServiceAccount", "default")});
    observer.begin(space);
    try {
      scenario.play(observer);
    } catch (const std::exception& failure) {
      observer.broken(failure.what());
    }
  }
  return observer.trace();
}

std::vector<std::string> play_scenarios_on_fake() {
  FakeApiServer server;
  // As with RBAC and no role at all: only administrators may.
  server.with([](ApiFront& front) {
    front.api().permit([](const FakeApi::Attempt& attempt) {
      return std::ranges::find(attempt.user.groups, "system:masters") != attempt.user.groups.end();
    });
  });
  return play_scenarios({.port = server.port(), .ca_file = server.ca_file(), .token = "admin"});
}

std::string differences(const std::vector<std::string>& ours,
                        const std::vector<std::string>& theirs) {
  std::string text;
  for (std::size_t index = 0; index < std::max(ours.size(), theirs.size()); ++index) {
    const auto line = [&](const auto& trace) {
      return index < trace.size() ? trace[index] : "(none)";
    };
    if (line(ours) != line(theirs)) text += "- " + line(ours) + "\n+ " + line(theirs) + "\n";
  }
  return text;
}

std::string object_text(const std::string& api_version, const std::string& kind,
                        const std::string& name, const std::string& rest) {
  return R"({"apiVersion":")" + api_version + R"(","kind":")" + kind + R"(","metadata":{"name":")" +
         name + R"("})" + (rest.empty() ? "" : ",") + rest + "}";
}

}  // namespace kernwise::test
