// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <span>
#include <tuple>
#include <utility>

#include "common/http/outgoing.hpp"
#include "common/http/tls.hpp"

namespace kernwise::http {

/// A connection: TCP, or TLS over it once it is secured. Reads and writes like a socket.
class Stream {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using executor_type =
      Socket::executor_type;  // NOLINT(readability-identifier-naming): Asio's name
  explicit Stream(Socket socket) : socket_(std::move(socket)) {}

  [[nodiscard]] executor_type get_executor() { return socket_.get_executor(); }
  [[nodiscard]] Socket& socket() { return socket_; }
  [[nodiscard]] bool is_open() const { return socket_.is_open(); }

  /// From now on TLS is spoken; the handshake comes first.
  void secure(std::shared_ptr<boost::asio::ssl::context> context) {
    tls_ = std::make_shared<Secured>(std::move(context), socket_);
  }
  [[nodiscard]] bool secured() const { return tls_ != nullptr; }
  [[nodiscard]] TlsStream& tls() { return tls_->stream; }
  /// What an operation under way needs even when this is closed meanwhile.
  [[nodiscard]] std::shared_ptr<void> keep() const { return tls_; }

  /// True when bytes have come that nobody has read.
  [[nodiscard]] bool bytes_waiting() {
    boost::system::error_code error;
    return socket_.available(error) > 0 || (tls_ && holds_input(tls_->stream));
  }

  /// True while the other side has not taken all that was written: the kernel keeps it.
  [[nodiscard]] bool bytes_unsent() {
    int bytes = 0;
    return ::ioctl(socket_.native_handle(), SIOCOUTQ, &bytes) == 0 && bytes > 0;
  }

  void close() {
    boost::system::error_code ignored;
    std::ignore = socket_.close(ignored);
    tls_.reset();
  }

  /// What is there already is read at once; 0 when that is nothing, or when only waiting can tell
  /// why: the event loop's own way is two turns longer. Always 0 with TLS.
  [[nodiscard]] std::size_t read_now(boost::asio::mutable_buffer into) {
    if (tls_ || into.size() == 0) return 0;
    const auto bytes =
        ::recv(socket_.native_handle(), into.data(), into.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    return bytes > 0 ? static_cast<std::size_t>(bytes) : 0;
  }
  /// The same of writing.
  [[nodiscard]] std::size_t write_now(std::span<const Outgoing::Piece> from) {
    if (tls_) return 0;
    std::array<iovec, Outgoing::kMost> parts;
    for (std::size_t i = 0; i < from.size(); ++i) {
      // The kernel only reads there; its type knows no const.
      parts[i] = {const_cast<void*>(from[i].data()), from[i].size()};
    }
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = from.size();
    const auto bytes = ::sendmsg(socket_.native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    return bytes > 0 ? static_cast<std::size_t>(bytes) : 0;
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
