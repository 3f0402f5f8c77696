// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/kube/election.hpp"

namespace kernwise::kube {

/// `pod_name_` and eight random hex digits: a restarted process is never taken for its predecessor.
[[nodiscard]] std::string elector_identity(std::string_view pod);

/// An election over a client. One thread: the client's.
class Elector {
 public:
  struct Options {
    LeaseName lease;
    std::string identity;
    ElectionTimes times = {};
    std::function<MonoTime()> clock = Monotonic::now;
  };
  Elector(KubeClient& client, Options options);
  /// Answers that are still to come are ignored; the lease is not given back.
  ~Elector();
  Elector(const Elector&) = delete;
  Elector& operator=(const Elector&) = delete;

  /// Sends what is due. Several times per second.
  void tick(WallTime wall);
  /// Ends all permission to write at once; `tick` gives the lease back.
  void stop();

  [[nodiscard]] bool leading() const;
  [[nodiscard]] const Election& election() const;

 private:
  struct State;
  KubeClient& client_;
  std::shared_ptr<State> state_;
};

}  // namespace kernwise::kube
