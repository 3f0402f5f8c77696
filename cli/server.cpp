// SPDX-License-Identifier: Apache-2.0
#include "cli/server.hpp"

#include <chrono>
#include <utility>

#include "common/base/utf8.hpp"

namespace kernwise::cli {
namespace {

constexpr std::size_t kMostBytes = 64UL * 1024 * 1024;
constexpr std::size_t kMostValues = 4'000'000;  ///< what /v1/placements/inputs gives at most
constexpr std::chrono::seconds kPatience{30};

/// The `error` of an error body, else the body.
std::string said(const std::string& body) {
  const auto document = json::parse(body);
  const json::Value* const error = document ? document->find("error") : nullptr;
  return printable(error != nullptr ? error->text() : std::string_view(body), 500);
}

}  // namespace

Result<std::string> Server::exchange(const http::ClientRequest& request) const {
  const std::string step = request.method + " " + request.target;
  const http::ClientLimits limits{.timeout = kPatience, .response_bytes = kMostBytes};
  auto answer = http::fetch(url_, request, limits, tls_);
  if (!answer) {
    const std::string where = url_.scheme + "://" + url_.host + ":" + url_.port;
    return wrap(answer.error(), "ask " + where + " for " + step);
  }
  if (answer->status == 200) return std::move(answer->body);
  return invalid(step + ": " + std::to_string(answer->status) + " " + said(answer->body));
}

Result<std::string> Server::get(const std::string& target) const {
  return exchange({.target = target});
}

Result<std::string> Server::post(const std::string& target, std::string body) const {
  return exchange({.method = "POST",
                   .target = target,
                   .headers = {{"content-type", "application/json"}},
                   .body = std::move(body)});
}

Result<json::Value> parse(const std::string& body) {
  return json::parse(body, {.depth = 32, .bytes = kMostBytes, .values = kMostValues});
}

}  // namespace kernwise::cli
