// SPDX-License-Identifier: Apache-2.0
#include "common/http/response_head.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "common/http/syntax.hpp"

namespace kernwise::http {
namespace {

constexpr std::array<std::pair<int, std::string_view>, 27> kReasons{{
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {411, "Length Required"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
}};

std::string_view reason(int status) {
  const auto* const found =
      std::ranges::find(kReasons, status, &std::pair<int, std::string_view>::first);
  return found == kReasons.end() ? std::string_view("Status") : found->second;
}

void append_number(std::string& out, std::size_t number) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

bool is_ours(std::string_view name) {
  constexpr std::array<std::string_view, 5> kOurs{"content-length", "transfer-encoding",
                                                  "connection", "content-type",
                                                  "x-content-type-options"};
  return std::ranges::any_of(kOurs, [name](auto own) { return equal_ignoring_case(name, own); });
}

}  // namespace

bool may_have_body(int status) {
  return status >= 200 && status != 204 && status != 304;
}

void append_response_head(std::string& out, const Response& response, std::size_t body_bytes,
                          Keep keep) {
  out.append("HTTP/1.1 ");
  append_number(out, static_cast<std::size_t>(response.status));
  out.append(" ").append(reason(response.status)).append("\r\n");
  if (may_have_body(response.status)) {
    const std::string_view type = response.content_type;
    append_field(out, "Content-Type", is_field_value(type) ? type : "application/octet-stream");
    out.append("Content-Length: ");
    append_number(out, body_bytes);
    out.append("\r\n");
  }
  append_field(out, "X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : response.headers) {
    if (is_token(name) && is_field_value(value) && !is_ours(name)) append_field(out, name, value);
  }
  if (keep == Keep::closed) append_field(out, "Connection", "close");
  if (keep == Keep::open_1_0) append_field(out, "Connection", "keep-alive");
  out.append("\r\n");
}

}  // namespace kernwise::http
