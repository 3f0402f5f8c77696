// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "common/base/file.hpp"
#include "common/http/server.hpp"
#include "common/http/tls.hpp"

namespace kernwise::http {

/// What a listener proves itself with, kept current with its files.
class ServerIdentity {
 public:
  explicit ServerIdentity(ServerTls options) : options_(std::move(options)) {}

  /// Reads the files. Errors name the file or what does not fit; what was read before stays.
  [[nodiscard]] Result<> load();
  /// Loads again when a file is another than at the last success, and tells `on_reload` once about
  /// each version of the files.
  void refresh();
  /// For the next connection; those that are open keep theirs.
  [[nodiscard]] const std::shared_ptr<boost::asio::ssl::context>& context() const {
    return context_;
  }
  [[nodiscard]] const ServerTls& options() const { return options_; }

 private:
  using Stamps = std::array<FileStamp, 3>;
  [[nodiscard]] Stamps stamps() const;

  ServerTls options_;
  std::shared_ptr<boost::asio::ssl::context> context_;
  Stamps loaded_{}, refused_{};
};

/// How the handshake on `stream` ended, from its error.
[[nodiscard]] Handshake outcome_of(TlsStream& stream, const boost::system::error_code& error);

}  // namespace kernwise::http
