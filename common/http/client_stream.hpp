// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <tuple>
#include <utility>

#include "common/http/tls.hpp"

namespace kernwise::http {

/// The client's connection: TCP, or TLS over it once it is secured. Reads and writes like a socket.
class ClientStream {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using executor_type =
      Socket::executor_type;  // NOLINT(readability-identifier-naming): Asio's name
  explicit ClientStream(boost::asio::io_context& io) : socket_(io) {}

  [[nodiscard]] executor_type get_executor() { return socket_.get_executor(); }
  [[nodiscard]] Socket& socket() { return socket_; }
  [[nodiscard]] bool is_open() const { return socket_.is_open(); }

  /// From now on TLS is spoken; the handshake comes first.
  [[nodiscard]] Result<> secure(const TlsOptions& options, const std::string& name) {
    auto context = client_context(options);
    if (!context) return context.error();
    tls_ = std::make_shared<Secured>(std::move(*context), socket_);
    return expect_name(tls_->stream, name);
  }
  [[nodiscard]] TlsStream& tls() { return tls_->stream; }
  /// What an operation under way needs even when this is closed meanwhile.
  [[nodiscard]] std::shared_ptr<void> keep() const { return tls_; }

  void close() {
    boost::system::error_code ignored;
    std::ignore = socket_.close(ignored);
    tls_.reset();
  }

  template <class Buffers, class Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    if (tls_) return tls_->stream.async_read_some(buffers, std::forward<Handler>(handler));
    socket_.async_read_some(buffers, std::forward<Handler>(handler));
  }
  template <class Buffers, class Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    if (tls_) return tls_->stream.async_write_some(buffers, std::forward<Handler>(handler));
    socket_.async_write_some(buffers, std::forward<Handler>(handler));
  }

 private:
  struct Secured {
    Secured(std::shared_ptr<boost::asio::ssl::context> with, Socket& socket)
        : context(std::move(with)), stream(socket, *context) {}
    std::shared_ptr<boost::asio::ssl::context> context;
    TlsStream stream;
  };
  Socket socket_;
  std::shared_ptr<Secured> tls_;
};

}  // namespace kernwise::http
