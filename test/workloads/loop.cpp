// SPDX-License-Identifier: Apache-2.0
#include "test/workloads/loop.hpp"

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <span>
#include <utility>

#include "test/workloads/lifetime.hpp"

namespace workload {

Loop::Loop(int stop_fd) : epoll_(epoll_create1(EPOLL_CLOEXEC)), stop_fd_(stop_fd) {
  if (!epoll_.valid()) die("epoll_create1");
  watch(stop_fd, [] {});
}

void Loop::watch(int fd, std::function<void()> ready) {
  epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
  if (epoll_ctl(epoll_.value(), EPOLL_CTL_ADD, fd, &event) != 0) die("epoll_ctl");
  watched_[fd] = std::move(ready);
}

void Loop::forget(int fd) {
  epoll_ctl(epoll_.value(), EPOLL_CTL_DEL, fd, nullptr);
  watched_.erase(fd);
}

void Loop::run() {
  std::array<epoll_event, 64> events{};
  while (!stopped_) {
    const int count = epoll_wait(epoll_.value(), events.data(), events.size(), -1);
    if (count < 0 && errno != EINTR) die("epoll_wait");
    if (count <= 0) continue;
    for (const auto& event : std::span(events).first(static_cast<std::size_t>(count))) {
      if (event.data.fd == stop_fd_) return;
      const auto found = watched_.find(event.data.fd);
      if (found == watched_.end()) continue;  // forgotten by an earlier callback of this round
      const auto ready = found->second;       // a copy: the callback may forget itself
      ready();
    }
  }
}

}  // namespace workload
