// SPDX-License-Identifier: Apache-2.0
#include "common/http/dialer.hpp"

#include <fcntl.h>

#include <boost/asio/connect.hpp>
#include <concepts>

#include "common/http/client_text.hpp"

namespace kernwise::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// A completion handler for one step of `attempt`; says nothing once that attempt is over.
template <class Step>
auto Dialer::during(const Shared& attempt, Step on_step) {
  return [this, kept = attempt->stream.keep(), attempt, on_step](error_code error, auto&&... rest)
    requires std::invocable<Step, Dialer&, const Shared&, error_code, decltype(rest)...>
  {
    if (number_ == attempt->number) on_step(*this, attempt, error, rest...);
  };
}

void Dialer::dial(Stream& stream, Done done) {
  const auto attempt = std::make_shared<const Attempt>(++number_, stream, std::move(done));
  error_code error;
  const auto address = asio::ip::make_address(origin_.host, error);
  if (!error) {  // no resolver, no thread
    const tcp::endpoint endpoint(address, static_cast<std::uint16_t>(std::stoi(origin_.port)));
    return stream.socket().async_connect(
        endpoint, during(attempt, [](Dialer& self, const Shared& of, error_code failed) {
          self.on_connected(of, failed);
        }));
  }
  resolver_.async_resolve(
      origin_.host, origin_.port,
      during(attempt, [](Dialer& self, const Shared& of, error_code failed, const Found& found) {
        if (failed) return of->done(Error{failed, step(self.origin_, "look up")});
        self.connect(of, found);
      }));
}

void Dialer::cancel() {
  ++number_;
  resolver_.cancel();
}

void Dialer::connect(const Shared& attempt, const Found& found) {
  asio::async_connect(attempt->stream.socket(), found,
                      during(attempt, [](Dialer& self, const Shared& of, error_code failed,
                                         const tcp::endpoint&) { self.on_connected(of, failed); }));
}

void Dialer::on_connected(const Shared& attempt, error_code error) {
  if (error) return attempt->done(Error{error, step(origin_, "connect to")});
  auto& socket = attempt->stream.socket();
  ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
  error = socket.set_option(tcp::no_delay(true), error);
  if (origin_.scheme == "https") return shake_hands(attempt);
  attempt->done({});
}

void Dialer::shake_hands(const Shared& attempt) {
  const auto& name = tls_.server_name.empty() ? origin_.host : tls_.server_name;
  auto& stream = attempt->stream;
  auto context = client_context(tls_);
  if (!context) return attempt->done(context.error());
  stream.secure(std::move(*context));
  if (auto named = expect_name(stream.tls(), name); !named) return attempt->done(named.error());
  stream.tls().async_handshake(
      asio::ssl::stream_base::client,
      during(attempt, [](Dialer& self, const Shared& of, error_code error) {
        if (!error) return of->done({});
        const auto why = verification_failure(of->stream.tls());
        of->done(Error{error, step(self.origin_, "TLS with") + (why.empty() ? "" : ": " + why)});
      }));
}

}  // namespace kernwise::http
