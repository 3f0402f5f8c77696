// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>

#include "common/base/fd.hpp"

namespace workload {

/// One epoll loop: calls back whoever watches a readable descriptor, until the stop descriptor is.
class Loop {
 public:
  explicit Loop(int stop_fd);

  /// `ready` is called while `fd` is readable or closed by the other side; it may call `forget`.
  void watch(int fd, std::function<void()> ready);
  /// Call before closing `fd`.
  void forget(int fd);
  void run();
  /// Makes `run` return after the callback that calls this.
  void stop() { stopped_ = true; }

 private:
  kernwise::Fd epoll_;
  int stop_fd_;
  bool stopped_ = false;
  std::map<int, std::function<void()>> watched_;
};

}  // namespace workload
