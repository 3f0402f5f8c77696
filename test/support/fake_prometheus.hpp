// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/app/past_reader.hpp"
#include "test/support/live_server.hpp"

// A Prometheus on loopback that answers what a test wants, and what a look at it comes to.
namespace kernwise::test {

inline constexpr const char* kQueryPath = "/prom/api/v1/query";

inline std::string vector_of(const std::string& samples) {
  return R"({"status":"success","data":{"resultType":"vector","result":[)" + samples + "]}}";
}

inline std::string sample(const std::string& value,
                          const std::string& labels = R"("namespace":"shop","workload":)"
                                                      R"("Deployment/cart","node":"n1")") {
  return R"({"metric":{)" + labels + R"(},"value":[1763856000.123,")" + value + R"("]})";
}

/// A Prometheus that gives each question the answer it has for it.
class FakePrometheus {
 public:
  using Answer = std::function<http::Response(const std::string& query)>;
  explicit FakePrometheus(Answer answer, std::optional<http::ServerTls> tls = {})
      : answer_(std::move(answer)),
        server_({.routes = {{"GET", kQueryPath, 64, http::immediate([this](const auto& request) {
                               return take(request);
                             })}},
                 .tls = std::move(tls)}) {}

  [[nodiscard]] http::Url url(const std::string& scheme = "http") const {
    return {.scheme = scheme,
            .host = "127.0.0.1",
            .port = std::to_string(server_.port()),
            .path = "/prom"};
  }
  [[nodiscard]] std::vector<std::string> questions() const {
    const std::lock_guard lock(mutex_);
    return questions_;
  }
  [[nodiscard]] std::string authorization() const {
    const std::lock_guard lock(mutex_);
    return authorization_;
  }

 private:
  http::Response take(const http::Request& request) {
    const std::lock_guard lock(mutex_);
    questions_.push_back(request.parameter("query"));
    authorization_ = std::string(request.header("authorization"));
    return answer_(questions_.back());
  }

  Answer answer_;
  mutable std::mutex mutex_;
  std::vector<std::string> questions_;
  std::string authorization_;
  LiveServer server_;
};

inline orchestrator::PastReading reading_of(orchestrator::PastReader::Options options) {
  boost::asio::io_context io;
  orchestrator::PastReader reader(io, std::move(options));
  orchestrator::PastReading reading{.result = "never"};
  reader.read([&](orchestrator::PastReading done) {
    reading = std::move(done);
    io.stop();
  });
  io.run();
  return reading;
}

inline FakePrometheus::Answer always(const std::string& body, int status = 200) {
  return [=](const std::string&) { return http::Response{.status = status, .body = body}; };
}

}  // namespace kernwise::test
