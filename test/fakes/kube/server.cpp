// SPDX-License-Identifier: Apache-2.0
#include "test/fakes/kube/server.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <future>
#include <set>
#include <thread>

#include "test/fakes/kube/connection.hpp"
#include "test/support/authority.hpp"

namespace kernwise::test {

namespace asio = boost::asio;
using asio::ip::tcp;

class FakeApiServer::Impl {
 public:
  explicit Impl(FakeApi::Clock now) : front_(std::move(now)) {
    open(0);
    turn();
    thread_ = std::thread([this] { io_.run(); });
  }
  ~Impl() {
    io_.stop();
    thread_.join();
  }

  void on_thread(const std::function<void()>& work) {
    std::promise<void> done;
    asio::post(io_, [&] {
      try {
        work();
        done.set_value();
      } catch (...) {
        done.set_exception(std::current_exception());
      }
    });
    done.get_future().get();
  }
  void open(std::uint16_t port) {
    const auto identity = authority_.issue("IP:127.0.0.1,DNS:localhost");
    tls_ = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
    tls_->use_certificate_chain_file(identity.certificate);
    tls_->use_private_key_file(identity.key, asio::ssl::context::pem);
    acceptor_ =
        std::make_unique<tcp::acceptor>(io_, tcp::endpoint(asio::ip::address_v4::loopback(), port));
    port_ = acceptor_->local_endpoint().port();
    accept();
  }
  void close() {
    acceptor_.reset();
    for (const auto& each : std::exchange(connections_, {})) each->close();
  }

  ApiFront& front() { return front_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string ca_file() const { return authority_.ca_file(); }
  [[nodiscard]] std::size_t open_connections() {
    std::erase_if(connections_, [](const auto& each) { return each->closed(); });
    return connections_.size();
  }

 private:
  void accept() {
    auto connection = std::make_shared<Connection>(io_, *tls_, front_);
    acceptor_->async_accept(connection->socket(),
                            [this, connection](boost::system::error_code error) {
                              if (error) return;
                              static_cast<void>(open_connections());
                              connections_.insert(connection);
                              connection->start();
                              accept();
                            });
  }
  /// Bookmarks and the ends of watches come with the time.
  void turn() {
    timer_.expires_after(std::chrono::milliseconds(100));
    timer_.async_wait([this](boost::system::error_code) {
      front_.api().tick();
      turn();
    });
  }

  Authority authority_;
  asio::io_context io_{1};
  ApiFront front_;
  std::unique_ptr<asio::ssl::context> tls_;
  std::unique_ptr<tcp::acceptor> acceptor_;
  asio::steady_timer timer_{io_};
  std::set<std::shared_ptr<Connection>> connections_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

FakeApiServer::FakeApiServer(FakeApi::Clock now) : impl_(std::make_unique<Impl>(std::move(now))) {}
FakeApiServer::~FakeApiServer() = default;

std::string FakeApiServer::url() const {
  return "https://127.0.0.1:" + std::to_string(port());
}
std::uint16_t FakeApiServer::port() const {
  return impl_->port();
}
std::string FakeApiServer::ca_file() const {
  return impl_->ca_file();
}
void FakeApiServer::with(const std::function<void(ApiFront&)>& work) {
  impl_->on_thread([&] { work(impl_->front()); });
}
void FakeApiServer::stop() {
  impl_->on_thread([this] { impl_->close(); });
}
void FakeApiServer::start() {
  impl_->on_thread([this] { impl_->open(impl_->port()); });
}
unsigned FakeApiServer::connections() {
  std::size_t count = 0;
  impl_->on_thread([&] { count = impl_->open_connections(); });
  return static_cast<unsigned>(count);
}

}  // namespace kernwise::test
