// SPDX-License-Identifier: Apache-2.0
#include <boost/asio/io_context.hpp>
#include <catch2/catch_all.hpp>
#include <fstream>

#include "common/http/server.hpp"
#include "common/report/codec.hpp"
#include "profiler/app/options.hpp"
#include "profiler/app/pusher.hpp"
#include "test/support/authority.hpp"
#include "test/support/show_result.hpp"

namespace kernwise::profiler {
namespace {

void put(const std::string& path, const std::string& text) {
  std::ofstream(path) << text;
}

Result<PusherOptions> configured(const std::vector<std::string>& flags) {
  auto outcome = options::load(program(), flags, {});
  if (!outcome) return outcome.error();
  return pusher_options(*outcome->settings);
}

}  // namespace

TEST_CASE("Pusher: shows the newest token over TLS, and the name is proven", "[profiler]") {
  const test::Authority authority;
  const auto pair = authority.issue("DNS:kernwise-ingest.kernwise.svc");
  const std::string token_file = authority.ca_file() + ".token";
  boost::asio::io_context io;
  std::vector<std::string> shown;
  const auto take = [&](const http::Request& request) {
    shown.emplace_back(request.header("authorization"));
    return http::Response{.body = report::encode(report::Reply{})};
  };
  http::ServerOptions listener;
  listener.routes = {{.method = "POST", .path = "/v1/report", .handler = http::immediate(take)}};
  listener.tls = http::ServerTls{.certificate_file = pair.certificate, .key_file = pair.key};
  const auto server = http::Server::start(io, std::move(listener)).value();
  PusherOptions options;
  options.outbox.address =
      http::parse_url("https://kernwise-ingest.kernwise.svc:" + std::to_string(server->port()))
          .value();
  options.outbox.tls.ca_file = authority.ca_file();
  options.outbox.token_file = token_file;
  options.outbox.first_backoff = options.outbox.last_backoff = std::chrono::milliseconds(1);
  options.resolve = [](const std::string&, const PusherOptions::Found& found) {
    found(std::vector<std::string>{"127.0.0.1"});
  };
  Pusher pusher(io, options, [](const report::Reply&) {});
  report::Report report;
  report.node = "n1";
  report.boot_id = "b1";
  report.window_ms = 1'000;
  pusher.push(report);
  while (pusher.counts().failed < 2) io.run_one();  // there is no token yet
  CHECK(pusher.problem().find("orchestrator.token_file") != std::string::npos);
  put(token_file, "first\n");
  while (pusher.counts().sent < 1) io.run_one();
  put(token_file, "second");
  pusher.push(report);
  while (pusher.counts().sent < 2) io.run_one();
  CHECK(shown == std::vector<std::string>{"Bearer first", "Bearer second"});
  CHECK(pusher.problem().empty());
}

TEST_CASE("Pusher: a token does not travel in plain text", "[profiler]") {
  const auto [url, good] = GENERATE(table<std::string, bool>({
      {"https://kernwise-ingest.kernwise.svc:8443", true},
      {"http://127.0.0.1:8443", true},
      {"http://kernwise-ingest.kernwise.svc:8443", false},
      {"http://127.example.com", false},
      {"nonsense", false},
  }));
  CAPTURE(url);
  const auto options =
      configured({"--orchestrator.url=" + url, "--orchestrator.token_file=/t", "--window=3s"});
  CHECK(options.has_value() == good);
  if (!good) CHECK(options.error().message().starts_with("orchestrator."));
  if (good) {
    const bool near = url.starts_with("http:");
    CHECK(options->outbox.first_delay == std::chrono::seconds(near ? 0 : 3));
  }
}

}  // namespace kernwise::profiler
