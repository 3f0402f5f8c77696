// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "common/base/fd.hpp"

namespace kernwise::test {

/// What pretends to be an extender: it answers each call with the next piece of garbage, byte for
/// byte, and closes the connection.
class GarbageServer {
 public:
  /// For paths that end in `/filter`, and for all others.
  struct Answers {
    std::vector<std::string> filter, other;
  };
  explicit GarbageServer(Answers answers);
  ~GarbageServer();
  GarbageServer(const GarbageServer&) = delete;
  GarbageServer& operator=(const GarbageServer&) = delete;

  [[nodiscard]] std::string url() const;
  [[nodiscard]] std::size_t asked() const { return asked_; }

 private:
  struct Connection {
    Fd socket;
    std::string received;
  };
  void serve();
  /// Reads on; true when the connection has had its answer or is gone.
  [[nodiscard]] bool is_done(Connection& connection);
  void answer(const Connection& connection);

  Answers answers_;
  Fd listener_;
  std::uint16_t port_ = 0;
  std::atomic<std::size_t> asked_{0};
  std::thread thread_;
};

/// A 200 with that body.
[[nodiscard]] std::string http_ok(const std::string& body);

/// No connection, no HTTP, no answer, and answers that are not finished: bad for every verb.
[[nodiscard]] std::vector<std::string> broken_http();

}  // namespace kernwise::test
