// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/http/server.hpp"
#include "test/support/live_server.hpp"
#include "test/support/raw_client.hpp"

// What the tests of the server have in common: routes that answer with what they were sent.
namespace kernwise::http {

using test::LiveServer;
using test::RawClient;

inline Response echo(const Request& request) {
  return {.content_type = "text/plain", .body = request.body.empty() ? request.path : request.body};
}

/// The request's body in pieces of 1,000 bytes, each between `<` and `>`.
inline Response quote(const Request& request) {
  Response response{.content_type = "text/plain"};
  const std::string_view body = request.body;
  for (std::size_t at = 0; at < body.size(); at += 1'000) {
    response.body += '<';
    response.quotes.push_back({response.body.size(), body.substr(at, 1'000)});
    response.body += '>';
  }
  return response;
}

/// What `quote` makes of a body.
inline std::string quotation_of(std::string_view body) {
  std::string text;
  for (std::size_t at = 0; at < body.size(); at += 1'000) {
    text.append("<").append(body.substr(at, 1'000)).append(">");
  }
  return text;
}

inline ServerOptions echo_options(Limits limits = {}) {
  return {.limits = limits,
          .routes = {{"GET", "/", 64, immediate(echo)},
                     {"GET", "/echo", 64, immediate(echo)},
                     {"POST", "/echo", 1024, immediate(echo)},
                     {"POST", "/large", 8UL * 1024 * 1024, immediate(echo)},
                     {"POST", "/quote", 8UL * 1024 * 1024, immediate(quote)},
                     {"GET", "/files/*", 64, immediate(echo)}}};
}

inline std::string get(const std::string& target, const std::string& fields = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
}

inline std::string post(const std::string& target, const std::string& body) {
  return "POST " + target +
         " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

/// The answer to `request` on a new connection; status 0 when there was none.
inline test::RawAnswer ask(LiveServer& server, const std::string& request) {
  RawClient client(server.port());
  client.send(request);
  return client.read_answer().value_or(test::RawAnswer{});
}

}  // namespace kernwise::http
