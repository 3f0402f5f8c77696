// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "common/http/client.hpp"
#include "common/http/message.hpp"
#include "test/support/live_server.hpp"

namespace kernwise::test {

/// One call of a scheduler and what it was told.
struct Call {
  std::string verb;  ///< `filter`, `prioritize`
  std::vector<http::Header> headers;
  std::string body, answer;
  int status = 0;
};

/// Stands between a scheduler and its extender, hands everything on unchanged and keeps a copy.
class Recorder {
 public:
  explicit Recorder(http::Url extender);
  [[nodiscard]] std::string url() const;
  [[nodiscard]] std::vector<Call> calls() const;

 private:
  [[nodiscard]] http::Response hand_on(const http::Request& request);

  http::Url extender_;
  mutable std::mutex mutex_;  // guards calls_
  std::vector<Call> calls_;
  LiveServer server_;
};

}  // namespace kernwise::test
