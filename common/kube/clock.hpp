// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "common/base/clock.hpp"

namespace boost::asio {
class io_context;  // NOLINT(readability-identifier-naming)
}

namespace kernwise::kube {

/// A call that will come; it does not once this is gone.
class Alarm {
 public:
  virtual ~Alarm() = default;
};

/// The port to time for whoever waits. One thread.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual MonoTime now() const = 0;
  /// Calls `then` once at `time` or soon after, never from inside this call. It may destroy its
  /// own alarm.
  [[nodiscard]] virtual std::unique_ptr<Alarm> call_at(MonoTime time,
                                                       std::function<void()> then) = 0;
};

[[nodiscard]] std::unique_ptr<Clock> clock_of(boost::asio::io_context& io);

}  // namespace kernwise::kube
