// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "common/http/server.hpp"
#include "test/support/eventually.hpp"
#include "test/support/live_server.hpp"
#include "test/support/raw_client.hpp"

// What the hostile callers have in common: the server they try their luck on.
namespace kernwise::http {

using std::chrono::milliseconds;
using test::LiveServer;
using test::RawClient;

inline constexpr milliseconds kSoon{50};
inline constexpr milliseconds kNever{600'000};

/// Only the deadline under test can end a connection.
inline Limits patient() {
  Limits limits;
  limits.header_timeout = limits.body_timeout = limits.write_timeout = limits.idle_timeout = kNever;
  return limits;
}

inline ServerOptions options(Limits limits, std::vector<std::string>* served = nullptr) {
  const auto answer = immediate([served](const Request& request) {
    if (served != nullptr)
      served->push_back(request.method + " " + request.path + " " + request.body);
    return text_response(200, request.body);
  });
  return {.limits = limits,
          .routes = {{"GET", "/", 64, answer}, {"POST", "/echo", 8UL * 1024 * 1024, answer}}};
}

inline const std::string kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

inline std::string announcing(std::size_t bytes, const std::string& fields = "") {
  return "POST /echo HTTP/1.1\r\nHost: x\r\n" + fields +
         "Content-Length: " + std::to_string(bytes) + "\r\n\r\n";
}

inline bool still_serves(LiveServer& server) {
  RawClient client(server.port());
  client.send(kGet);
  const auto answer = client.read_answer();
  return answer && answer->status == 200;
}

inline void wait_for_connections(LiveServer& server, std::size_t count) {
  REQUIRE(test::eventually(
      std::chrono::seconds(10), [&] { return server.connections() == count; },
      std::chrono::milliseconds(1)));
}

}  // namespace kernwise::http
