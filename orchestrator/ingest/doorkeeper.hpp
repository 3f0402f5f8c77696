// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "orchestrator/ingest/api_keys.hpp"
#include "orchestrator/ingest/authenticator.hpp"

namespace kernwise::ingest {

/// Who may report on a cluster: the authenticator, asking the real API server, with its keys kept
/// at hand. One thread: the client's.
class Doorkeeper {
 public:
  struct Options {
    IdentityRules rules;
    NodeOfPod node_of_pod = {};
    /// Counts questions to the API server: Authenticator::Ports::count.
    std::function<void(std::string_view result)> count = {};
    /// A profiler has reported for another node, at most once in ten minutes for each: for an
    /// Event.
    std::function<void(const std::string& node, const std::string& claimed)> alarm = {};
    std::function<Authenticator::Moment()> now = {};
  };
  static constexpr std::chrono::minutes kAlarmEvery{10};

  Doorkeeper(kube::KubeClient& client, Options options);

  void check(const std::string& token, const std::string& peer, Authenticator::Done done) {
    authenticator_.check(token, peer, std::move(done));
  }
  void wrong_node(const std::string& node, const std::string& claimed);
  /// Once per second.
  void tick();

 private:
  Options options_;
  ApiKeys keys_;
  Authenticator authenticator_;
  RecentMap<std::string, MonoTime> alarms_;
};

}  // namespace kernwise::ingest
