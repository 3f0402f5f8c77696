// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "common/base/options.hpp"
#include "common/base/result.hpp"
#include "profiler/app/outbox.hpp"

namespace kernwise::profiler {

struct PusherOptions {
  /// Address is the URL that was configured: its host may be a name with many addresses, and is
  /// the name that certificates must prove.
  OutboxOptions outbox;
  std::chrono::milliseconds resolve_every{30'000};  ///< times U(0.8, 1.2)
  std::chrono::milliseconds resolve_soon{5'000};    ///< while there is trouble
  std::size_t most_addresses = 16;
  std::uint64_t jitter_seed = std::random_device{}();
  /// Tells all addresses of a name, now or later; empty = the system's resolver, on a thread of
  /// its own. For tests.
  using Found = std::function<void(Result<std::vector<std::string>> addresses)>;
  std::function<void(const std::string& host, Found found)> resolve = {};
};

/// `orchestrator.*` and `window` as options. Errors name the option: a URL that is none, a token
/// that would travel in plain text.
[[nodiscard]] Result<PusherOptions> pusher_options(const options::Settings& settings);

/// Every orchestrator gets every report: those behind one name are looked up again and again, and
/// each has an outbox of its own. Looks nothing up before the first report.
class Pusher {
 public:
  using OnReply = Outbox::OnReply;
  Pusher(boost::asio::io_context& io, PusherOptions options, OnReply on_reply);
  ~Pusher();
  Pusher(const Pusher&) = delete;
  Pusher& operator=(const Pusher&) = delete;

  void push(const report::Report& report);

  /// Of all orchestrators since the start; also of those that are gone.
  [[nodiscard]] PushCounts counts() const;
  /// What is wrong now, for people; empty when every orchestrator takes reports.
  [[nodiscard]] std::string problem() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace kernwise::profiler
