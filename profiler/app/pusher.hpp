// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <random>
#include <string>

#include "common/base/result.hpp"
#include "common/http/client.hpp"
#include "common/report/report.hpp"

namespace boost::asio {
class io_context;
}

namespace kernwise::profiler {

struct PusherOptions {
  http::Url orchestrator;
  std::size_t spool_bytes =
      4UL * 1024 * 1024;  ///< reports waiting; the oldest are dropped beyond it
  std::chrono::milliseconds first_backoff{500};
  std::chrono::milliseconds last_backoff{30'000};
  std::uint64_t jitter_seed = std::random_device{}();
};

/// Sends reports in order and keeps them while the orchestrator is away: full-jitter backoff,
/// Retry- After honoured, bounded spool. A report that is refused as such (4xx) is dropped, since
/// it would be refused again.
class Pusher {
 public:
  using OnReply = std::function<void(const report::Reply&)>;
  Pusher(boost::asio::io_context& io, PusherOptions options, OnReply on_reply);
  ~Pusher();
  Pusher(const Pusher&) = delete;
  Pusher& operator=(const Pusher&) = delete;

  void push(const report::Report& report);

  struct Counts {
    std::uint64_t sent = 0, refused = 0, failed = 0, dropped = 0;
    std::size_t waiting = 0;
  };
  [[nodiscard]] Counts counts() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

/// Delay before attempt `failures` + 1: uniform in [0, min(last, first * 2^failures)].
[[nodiscard]] std::chrono::milliseconds backoff(const PusherOptions& options, unsigned failures,
                                                std::mt19937_64& random);

}  // namespace kernwise::profiler
