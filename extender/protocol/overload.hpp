// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "common/base/clock.hpp"

namespace kernwise::protocol {

/// When there is more to answer than one thread can. One kube-scheduler asks one question at a time
/// and spends more on each than we do, so a thread that is busy all the time is flooded.
struct OverloadParams {
  double busy = 0.9;  ///< part of a window spent on answers: overloaded from here on
  double calm = 0.5;  ///< and no longer from here on
  std::chrono::milliseconds window{1'000};
};

/// PURE. Looks at whole windows; one thread.
class Overload {
 public:
  explicit Overload(OverloadParams params = {}) : params_(params) {}

  /// An answer took that long.
  void spent(MonoTime begin, MonoTime end);
  /// Whether the last whole window was too busy, or one before that and none was calm since. A
  /// window without a question is calm.
  [[nodiscard]] bool at(MonoTime now);

 private:
  OverloadParams params_;
  MonoTime window_;
  Monotonic::duration busy_{};
  bool overloaded_ = false;
};

}  // namespace kernwise::protocol
