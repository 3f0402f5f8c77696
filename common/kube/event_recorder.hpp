// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "common/kube/events.hpp"

namespace kernwise::kube {

/// Tells events to an API server. One thread: the client's.
class EventRecorder {
 public:
  struct Options {
    EventSource source;
    EventTimes times = {};
    std::function<MonoTime()> clock = Monotonic::now;
  };
  EventRecorder(KubeClient& client, Options options);
  /// What was not told yet is not told any more.
  ~EventRecorder();
  EventRecorder(const EventRecorder&) = delete;
  EventRecorder& operator=(const EventRecorder&) = delete;

  void note(Event event, WallTime wall);
  /// Sends what is due. Several times per second.
  void tick();

  [[nodiscard]] const EventCounts& counts() const;

 private:
  struct State;
  KubeClient& client_;
  std::shared_ptr<State> state_;
};

}  // namespace kernwise::kube
