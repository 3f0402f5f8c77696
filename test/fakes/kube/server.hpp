// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "test/fakes/kube/front.hpp"

namespace kernwise::test {

/// The fake API server over HTTPS on loopback, on a thread of its own.
///
///     FakeApiServer server;
///     server.with([](ApiFront& front) {
///       front.api().put(json_of(R"({"apiVersion":"v1","kind":"Pod",...})"));
///       front.add({.kind = Fault::Kind::cut, .verb = "watch", .path = "/pods", .at = 3});
///     });
///     client{server.url(), server.ca_file(), "admin"};
class FakeApiServer {
 public:
  explicit FakeApiServer(FakeApi::Clock now = std::chrono::system_clock::now);
  ~FakeApiServer();
  FakeApiServer(const FakeApiServer&) = delete;
  FakeApiServer& operator=(const FakeApiServer&) = delete;

  [[nodiscard]] std::string url() const;
  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::string ca_file() const;
  /// Does `work` on the server's thread and waits for it.
  void with(const std::function<void(ApiFront&)>& work);
  /// Closes the port and every connection; what is stored stays.
  void stop();
  /// Opens the same port again, with a certificate of its own.
  void start();
  [[nodiscard]] unsigned connections();  ///< open now

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kernwise::test
