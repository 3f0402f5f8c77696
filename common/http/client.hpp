// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "common/base/result.hpp"
#include "common/http/message.hpp"

namespace boost::asio {
class io_context;  // NOLINT(readability-identifier-naming)
}

namespace kernwise::http {

/// `http://host:port/prefix` in its parts.
struct Url {
  std::string scheme = {};
  std::string host = {};
  std::string port = {};
  std::string path = {};  ///< begins with `/` or is empty
};
/// http and https; no user, query or fragment. Errors say what is wrong.
[[nodiscard]] Result<Url> parse_url(std::string_view text);

struct ClientLimits {
  /// Of the whole exchange; of each silence while an answer is handed over as it comes.
  std::chrono::milliseconds timeout{5'000};
  /// Of finding the host, connecting and the TLS handshake; at most `timeout`.
  std::chrono::milliseconds connect{5'000};
  std::size_t response_bytes = 16UL * 1024 * 1024;  ///< a larger answer is an error
};

/// For https. The server's certificate is always verified; there is no way around it. Files are
/// read for each connection.
struct TlsOptions {
  std::string ca_file = {};           ///< PEM; empty = the authorities of the system
  std::string server_name = {};       ///< that the certificate must name; empty = the origin's host
  std::string certificate_file = {};  ///< PEM chain to show; empty = none
  std::string key_file = {};
  /// The same as text; each goes before its file.
  std::string ca_pem = {}, certificate_pem = {}, key_pem = {};
};

struct ClientRequest {
  std::string method = "GET";
  std::string target = "/";
  std::vector<Header> headers = {};
  std::string body = {};
  /// With it, the body of a 200 is handed over as it comes, whatever its length, and the response
  /// has none. It must not destroy the client.
  using OnData = std::function<void(std::string piece)>;
  OnData on_data = {};
};

/// One origin, one connection kept alive, requests one after another in the order they were made.
/// A request that finds a stale kept connection is tried once more on a new one. Runs on `io`;
/// every callback comes from there, also for requests cut off by destruction (operation_canceled).
/// The origin's path goes before each target. At most 64 requests wait their turn; one more fails
/// at once (resource_unavailable_try_again). Other errors: timed_out, message_size (answer too
/// large), invalid_argument (a request that is none), those of the sockets and of TLS.
class Client {
 public:
  using Done = std::function<void(Result<Response>)>;
  Client(boost::asio::io_context& io, Url origin, ClientLimits limits = {}, TlsOptions tls = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void send(ClientRequest request, Done done);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

/// For tools and tests: one exchange, waited for.
[[nodiscard]] Result<Response> fetch(const Url& origin, const ClientRequest& request,
                                     const ClientLimits& limits = {}, const TlsOptions& tls = {});

}  // namespace kernwise::http
