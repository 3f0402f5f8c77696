// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "test/support/authority.hpp"

namespace kernwise::test {

struct TlsClientOptions {
  std::string ca_file = {};        ///< empty = whatever the server shows is fine
  Authority::Files identity = {};  ///< to show; empty = nothing
  int newest_version = 0;          ///< TLS1_1_VERSION and so on; 0 = as new as can be
};

/// A TLS connection to 127.0.0.1 that says exactly what it is told. Not our client. Every wait ends
/// after 20 s at the latest, as if the other side had closed.
class TlsClient {
 public:
  explicit TlsClient(std::uint16_t port, const TlsClientOptions& options = {});
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  /// False when the handshake failed. With TLS 1.3 a refusal of our certificate comes later.
  [[nodiscard]] bool shaken() const;
  /// As OpenSSL calls it: `TLSv1.3`.
  [[nodiscard]] std::string version() const;
  /// Common name of the server's certificate.
  [[nodiscard]] std::string server() const;
  bool send(std::string_view bytes);
  /// Everything until the other side closes.
  [[nodiscard]] std::string read_to_end();
  /// After the end: the other side announced it, nothing was cut off.
  [[nodiscard]] bool said_farewell() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kernwise::test
