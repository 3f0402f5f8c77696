// SPDX-License-Identifier: Apache-2.0
#include "test/support/tls_server.hpp"

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <set>
#include <thread>

namespace kernwise::test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

}  // namespace

class TlsServer::Impl {
 public:
  Impl(const Authority::Files& identity, Script answer)
      : answer_(std::move(answer)),
        context_(asio::ssl::context::tls_server),
        acceptor_(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
    context_.use_certificate_chain_file(identity.certificate);
    context_.use_private_key_file(identity.key, asio::ssl::context::pem);
    accept();
    thread_ = std::thread([this] { io_.run(); });
  }
  ~Impl() {
    io_.stop();
    thread_.join();
  }

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  [[nodiscard]] unsigned connections() const { return accepted_; }

  void push(const std::string& text) {
    asio::post(io_, [this, text] {
      error_code ignored;
      for (const auto& each : held_) asio::write(each->stream, asio::buffer(text), ignored);
    });
  }

  void hang_up() {
    asio::post(io_, [this] {
      for (const auto& each : all_) each->stream.next_layer().close();
      held_.clear();
      all_.clear();
    });
  }

 private:
  struct Connection {
    Connection(asio::io_context& io, asio::ssl::context& context) : stream(io, context) {}
    asio::ssl::stream<tcp::socket> stream;
    std::string input;
  };
  using Shared = std::shared_ptr<Connection>;

  void accept() {
    auto connection = std::make_shared<Connection>(io_, context_);
    acceptor_.async_accept(connection->stream.next_layer(), [this, connection](error_code error) {
      if (error) return;
      ++accepted_;
      all_.insert(connection);
      connection->stream.async_handshake(asio::ssl::stream_base::server,
                                         [this, connection](error_code failed) {
                                           if (!failed) read(connection);
                                         });
      accept();
    });
  }

  void read(const Shared& connection) {
    asio::async_read_until(connection->stream, asio::dynamic_buffer(connection->input), "\r\n\r\n",
                           [this, connection](error_code error, std::size_t size) {
                             if (error) return;
                             const auto head = connection->input.substr(0, size);
                             connection->input.erase(0, size);
                             write(connection, answer_(head));
                           });
  }

  void write(const Shared& connection, TlsAnswer answer) {
    error_code error;
    asio::write(connection->stream, asio::buffer(answer.text), error);
    if (error) return;
    if (answer.hold) held_.insert(connection);
    read(connection);
  }

  Script answer_;
  asio::io_context io_{1};
  asio::ssl::context context_;
  tcp::acceptor acceptor_;
  std::set<Shared> held_, all_;
  std::atomic<unsigned> accepted_{0};
  std::thread thread_;
};

TlsServer::TlsServer(const Authority::Files& identity, Script answer)
    : impl_(std::make_shared<Impl>(identity, std::move(answer))) {}
TlsServer::~TlsServer() = default;
std::uint16_t TlsServer::port() const {
  return impl_->port();
}
void TlsServer::push(const std::string& text) {
  impl_->push(text);
}
void TlsServer::hang_up() {
  impl_->hang_up();
}
unsigned TlsServer::connections() const {
  return impl_->connections();
}

std::string ok_json(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string chunked_head() {
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
}

std::string chunk(const std::string& text) {
  char size[32];
  std::snprintf(size, sizeof(size), "%zx\r\n", text.size());
  return size + text + "\r\n";
}

}  // namespace kernwise::test
