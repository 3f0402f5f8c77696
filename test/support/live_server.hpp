// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <thread>

#include "common/http/server.hpp"

namespace kernwise::test {

/// A server on a free port of the loopback, run by its own thread until the end of the test.
class LiveServer {
 public:
  explicit LiveServer(http::ServerOptions options);
  ~LiveServer();
  LiveServer(const LiveServer&) = delete;
  LiveServer& operator=(const LiveServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::size_t connections();
  /// The same from the server's own thread, for handlers.
  [[nodiscard]] std::size_t connections_here() const { return server_->connections(); }
  void drain();
  /// Destroys the server; its thread goes on.
  void destroy();
  /// The same from the server's own thread, as a handler would.
  void destroy_here() { server_.reset(); }
  /// Runs `work` on the server's thread and waits for it.
  void on_thread(const std::function<void()>& work);
  [[nodiscard]] boost::asio::io_context& io() { return io_; }

 private:
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> busy_{
      io_.get_executor()};
  std::unique_ptr<http::Server> server_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace kernwise::test
