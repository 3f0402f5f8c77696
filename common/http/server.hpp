// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/http/message.hpp"

namespace boost::asio {
class io_context;  // NOLINT(readability-identifier-naming)
}

/// HTTP/1.1 over Boost.Beast behind our own gate (`gate.hpp`). Knows sockets, limits and deadlines,
/// knows no route.
namespace kernwise::http {

/// One method and path; requests elsewhere get 404, with another method 405.
struct Route {
  std::string method = {};
  std::string path = {};               ///< exact, or a prefix when it ends in `/*`
  std::size_t max_body = 64UL * 1024;  ///< bytes; more is 413 before the rest is read
  Handler handler = {};
};

/// Answers at once; the usual kind of route.
[[nodiscard]] Handler immediate(std::function<Response(const Request&)> answer);

struct Limits {
  std::size_t header_bytes = 8UL * 1024;
  std::size_t headers = 64;
  std::size_t connections = 2048;
  std::size_t buffered_bytes = 256UL * 1024 * 1024;  ///< request bodies held together; more is 503
  std::size_t handshakes = 256;                      ///< TLS ones under way; the oldest goes
  std::chrono::milliseconds handshake_timeout{5'000};
  std::chrono::milliseconds header_timeout{5'000};  ///< from accept or a request's first byte
  std::chrono::milliseconds body_timeout{10'000};   ///< plus one second per 64 KiB received
  std::chrono::milliseconds write_timeout{10'000};
  std::chrono::milliseconds idle_timeout{60'000};  ///< between requests; scheduler listener 120 s
  bool empty_errors = false;  ///< scheduler listener: an unread body would cost it the connection
};

/// What happened, for metrics: called after each answer, also after those the gate refused (route
/// empty). `route` is the pattern, `spent` runs from the complete header to the last byte written.
using Observer =
    std::function<void(std::string_view route, int status, std::chrono::nanoseconds spent)>;

/// How a TLS handshake ended.
enum class Handshake : std::uint8_t {
  done,
  plain_http,      ///< a request came instead; it is closed without an answer
  no_certificate,  ///< the client showed none, and must
  untrusted,       ///< one that the client CA did not sign, or that has expired
  wrong_name,      ///< one for somebody who may not come in
  slow,            ///< not done in time
  crowded_out,     ///< as many newer ones came as may be under way
  failed,          ///< broken off, no version or cipher in common, nonsense
};
[[nodiscard]] std::string_view name_of(Handshake outcome);

/// TLS 1.2 and 1.3. No session is resumed: every connection proves itself.
struct ServerTls {
  std::string certificate_file = {};  ///< PEM chain, the server's own first
  std::string key_file = {};          ///< PEM
  std::string client_ca_file = {};    ///< PEM; empty = clients need no certificate
  /// One of these must be the common name or a DNS name of the client's certificate, letter for
  /// letter; empty = any that the client CA signed.
  std::vector<std::string> client_names = {};
  std::chrono::milliseconds look_interval{1'000};  ///< between looks whether a file has changed
  /// A changed file was taken, or was refused and what was read before stays in force.
  std::function<void(const Result<>& outcome)> on_reload = {};
  std::function<void(Handshake outcome)> on_handshake = {};  ///< for metrics
};

struct ServerOptions {
  std::string listen = "127.0.0.1:0";  ///< `host:port`, `[v6]:port`; port 0 = free one
  Limits limits = {};
  std::vector<Route> routes = {};
  Observer observer = {};
  std::optional<ServerTls> tls = {};  ///< none = plain text
};

/// Owns its listening socket and connections. Everything runs on `io`, whose thread must be the
/// only one; destroying the server closes all of it.
class Server {
 public:
  /// Errors: the address is not valid, in use, or not ours; a TLS file is not what it should be.
  [[nodiscard]] static Result<std::unique_ptr<Server>> start(boost::asio::io_context& io,
                                                             ServerOptions options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::size_t connections() const;
  /// No new connections; open ones end after the answer they are waiting for.
  void drain();

 private:
  class Impl;
  explicit Server(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace kernwise::http
