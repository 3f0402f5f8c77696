// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace kernwise::test {

/// A header block (and sometimes bytes after it) and the status it must be refused with.
struct HostileRequest {
  std::string name = {};
  std::string bytes = {};
  int status = 400;
};

/// Requests that other servers and parsers were seen to accept, or to read in two ways. Every row
/// of the measured Beast gaps is here at least once.
[[nodiscard]] std::vector<HostileRequest> hostile_requests();

/// `GET / HTTP/1.1` with a Host and then `count` more headers.
[[nodiscard]] std::string request_with_headers(std::size_t count);

/// A GET whose header block is exactly `bytes` long.
[[nodiscard]] std::string request_of_size(std::size_t bytes);

}  // namespace kernwise::test
