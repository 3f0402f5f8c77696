// SPDX-License-Identifier: Apache-2.0
// The head of a request, as it comes off the wire.
#include "common/http/gate.hpp"

#include <algorithm>
#include <string>

#include "common/http/request_head.hpp"
#include "test/fuzz/fuzz.hpp"

namespace kernwise::fuzz {
namespace {

http::HeadEnd end_by_pieces(std::string_view input, std::size_t piece) {
  std::size_t looked = 0;
  http::HeadEnd end;
  for (std::size_t filled = 0;
       filled < input.size() && end.state == http::HeadEnd::State::incomplete;) {
    filled = std::min(input.size(), filled + piece);
    end = http::find_head_end(input.substr(0, filled), looked);
  }
  return end;
}

}  // namespace

void read(std::string_view input) {
  std::size_t looked = 0;
  const auto end = http::find_head_end(input, looked);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}}) {
    const auto dripped = end_by_pieces(input, piece);
    if (input.empty()) break;
    must(dripped.state == end.state, "a dripping sender is judged as a quick one");
    if (end.state == http::HeadEnd::State::complete) {
      must(dripped.bytes == end.bytes, "a head ends where it ends");
    }
  }
  if (end.state != http::HeadEnd::State::complete) return;
  must(end.bytes <= input.size(), "a head ends within what came");
  const auto block = input.substr(0, end.bytes);
  const auto head = http::check_head(block);
  if (!head) {
    must(head.error().status >= 400 && head.error().status < 600, "a refusal has its status");
    must(!head.error().reason.empty(), "and a sentence");
    return;
  }
  http::Request request;
  if (!http::read_request_head(block, *head, request)) return;
  must(request.method == head->method, "gate and Beast read one method");
  must(request.path.starts_with('/'), "a path begins with a slash");
  must((request.path + "/").find("/../") == std::string::npos, "no path leads upwards");
  for (const char c : request.path) {
    must(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f, "no path moves a terminal's cursor");
  }
}

}  // namespace kernwise::fuzz
