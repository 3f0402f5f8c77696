// SPDX-License-Identifier: Apache-2.0
#include "common/http/gate.hpp"

#include <algorithm>
#include <optional>

#include "common/http/syntax.hpp"

namespace kernwise::http {
namespace {

constexpr std::string_view kEnd = "\r\n\r\n";
using Complaint = std::optional<Refusal>;

/// What the fields said about framing so far.
struct Fields {
  std::size_t count = 0;
  std::size_t hosts = 0;
  std::size_t lengths = 0;
  bool transfer_encoding = false;
  bool says_close = false;
  bool says_keep_alive = false;
};

Refusal malformed(std::string_view reason) {
  return {400, reason};
}

bool is_version(std::string_view text) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return text.size() == 8 && text.starts_with("HTTP/") && digit(text[5]) && text[6] == '.' &&
         digit(text[7]);
}

Complaint check_target(const Head& head) {
  if (is_origin_form(head.target)) return std::nullopt;
  if (head.method == "CONNECT" || (head.method == "OPTIONS" && head.target == "*")) {
    return Refusal{405, "method not allowed"};
  }
  return malformed("request target must be a path in ASCII");
}

Complaint check_request_line(std::string_view line, Head& head) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return malformed("bad request line");
  head.method = line.substr(0, first);
  head.target = line.substr(first + 1, last - first - 1);
  const auto version = line.substr(last + 1);
  if (!is_token(head.method) || !is_version(version)) return malformed("bad request line");
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return Refusal{505, "only HTTP/1.0 and HTTP/1.1 are spoken here"};
  }
  head.http_1_0 = version == "HTTP/1.0";
  return std::nullopt;
}

Complaint check_content_length(std::string_view value, Fields& seen, Head& head) {
  if (++seen.lengths > 1) return malformed("more than one Content-Length");
  const auto length = decimal(value);
  if (!length) return malformed("Content-Length must be a decimal number");
  head.content_length = *length;
  return std::nullopt;
}

Complaint check_meaning(std::string_view name, std::string_view value, Fields& seen, Head& head) {
  if (equal_ignoring_case(name, "content-length")) return check_content_length(value, seen, head);
  if (equal_ignoring_case(name, "transfer-encoding")) {
    seen.transfer_encoding = true;
  } else if (equal_ignoring_case(name, "host")) {
    ++seen.hosts;
    if (!is_authority(value)) return malformed("bad Host");
  } else if (equal_ignoring_case(name, "connection")) {
    seen.says_close = seen.says_close || list_has(value, "close");
    seen.says_keep_alive = seen.says_keep_alive || list_has(value, "keep-alive");
  } else if (equal_ignoring_case(name, "expect")) {
    if (!equal_ignoring_case(value, "100-continue")) return Refusal{417, "unknown expectation"};
    head.expects_continue = true;
  }
  return std::nullopt;
}

Complaint check_field(std::string_view line, Fields& seen, Head& head) {
  if (line.starts_with(' ') || line.starts_with('\t')) return malformed("folded header line");
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
    return malformed("bad header name");
  }
  const auto value = trim(line.substr(colon + 1));
  if (!is_field_value(value)) return malformed("bad header value");
  return check_meaning(line.substr(0, colon), value, seen, head);
}

Complaint check_fields(std::string_view lines, const GateLimits& limits, Fields& seen, Head& head) {
  while (!lines.empty()) {
    const auto end = lines.find("\r\n");
    if (++seen.count > limits.headers) return Refusal{431, "too many headers"};
    if (auto complaint = check_field(lines.substr(0, end), seen, head)) return complaint;
    lines.remove_prefix(end + 2);
  }
  return std::nullopt;
}

Complaint check_framing(const Fields& seen, Head& head) {
  if (seen.hosts != 1) return malformed("exactly one Host is needed");
  if (seen.transfer_encoding && seen.lengths > 0) {
    return malformed("Transfer-Encoding beside Content-Length");
  }
  if (seen.transfer_encoding) return Refusal{411, "a body needs a Content-Length"};
  head.keep_alive = !seen.says_close && (!head.http_1_0 || seen.says_keep_alive);
  // An HTTP/1.0 client cannot read the interim answer (RFC 9110 10.1.1).
  head.expects_continue = head.expects_continue && !head.http_1_0 && head.content_length > 0;
  return std::nullopt;
}

}  // namespace

HeadEnd find_head_end(std::string_view bytes, std::size_t& looked) {
  if (!bytes.empty() && !is_token(bytes.substr(0, 1))) return {HeadEnd::State::malformed, 0};
  while (true) {
    const auto line_feed = bytes.find('\n', looked);
    if (line_feed == std::string_view::npos) break;
    if (line_feed == 0 || bytes[line_feed - 1] != '\r') return {HeadEnd::State::malformed, 0};
    looked = line_feed + 1;
    if (bytes.substr(0, looked).ends_with(kEnd)) return {HeadEnd::State::complete, looked};
  }
  looked = bytes.size();
  return {};
}

boost::system::result<Head, Refusal> check_head(std::string_view block, const GateLimits& limits) {
  if (block.size() > limits.header_bytes) return Refusal{431, "header too large"};
  std::size_t looked = 0;
  const HeadEnd end = find_head_end(block, looked);
  if (end.state != HeadEnd::State::complete || end.bytes != block.size()) {
    return malformed("bad line ends");
  }
  const auto lines = block.substr(0, block.size() - 2);  // without the empty line
  const auto first_end = lines.find("\r\n");
  Head head;
  Fields seen;
  if (auto bad = check_request_line(lines.substr(0, first_end), head)) return *bad;
  if (auto bad = check_fields(lines.substr(first_end + 2), limits, seen, head)) return *bad;
  if (auto bad = check_framing(seen, head)) return *bad;
  if (auto bad = check_target(head)) return *bad;
  return head;
}

}  // namespace kernwise::http
