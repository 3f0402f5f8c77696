// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <memory>
#include <string>

#include "common/http/client.hpp"

namespace kernwise::http {

/// A TLS 1.2+ client context that verifies the server: against `ca_file`, else the system's
/// authorities. Files are read now, so that a rotated one is used by the next connection. Errors
/// name the file.
[[nodiscard]] Result<std::shared_ptr<boost::asio::ssl::context>> client_context(
    const TlsOptions& options);

using TlsStream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>;

/// Prepares `stream` to accept only a certificate for `name` (a host name or an IP address), and
/// asks for that host where a server has several.
[[nodiscard]] Result<> expect_name(TlsStream& stream, const std::string& name);

/// True when the stream has taken bytes off its socket that nobody has read from it.
[[nodiscard]] bool holds_input(TlsStream& stream);

/// Why a handshake failed, as the certificate check puts it; empty when that was not the reason.
[[nodiscard]] std::string verification_failure(TlsStream& stream);

}  // namespace kernwise::http
