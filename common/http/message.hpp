// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/quoted.hpp"

namespace kernwise::http {

using Header = std::pair<std::string, std::string>;

/// A request that has passed the gate: one Host, origin-form ASCII target, body within its limit.
struct Request {
  std::string method = {};  ///< "GET", "POST"
  std::string path = {};    ///< before `?`, percent-decoded, without a trailing slash (except "/")
  std::string query = {};   ///< after `?`, as written
  std::vector<Header> headers = {};  ///< names in lower case
  std::string body = {};
  std::string peer = {};  ///< address of the other side, for logs
  /// Old bytes whose memory may serve the answer's body: whoever wants it moves it away.
  mutable std::string spare = {};

  /// First header of that lower-case name, or empty.
  [[nodiscard]] std::string_view header(std::string_view lower_case_name) const;
  /// First query parameter of that name, percent-decoded; empty when absent.
  [[nodiscard]] std::string parameter(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body = {};
  std::vector<Header> headers = {};
  /// Parts of the request's body within this one. The server keeps that until the answer has gone.
  std::vector<Quote> quotes = {};
};

using Respond = std::function<void(Response)>;
/// Answers now or later, exactly once, on the thread of the server's io_context. The request is
/// valid until the handler returns; a handler that throws, or drops `Respond` unused, answers 500.
using Handler = std::function<void(const Request&, Respond)>;

/// What a caller gets for a bad request on listeners that explain themselves:
/// `{"error":"...","field":"..."}`; `field` is left out when empty.
[[nodiscard]] Response error_response(int status, std::string_view message,
                                      std::string_view field = {});
[[nodiscard]] Response text_response(int status, std::string text);

}  // namespace kernwise::http
