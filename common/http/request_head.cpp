// SPDX-License-Identifier: Apache-2.0
#include "common/http/request_head.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <limits>

#include "common/http/syntax.hpp"

namespace kernwise::http {
namespace {

namespace beast_http = boost::beast::http;
using Parser = beast_http::request_parser<beast_http::empty_body>;

std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

bool agrees(const Parser& parser, const Head& head) {
  const auto length = parser.content_length();
  return parser.is_header_done() && !parser.chunked() &&
         view(parser.get().method_string()) == head.method &&
         view(parser.get().target()) == head.target &&
         (length ? *length == head.content_length : head.content_length == 0);
}

bool has_dot_segment(std::string_view path) {
  while (!path.empty()) {
    const auto segment = path.substr(0, path.find('/'));
    if (segment == "." || segment == "..") return true;
    path.remove_prefix(std::min(path.size(), segment.size() + 1));
  }
  return false;
}

bool split_target(std::string_view target, Request& request) {
  const auto question = std::min(target.find('?'), target.size());
  request.query = target.substr(std::min(question + 1, target.size()));
  request.path = percent_decode(target.substr(0, question), false);
  if (request.path.size() > 1 && request.path.ends_with('/')) request.path.pop_back();
  return is_field_value(request.path) && !has_dot_segment(request.path);
}

}  // namespace

bool read_request_head(std::string_view block, const Head& head, Request& request) {
  Parser parser;
  parser.header_limit(static_cast<std::uint32_t>(
      std::min<std::size_t>(block.size() + 1, std::numeric_limits<std::uint32_t>::max())));
  parser.body_limit(boost::none);  // the session compares the announced length with the route's
  boost::system::error_code error;
  parser.put(boost::asio::buffer(block.data(), block.size()), error);
  if (error || !agrees(parser, head)) return false;

  request.method = head.method;
  request.headers.clear();
  for (const auto& field : parser.get()) {
    request.headers.emplace_back(lower_case(view(field.name_string())),
                                 std::string(view(field.value())));
  }
  return split_target(head.target, request);
}

}  // namespace kernwise::http
