// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>

#include "common/http/client.hpp"
#include "common/report/report.hpp"

namespace boost::asio {
class io_context;
}

namespace kernwise::profiler {

/// A report as it travels; shared by all who send it.
struct Parcel {
  std::string body;
  bool compressed = false;
};
using SharedParcel = std::shared_ptr<const Parcel>;
[[nodiscard]] SharedParcel parcel_of(const report::Report& report);

struct OutboxOptions {
  http::Url address;  ///< of one orchestrator
  http::TlsOptions tls = {};
  std::string token_file = {};  ///< read for every request; empty = none
  std::size_t spool_bytes =
      4UL * 1024 * 1024;                     ///< reports waiting; the oldest are dropped beyond it
  std::chrono::milliseconds first_delay{0};  ///< the first request waits U(0, this)
  std::chrono::milliseconds first_backoff{500};
  std::chrono::milliseconds last_backoff{30'000};
};

struct PushCounts {
  std::uint64_t sent = 0, refused = 0, failed = 0, dropped = 0;
  std::size_t waiting = 0;
  PushCounts& operator+=(const PushCounts& other);
};

/// Sends reports to one orchestrator, in order, and keeps them while it is away: full-jitter
/// backoff, Retry-After honoured, bounded spool. A report that is refused as such (4xx) is dropped,
/// since it would be refused again.
class Outbox {
 public:
  using OnReply = std::function<void(const report::Reply&)>;
  Outbox(boost::asio::io_context& io, OutboxOptions options, OnReply on_reply,
         std::uint64_t jitter_seed);
  ~Outbox();
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  void push(SharedParcel parcel);
  [[nodiscard]] PushCounts counts() const;
  /// Why the newest attempt did not succeed; empty when it did.
  [[nodiscard]] const std::string& problem() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

/// Delay before attempt `failures` + 1: uniform in [0, min(last, first * 2^failures)].
[[nodiscard]] std::chrono::milliseconds backoff(const OutboxOptions& options, unsigned failures,
                                                std::mt19937_64& random);

}  // namespace kernwise::profiler
