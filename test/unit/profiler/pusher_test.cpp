// SPDX-License-Identifier: Apache-2.0
#include "profiler/app/pusher.hpp"

#include <boost/asio/io_context.hpp>
#include <catch2/catch_all.hpp>

#include "common/http/server.hpp"
#include "common/report/codec.hpp"

#include "test/support/show_result.hpp"

namespace kernwise::profiler {
namespace {

/// An orchestrator that answers with a script of statuses, then 200 for ever.
class ScriptedOrchestrator {
 public:
  ScriptedOrchestrator(boost::asio::io_context& io, std::vector<int> statuses)
      : script_(std::move(statuses)) {
    http::ServerOptions options;
    options.routes = {{.method = "POST",
                       .path = "/v1/report",
                       .max_body = report::kMaxReportBytes,
                       .handler = http::immediate(
                           [this](const http::Request& request) { return answer(request); })}};
    server_ = std::move(*http::Server::start(io, std::move(options)));
  }
  [[nodiscard]] http::Url url() const {
    return *http::parse_url("http://127.0.0.1:" + std::to_string(server_->port()));
  }
  std::vector<std::uint64_t> accepted;  ///< sequence numbers, in order
  std::size_t asked = 0;

 private:
  http::Response answer(const http::Request& request) {
    const int status = asked < script_.size() ? script_[asked] : 200;
    ++asked;
    if (status != 200) return http::error_response(status, "scripted");
    auto text = request.header("content-encoding") == "zstd" ? report::decompress(request.body)
                                                             : Result<std::string>(request.body);
    accepted.push_back(report::decode_report(*text)->seq);
    report::Reply reply;
    reply.window_ms = 5000;
    return {.status = 200, .body = report::encode(reply)};
  }
  std::vector<int> script_;
  std::unique_ptr<http::Server> server_;
};

report::Report numbered(std::uint64_t seq) {
  report::Report report;
  report.node = "n1";
  report.boot_id = "b1";
  report.seq = seq;
  report.window_ms = 2000;
  return report;
}

PusherOptions quick(http::Url url) {
  PusherOptions options;
  options.orchestrator = std::move(url);
  options.first_backoff = std::chrono::milliseconds(1);
  options.last_backoff = std::chrono::milliseconds(4);
  options.jitter_seed = 1;
  return options;
}

template <class Condition>
void run_until(boost::asio::io_context& io, Condition condition) {
  while (!condition()) io.run_one();
}

}  // namespace

TEST_CASE("Pusher: reports wait while the orchestrator fails and arrive in order", "[profiler]") {
  boost::asio::io_context io;
  ScriptedOrchestrator orchestrator(io, {503, 500, 429});
  std::size_t replies = 0;
  Pusher pusher(io, quick(orchestrator.url()), [&](const report::Reply&) { ++replies; });
  for (std::uint64_t seq = 1; seq <= 3; ++seq) pusher.push(numbered(seq));
  run_until(io, [&] { return replies == 3; });
  CHECK(orchestrator.accepted == std::vector<std::uint64_t>{1, 2, 3});
  CHECK(pusher.counts().failed == 3);
  CHECK(pusher.counts().waiting == 0);
}

TEST_CASE("Pusher: a refused report is dropped, the next one goes on", "[profiler]") {
  boost::asio::io_context io;
  ScriptedOrchestrator orchestrator(io, {400});
  std::size_t replies = 0;
  Pusher pusher(io, quick(orchestrator.url()), [&](const report::Reply&) { ++replies; });
  pusher.push(numbered(1));
  pusher.push(numbered(2));
  run_until(io, [&] { return replies == 1; });
  CHECK(orchestrator.accepted == std::vector<std::uint64_t>{2});
  CHECK(pusher.counts().refused == 1);
}

TEST_CASE("Pusher: the spool is bounded and loses the oldest", "[profiler]") {
  boost::asio::io_context io;
  auto options = quick(*http::parse_url("http://127.0.0.1:1"));
  options.spool_bytes = 4 * report::encode(numbered(1)).size();
  Pusher pusher(io, options, [](const report::Reply&) {});
  for (std::uint64_t seq = 1; seq <= 10; ++seq) pusher.push(numbered(seq));
  CHECK(pusher.counts().waiting <= 4);
  CHECK(pusher.counts().dropped >= 6);
}

TEST_CASE("backoff: uniform up to first * 2^failures, capped", "[profiler]") {
  PusherOptions options;
  std::mt19937_64 random(7);
  for (unsigned failures = 0; failures < 40; ++failures) {
    const auto ceiling = std::min<long long>(500LL << std::min(failures, 20U), 30'000);
    const auto delay = backoff(options, failures, random).count();
    CHECK(delay >= 0);
    CHECK(delay <= ceiling);
  }
}

}  // namespace kernwise::profiler
