// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <functional>
#include <memory>

#include "common/http/client.hpp"
#include "common/http/stream.hpp"

namespace kernwise::http {

/// Brings a stream to an origin: its host looked up, connected, TLS agreed where the origin is
/// https. Sets no time limit. Private to the client.
class Dialer {
 public:
  /// Must keep the dialer and the stream alive.
  using Done = std::function<void(Result<>)>;
  Dialer(boost::asio::io_context& io, const Url& origin, TlsOptions tls)
      : origin_(origin), tls_(std::move(tls)), resolver_(io) {}

  /// Opens a closed stream. Errors: of the look-up, the socket and TLS; they name the origin.
  void dial(Stream& stream, Done done);
  /// What is under way ends without a word. The stream is the caller's to close.
  void cancel();

 private:
  struct Attempt {
    std::uint64_t number;
    Stream& stream;
    Done done;
  };
  using Shared = std::shared_ptr<const Attempt>;
  using Found = boost::asio::ip::tcp::resolver::results_type;

  template <class Step>
  auto during(const Shared& attempt, Step on_step);
  void connect(const Shared& attempt, const Found& found);
  void on_connected(const Shared& attempt, boost::system::error_code error);
  void shake_hands(const Shared& attempt);

  const Url& origin_;
  TlsOptions tls_;
  boost::asio::ip::tcp::resolver resolver_;
  std::uint64_t number_ = 0;  ///< of the attempt under way
};

}  // namespace kernwise::http
