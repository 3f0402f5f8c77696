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
  ScriptedOrchestrator(boost::asio::io_context& io, std::vector<int> statuses,
                       http::ServerOptions options = {})
      : script_(std::move(statuses)) {
    options.routes = {{.method = "POST",
                       .path = "/v1/report",
                       .max_body = report::kMaxReportBytes,
                       .handler = http::immediate(
                           [this](const http::Request& request) { return answer(request); })}};
    server_ = http::Server::start(io, std::move(options)).value();
  }
  [[nodiscard]] std::string port() const { return std::to_string(server_->port()); }
  [[nodiscard]] http::Url url() const {
    return *http::parse_url("http://127.0.0.1:" + std::to_string(server_->port()));
  }
  std::vector<std::uint64_t> accepted;  ///< sequence numbers, in order
  std::vector<std::string> authorizations;
  std::size_t asked = 0;

 private:
  http::Response answer(const http::Request& request) {
    const int status = asked < script_.size() ? script_[asked] : 200;
    ++asked;
    authorizations.emplace_back(request.header("authorization"));
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
  options.outbox.address = std::move(url);
  options.outbox.first_backoff = std::chrono::milliseconds(1);
  options.outbox.last_backoff = std::chrono::milliseconds(4);
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
  options.outbox.spool_bytes = 4 * report::encode(numbered(1)).size();
  Pusher pusher(io, options, [](const report::Reply&) {});
  for (std::uint64_t seq = 1; seq <= 10; ++seq) pusher.push(numbered(seq));
  CHECK(pusher.counts().waiting <= 4);
  CHECK(pusher.counts().dropped >= 6);
}

/// A name whose addresses the test says.
struct Names {
  Result<std::vector<std::string>> addresses = std::vector<std::string>{};
  std::size_t asked = 0;

  void answer_in(PusherOptions& options) {
    options.resolve_every = options.resolve_soon = std::chrono::milliseconds(1);
    options.resolve = [this](const std::string&, const PusherOptions::Found& found) {
      ++asked;
      found(addresses);
    };
  }
};

TEST_CASE("Pusher: every address gets every report and may answer with names", "[profiler]") {
  boost::asio::io_context io;
  ScriptedOrchestrator one(io, {503});
  ScriptedOrchestrator two(io, {}, {.listen = "127.0.0.2:" + one.port()});
  Names names{.addresses = std::vector<std::string>{"127.0.0.1", "127.0.0.2", "127.0.0.1"}};
  auto options = quick(one.url());
  options.outbox.address.host = "kernwise-ingest.kernwise.svc";
  names.answer_in(options);
  std::size_t replies = 0;
  Pusher pusher(io, options, [&](const report::Reply&) { ++replies; });
  for (std::uint64_t seq = 1; seq <= 3; ++seq) pusher.push(numbered(seq));
  run_until(io, [&] { return replies == 6; });
  CHECK(one.accepted == std::vector<std::uint64_t>{1, 2, 3});
  CHECK(two.accepted == std::vector<std::uint64_t>{1, 2, 3});
  CHECK(pusher.counts().sent == 6);
  CHECK(pusher.counts().failed == 1);
  CHECK(pusher.problem().empty());
}

TEST_CASE("Pusher: follows the addresses of the name, and waits for the first", "[profiler]") {
  boost::asio::io_context io;
  ScriptedOrchestrator one(io, {});
  ScriptedOrchestrator two(io, {}, {.listen = "127.0.0.2:" + one.port()});
  Names names{.addresses = invalid("no such host")};
  auto options = quick(one.url());
  options.outbox.address.host = "kernwise-ingest.kernwise.svc";
  names.answer_in(options);
  Pusher pusher(io, options, [](const report::Reply&) {});
  pusher.push(numbered(1));
  run_until(io, [&] { return names.asked == 3; });
  CHECK(pusher.counts().waiting == 1);
  CHECK(pusher.problem() == "orchestrator.url: no such host");

  names.addresses = std::vector<std::string>{"127.0.0.1"};
  run_until(io, [&] { return !one.accepted.empty(); });
  names.addresses = std::vector<std::string>{"127.0.0.2"};
  const auto asked = names.asked;
  run_until(io, [&] { return names.asked == asked + 2; });
  pusher.push(numbered(2));
  run_until(io, [&] { return !two.accepted.empty(); });
  CHECK(one.accepted == std::vector<std::uint64_t>{1});
  CHECK(two.accepted == std::vector<std::uint64_t>{2});

  names.addresses = std::vector<std::string>{};  // no endpoints for now: those known stay
  const auto before = names.asked;
  run_until(io, [&] { return names.asked == before + 2; });
  CHECK_FALSE(pusher.problem().empty());
  pusher.push(numbered(3));
  run_until(io, [&] { return two.accepted.size() == 2; });
}

TEST_CASE("Pusher: one orchestrator that is away holds up no other", "[profiler]") {
  boost::asio::io_context io;
  ScriptedOrchestrator one(io, {});
  Names names{.addresses = std::vector<std::string>{"127.0.0.1", "127.0.0.3"}};  // .3 listens not
  auto options = quick(one.url());
  options.outbox.address.host = "kernwise-ingest.kernwise.svc";
  names.answer_in(options);
  Pusher pusher(io, options, [](const report::Reply&) {});
  for (std::uint64_t seq = 1; seq <= 3; ++seq) pusher.push(numbered(seq));
  // The last answer counts once it is read, a moment after the other end accepted the report.
  run_until(io, [&] { return pusher.counts().sent == 3 && pusher.counts().failed > 2; });
  CHECK(one.accepted.size() == 3);
  CHECK(pusher.counts().waiting == 3);
  CHECK(pusher.problem().starts_with("1 of 2 orchestrators without reports: 127.0.0.3:"));
}

TEST_CASE("backoff: uniform up to first * 2^failures, capped", "[profiler]") {
  OutboxOptions options;
  std::mt19937_64 random(7);
  for (unsigned failures = 0; failures < 40; ++failures) {
    const auto ceiling = std::min<long long>(500LL << std::min(failures, 20U), 30'000);
    const auto delay = backoff(options, failures, random).count();
    CHECK(delay >= 0);
    CHECK(delay <= ceiling);
  }
}

}  // namespace kernwise::profiler
