// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "test/support/authority.hpp"

namespace kernwise::test {

/// What a scripted server writes: raw HTTP. `hold`: the connection stays open after it and gets
/// what is pushed later.
struct TlsAnswer {
  std::string text;
  bool hold = false;
};

/// A server over TLS on loopback that answers each request head with what `answer` says, on a
/// thread of its own. Not our server.
class TlsServer {
 public:
  using Script = std::function<TlsAnswer(const std::string& head)>;
  TlsServer(const Authority::Files& identity, Script answer);
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  /// Writes to every connection that is held.
  void push(const std::string& text);
  /// Closes every connection.
  void hang_up();
  [[nodiscard]] unsigned connections() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

/// `HTTP/1.1 200 OK` with that body.
[[nodiscard]] std::string ok_json(const std::string& body);
/// The head of an answer that comes in chunks, and one chunk of it.
[[nodiscard]] std::string chunked_head();
[[nodiscard]] std::string chunk(const std::string& text);

}  // namespace kernwise::test
