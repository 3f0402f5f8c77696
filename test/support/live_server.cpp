// SPDX-License-Identifier: Apache-2.0
#include "test/support/live_server.hpp"

#include <boost/asio/post.hpp>

namespace kernwise::test {

LiveServer::LiveServer(http::ServerOptions options) {
  server_ = http::Server::start(io_, std::move(options)).value();
  port_ = server_->port();
  thread_ = std::thread([this] { io_.run(); });
}

LiveServer::~LiveServer() {
  destroy();
  busy_.reset();
  thread_.join();
}

std::size_t LiveServer::connections() {
  std::size_t count = 0;
  on_thread([this, &count] { count = server_ ? server_->connections() : 0; });
  return count;
}

void LiveServer::drain() {
  on_thread([this] { server_->drain(); });
}

void LiveServer::destroy() {
  on_thread([this] { server_.reset(); });
}

void LiveServer::on_thread(const std::function<void()>& work) {
  std::promise<void> done;
  boost::asio::post(io_, [&work, &done] {
    work();
    done.set_value();
  });
  done.get_future().wait();
}

}  // namespace kernwise::test
