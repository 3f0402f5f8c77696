// SPDX-License-Identifier: Apache-2.0
#include "common/http/client.hpp"

#include <fcntl.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <concepts>
#include <deque>
#include <optional>
#include <tuple>

#include "common/http/client_text.hpp"
#include "common/http/syntax.hpp"

namespace kernwise::http {
namespace {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
namespace errc = boost::system::errc;

constexpr std::size_t kWaiting = 64;
constexpr std::uint32_t kHeaderBytes = 64UL * 1024;

std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

Error own_error(errc::errc_t code, std::string context) {
  return {errc::make_error_code(code), std::move(context)};
}

using Message = beast_http::request<beast_http::string_body>;

Message to_message(const Url& origin, ClientRequest request) {
  Message message;
  message.method_string(request.method);
  message.target(full_target(origin, request.target));
  message.set(beast_http::field::host, host_field(origin));
  message.set(beast_http::field::user_agent, "kernwise");
  for (const auto& [name, value] : request.headers) message.set(name, value);
  message.erase(beast_http::field::transfer_encoding);
  const bool bodiless =
      request.body.empty() && (request.method == "GET" || request.method == "HEAD");
  message.body() = std::move(request.body);
  message.content_length(bodiless ? boost::optional<std::uint64_t>{} : message.body().size());
  return message;
}

Response to_response(beast_http::response<beast_http::string_body> message) {
  Response response;
  response.status = static_cast<int>(message.result_int());
  response.content_type = std::string(view(message[beast_http::field::content_type]));
  for (const auto& field : message) {
    response.headers.emplace_back(lower_case(view(field.name_string())),
                                  std::string(view(field.value())));
  }
  response.body = std::move(message.body());
  return response;
}

/// One request on its way, perhaps on its second connection.
struct Exchange {
  explicit Exchange(Message text, Client::Done then)
      : message(std::move(text)), done(std::move(then)) {}

