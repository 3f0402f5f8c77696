// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "test/fakes/kube/front.hpp"

namespace kernwise::test {

/// One TLS connection of the fake API server: requests in, answers and watches out.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(boost::asio::io_context& io, boost::asio::ssl::context& tls, ApiFront& front);

  [[nodiscard]] boost::asio::ip::tcp::socket& socket() { return stream_.next_layer(); }
  void start();
  /// Breaks it, without a word to the peer.
  void close();
  [[nodiscard]] bool closed() const { return closed_; }
  void write(std::string text, bool then_close = false);

 private:
  class Http;
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  void read();
  void on_request();
  void write_next();

  boost::asio::ssl::stream<boost::asio::ip::tcp::socket> stream_;
  ApiFront& front_;
  boost::beast::flat_buffer input_;
  std::optional<Parser> parser_;
  std::deque<std::string> output_;
  std::shared_ptr<Outlet> outlet_;  ///< of the request under way
  bool close_when_written_ = false, closed_ = false;
};

}  // namespace kernwise::test
