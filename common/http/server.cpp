// SPDX-License-Identifier: Apache-2.0
#include "common/http/server.hpp"

#include <fcntl.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <limits>
#include <tuple>

#include "common/http/session.hpp"
#include "common/http/syntax.hpp"

namespace kernwise::http {
namespace {

using boost::asio::ip::tcp;

constexpr std::chrono::milliseconds kAcceptPause{100};

/// `host:port` with a literal address; `localhost` is the loopback, an empty host any address.
Result<tcp::endpoint> parse_listen(std::string_view text) {
  const auto colon = text.rfind(':');
  Error bad = invalid("listen: expected address:port, as in 127.0.0.1:8080 or [::1]:8080");
  if (colon == std::string_view::npos) return bad;
  std::string_view host = text.substr(0, colon);
  const auto port = decimal(text.substr(colon + 1));
  if (!port || *port > std::numeric_limits<std::uint16_t>::max()) return bad;
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (host.empty()) host = "0.0.0.0";
  if (host == "localhost") host = "127.0.0.1";
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(std::string(host), error);
  if (error || address.is_v6() != bracketed) return bad;
  return tcp::endpoint(address, static_cast<std::uint16_t>(*port));
}

/// Children (the symbol parser) inherit no connection.
template <class Socket>
void close_on_exec(Socket& socket) {
  ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
}

}  // namespace

class Server::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(boost::asio::io_context& io, ServerOptions options)
      : acceptor_(io),
        pause_(io),
        look_(io),
        site_(std::make_shared<Site>(Site{.options = std::move(options)})) {}

  Result<> prove() {
    const auto& tls = site_->options.tls;
    if (!tls) return {};
    site_->identity = std::make_unique<ServerIdentity>(*tls);
    return site_->identity->load();
  }

  Result<> listen() {
    const auto endpoint = parse_listen(site_->options.listen);
    if (!endpoint) return endpoint.error();
    boost::system::error_code error;
    error = acceptor_.open(endpoint->protocol(), error);
    if (!error) error = acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) error = acceptor_.bind(*endpoint, error);
    if (!error) error = acceptor_.listen(boost::asio::socket_base::max_listen_connections, error);
    if (!error) port_ = acceptor_.local_endpoint(error).port();
    if (error) return Error{error, "listen on " + site_->options.listen};
    close_on_exec(acceptor_);
    return {};
  }

  void accept() {
    acceptor_.async_accept(
        [self = shared_from_this()](boost::system::error_code error, tcp::socket socket) {
          if (!self->acceptor_.is_open()) return;
          if (!error) self->admit(std::move(socket));
          if (error && error != boost::asio::error::connection_aborted) return self->pause();
          self->accept();
        });
  }

  /// Looks at the TLS files again and again.
  void follow_files() {
    if (!site_->identity) return;
    look_.expires_after(site_->identity->options().look_interval);
    look_.async_wait([self = shared_from_this()](boost::system::error_code error) {
      if (error || !self->acceptor_.is_open()) return;
      self->site_->identity->refresh();
      self->follow_files();
    });
  }

  void drain() {
    close_acceptor();
    site_->draining = true;
    for (const auto& session : sessions()) session->drain();
  }

  void stop() {
    close_acceptor();
    for (const auto& session : sessions()) session->close();
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::size_t connections() const { return site_->sessions.size(); }

 private:
  void admit(tcp::socket socket) {
    close_on_exec(socket);
    if (site_->sessions.size() >= site_->options.limits.connections) return;  // closes it
    const auto session = std::make_shared<Session>(std::move(socket), site_);
    site_->sessions.insert(session);
    session->start();
  }

  /// Out of descriptors or memory: trying again at once would only burn CPU.
  void pause() {
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([self = shared_from_this()](boost::system::error_code error) {
      if (!error && self->acceptor_.is_open()) self->accept();
    });
  }

  void close_acceptor() {
    boost::system::error_code ignored;
    std::ignore = acceptor_.close(ignored);
    pause_.cancel();
    look_.cancel();
  }

  /// A copy, for sessions leave the set while they close.
  [[nodiscard]] std::vector<std::shared_ptr<Session>> sessions() const {
    return {site_->sessions.begin(), site_->sessions.end()};
  }

  tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_, look_;
  std::shared_ptr<Site> site_;
  std::uint16_t port_ = 0;
};

Result<std::unique_ptr<Server>> Server::start(boost::asio::io_context& io, ServerOptions options) {
  auto impl = std::make_shared<Impl>(io, std::move(options));
  if (auto proven = impl->prove(); !proven) return wrap(proven.error(), "TLS");
  if (auto listening = impl->listen(); !listening) return listening.error();
  impl->accept();
  impl->follow_files();
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() {
  impl_->stop();
}

std::uint16_t Server::port() const {
  return impl_->port();
}
std::size_t Server::connections() const {
  return impl_->connections();
}
void Server::drain() {
  impl_->drain();
}

Handler immediate(std::function<Response(const Request&)> answer) {
  return [answer = std::move(answer)](const Request& request, const Respond& respond) {
    respond(answer(request));
  };
}

}  // namespace kernwise::http