  Message message;
  Client::Done done;
  boost::beast::flat_buffer buffer = {};
  std::optional<beast_http::response_parser<beast_http::string_body>> parser = {};
  bool on_kept_connection = false;
};

}  // namespace

class Client::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, Url origin, ClientLimits limits)
      : io_(io),
        origin_(std::move(origin)),
        limits_(limits),
        resolver_(io),
        socket_(io),
        timer_(io) {}

  void send(ClientRequest request, Done done) {
    if (auto good = check_request(origin_, request); !good) {
      return report(std::move(done), wrap(good.error(), "send request"));
    }
    if (queue_.size() >= kWaiting) {
      return report(std::move(done), own_error(errc::resource_unavailable_try_again,
                                               step("too many requests are waiting for")));
    }
    queue_.push_back(
        std::make_shared<Exchange>(to_message(origin_, std::move(request)), std::move(done)));
    if (!current_) next();
  }

  void stop() {
    stopped_ = true;
    close();
    resolver_.cancel();
    timer_.cancel();
    if (current_) queue_.push_front(std::exchange(current_, nullptr));
    for (const auto& exchange : std::exchange(queue_, {})) {
      report(std::move(exchange->done), own_error(errc::operation_canceled, step("exchange with")));
    }
  }

 private:
  using Shared = std::shared_ptr<Exchange>;

  [[nodiscard]] std::string step(std::string_view doing) const {
    return std::string(doing) + " " + origin_.host + ":" + origin_.port;
  }

  void report(Done done, Error error) {
    asio::post(io_, [done = std::move(done), error = std::move(error)] { done(error); });
  }

  /// A completion handler for one step of `exchange`; says nothing once that exchange is over.
  template <class Step>
  auto during(const Shared& exchange, Step on_step) {
    return [self = shared_from_this(), exchange, on_step](error_code error, auto&&... rest)
      requires std::invocable<Step, Impl&, const Shared&, error_code, decltype(rest)...>
    {
      if (self->current_ == exchange) on_step(*self, exchange, error, rest...);
    };
  }

  void next() {
    if (queue_.empty()) return;
    current_ = std::move(queue_.front());
    queue_.pop_front();
    timer_.expires_after(limits_.timeout);
    timer_.async_wait([self = shared_from_this(), exchange = current_](error_code error) {
      if (!error && self->current_ == exchange) {
        self->fail(own_error(errc::timed_out, self->step("wait for an answer of")));
      }
    });
    current_->on_kept_connection = socket_.is_open();
    if (socket_.is_open()) return write(current_);
    connect(current_);
  }

  void connect(const Shared& exchange) {
    error_code error;
    const auto address = asio::ip::make_address(origin_.host, error);
    if (!error) {  // no resolver, no thread
      const tcp::endpoint endpoint(address, static_cast<std::uint16_t>(std::stoi(origin_.port)));
      return socket_.async_connect(
          endpoint, during(exchange, [](Impl& self, const Shared& of, error_code failed) {
            self.on_connected(of, failed);
          }));
    }
    resolver_.async_resolve(origin_.host, origin_.port,
                            during(exchange, [](Impl& self, const Shared& of, error_code failed,
                                                const tcp::resolver::results_type& found) {
                              if (failed) return self.fail({failed, self.step("look up")});
                              self.connect_to(of, found);
                            }));
  }

  void connect_to(const Shared& exchange, const tcp::resolver::results_type& found) {
    asio::async_connect(
        socket_, found,
        during(exchange, [](Impl& self, const Shared& of, error_code failed, const tcp::endpoint&) {
          self.on_connected(of, failed);
        }));
  }

  void on_connected(const Shared& exchange, error_code error) {
    if (error) return fail({error, step("connect to")});
    ::fcntl(socket_.native_handle(), F_SETFD, FD_CLOEXEC);
    error = socket_.set_option(tcp::no_delay(true), error);
    write(exchange);
  }

  void write(const Shared& exchange) {
    beast_http::async_write(
        socket_, exchange->message,
        during(exchange, [](Impl& self, const Shared& of, error_code error, std::size_t) {
          if (error) return self.on_broken(of, error, "send request to");
          self.read(of);
        }));
  }

  void read(const Shared& exchange) {
    auto& parser = exchange->parser.emplace();
    parser.body_limit(limits_.response_bytes);
    parser.header_limit(kHeaderBytes);
    parser.skip(exchange->message.method_string() == "HEAD");
    beast_http::async_read(
        socket_, exchange->buffer, parser,
        during(exchange, [](Impl& self, const Shared& of, error_code error, std::size_t) {
          if (error) return self.on_broken(of, error, "read the answer of");
          self.finish(of);
        }));
  }

  /// A kept connection that broke before the first byte of an answer was stale: once more.
  void on_broken(const Shared& exchange, error_code error, std::string_view doing) {
    const bool answered = exchange->parser && exchange->parser->got_some();
    const bool stale = error == beast_http::error::end_of_stream || error == asio::error::eof ||
                       error == asio::error::connection_reset || error == asio::error::broken_pipe;
    if (stale && exchange->on_kept_connection && !answered) {
      close();
      exchange->on_kept_connection = false;
      exchange->buffer.clear();
      return connect(exchange);
    }
    if (error == beast_http::error::body_limit) {
      const auto limit = std::to_string(limits_.response_bytes);
      return fail(own_error(errc::message_size, step("answer over " + limit + " bytes from")));
    }
    fail({error, step(doing)});
  }

  void finish(const Shared& exchange) {
    // Bytes beyond the answer were not asked for; whatever they are, they answer no later request.
    const bool keep = exchange->parser->keep_alive() && exchange->buffer.size() == 0;
    if (!keep) close();
    deliver(to_response(exchange->parser->release()));
  }

  void fail(Error error) {
    close();
    resolver_.cancel();
    deliver(std::move(error));
  }

  void deliver(Result<Response> result) {
    timer_.cancel();
    const Shared over = std::exchange(current_, nullptr);
    over->done(std::move(result));
    if (!stopped_ && !current_) next();
  }

  void close() {
    error_code ignored;
    std::ignore = socket_.close(ignored);
  }

  asio::io_context& io_;
  Url origin_;
  ClientLimits limits_;
  tcp::resolver resolver_;
  tcp::socket socket_;  // open between exchanges = kept
  asio::steady_timer timer_;
  std::deque<Shared> queue_;
  Shared current_;
  bool stopped_ = false;
};

Client::Client(asio::io_context& io, Url origin, ClientLimits limits)
    : impl_(std::make_shared<Impl>(io, std::move(origin), limits)) {}

Client::~Client() {
  impl_->stop();
}

void Client::send(ClientRequest request, Done done) {
  impl_->send(std::move(request), std::move(done));
}

Result<Response> fetch(const Url& origin, const ClientRequest& request,
                       const ClientLimits& limits) {
  asio::io_context io(1);
  Result<Response> answer = invalid("fetch: no answer");
  Client client(io, origin, limits);
  client.send(request, [&answer](Result<Response> result) { answer = std::move(result); });
  io.run();
  return answer;
}

}  // namespace kernwise::http
