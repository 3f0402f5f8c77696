// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/system/result.hpp>
#include <cstddef>
#include <cstdint>
#include <string_view>

/// What a request must look like before any parser sees it. Beast reads some requests differently
/// from other servers (two Hosts, `Transfer-Encoding: gzip` beside a length, folded lines), and a
/// disagreement about where a body ends is how requests are smuggled. So only requests that all
/// servers read alike pass; everything else is refused with a constant text.
namespace kernwise::http {

struct GateLimits {
  std::size_t header_bytes = 8UL * 1024;  ///< of the block with the empty line that ends it
  std::size_t headers = 64;
};

/// What the gate learnt from a header block; views into it.
struct Head {
  std::string_view method = {};
  std::string_view target = {};  ///< origin-form
  std::uint64_t content_length = 0;
  bool http_1_0 = false;
  bool keep_alive = true;
  bool expects_continue = false;  ///< wants `100 Continue` before it sends its body
};

/// Status and a constant sentence that repeats nothing of the input.
struct Refusal {
  int status = 400;
  std::string_view reason = {};
};

/// The end of the header block in `bytes`, while they are still coming in.
struct HeadEnd {
  enum class State : std::uint8_t { incomplete, complete, malformed };
  State state = State::incomplete;
  std::size_t bytes = 0;  ///< length of the block when complete
};

/// Finds the empty line. `looked` remembers how far earlier calls came, so that a dripping sender
/// costs no more than a quick one. Malformed: what no later byte can repair (bare LF, leading CRLF,
/// binary).
[[nodiscard]] HeadEnd find_head_end(std::string_view bytes, std::size_t& looked);

/// Judges one complete header block. Refusals: 400 malformed or ambiguous; 405 CONNECT and
/// `OPTIONS *`; 411 a body in a transfer coding (only Content-Length is accepted); 417 an
/// expectation other than 100-continue; 431 too large; 505 another version than 1.0 and 1.1.
[[nodiscard]] boost::system::result<Head, Refusal> check_head(std::string_view block,
                                                              const GateLimits& limits = {});

}  // namespace kernwise::http
