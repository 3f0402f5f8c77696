// SPDX-License-Identifier: Apache-2.0
#include "test/fakes/kube/connection.hpp"

#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>

#include "common/http/syntax.hpp"

namespace kernwise::test {
namespace {

constexpr std::uint64_t kMaxBody = 16UL * 1024 * 1024;

Call to_call(const boost::beast::http::request<boost::beast::http::string_body>& request) {
  Call call{.method = std::string(request.method_string()), .body = request.body()};
  const auto text = [](boost::core::string_view view) {
    return std::string(view.data(), view.size());
  };
  auto target = text(request.target());
  const auto question = target.find('?');
  std::string query = question == std::string::npos ? "" : target.substr(question + 1);
  call.path = http::percent_decode(target.substr(0, question), false);
  for (std::size_t begin = 0; begin < query.size();) {
    const auto end = std::min(query.find('&', begin), query.size());
    const auto pair = query.substr(begin, end - begin);
    const auto equals = std::min(pair.find('='), pair.size());
    call.query.emplace_back(
        http::percent_decode(pair.substr(0, equals), true),
        http::percent_decode(pair.substr(std::min(equals + 1, pair.size())), true));
    begin = end + 1;
  }
  call.content_type = text(request[boost::beast::http::field::content_type]);
  const auto authorization = text(request[boost::beast::http::field::authorization]);
  if (authorization.starts_with("Bearer ")) call.token = authorization.substr(7);
  return call;
}

std::string reason_of(int status) {
  const auto reason = boost::beast::http::obsolete_reason(
      boost::beast::http::int_to_status(static_cast<unsigned>(status)));
  return {reason.data(), reason.size()};
}

struct Text {
  std::string head, body;
};
Text to_http(const Reply& reply) {
  const bool plain = reply.body.is_string();
  Text text;
  text.body = plain ? std::string(reply.body.get_string()) : to_text(reply.body);
  text.head = "HTTP/1.1 " + std::to_string(reply.status) + " " + reason_of(reply.status) +
              "\r\nContent-Type: " + (plain ? "text/plain" : "application/json") +
              "\r\nContent-Length: " + std::to_string(text.body.size()) + "\r\n";
  if (reply.retry_after) text.head += "Retry-After: " + std::to_string(*reply.retry_after) + "\r\n";
  text.head += "\r\n";
  return text;
}

std::string chunk(const std::string& text) {
  char size[32];
  std::snprintf(size, sizeof(size), "%zx\r\n", text.size());
  return size + text + "\r\n";
}

}  // namespace

/// An answer in HTTP/1.1. The connection may be gone before it.
class Connection::Http final : public Outlet {
 public:
  explicit Http(std::weak_ptr<Connection> connection) : connection_(std::move(connection)) {}

  void answer(const Reply& reply) override {
    const auto text = to_http(reply);
    write(text.head + text.body);
  }
  void torn_answer(const Reply& reply, std::size_t bytes) override {
    const auto text = to_http(reply);
    write(text.head + text.body.substr(0, bytes), true);
  }
  void begin_stream() override {
    write(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
  }
  void line(const std::string& text) override { write(chunk(text + "\n")); }
  void bytes(const std::string& text) override { write(chunk(text)); }
  void end_stream() override { write("0\r\n\r\n"); }
  void cut() override { write({}, true); }

 private:
  void write(std::string text, bool then_close = false) {
    if (const auto connection = connection_.lock()) connection->write(std::move(text), then_close);
  }
  std::weak_ptr<Connection> connection_;
};

Connection::Connection(boost::asio::io_context& io, boost::asio::ssl::context& tls, ApiFront& front)
    : stream_(io, tls), front_(front) {}

void Connection::start() {
  stream_.next_layer().set_option(boost::asio::ip::tcp::no_delay(true));
  stream_.async_handshake(boost::asio::ssl::stream_base::server,
                          [self = shared_from_this()](boost::system::error_code error) {
                            if (error) return self->close();
                            self->read();
                          });
}

void Connection::read() {
  parser_.emplace();
  parser_->body_limit(kMaxBody);
  boost::beast::http::async_read(
      stream_, input_, *parser_,
      [self = shared_from_this()](boost::system::error_code error, std::size_t) {
        if (error) return self->close();
        self->on_request();
      });
}

void Connection::on_request() {
  outlet_ = std::make_shared<Http>(weak_from_this());
  front_.handle(to_call(parser_->get()), outlet_);
  // Reading goes on during a watch: its end is how a client says that it has left.
  if (!closed_) read();
}

void Connection::write(std::string text, bool then_close) {
  if (closed_ || close_when_written_) return;
  close_when_written_ = then_close;
  output_.push_back(std::move(text));
  if (output_.size() == 1) write_next();
}

void Connection::write_next() {
  boost::asio::async_write(
      stream_, boost::asio::buffer(output_.front()),
      [self = shared_from_this()](boost::system::error_code error, std::size_t) {
        if (error) return self->close();
        self->output_.pop_front();
        if (!self->output_.empty()) return self->write_next();
        if (self->close_when_written_) self->close();
      });
}

void Connection::close() {
  if (std::exchange(closed_, true)) return;
  if (outlet_) front_.gone(outlet_.get());
  boost::system::error_code ignored;
  ignored = stream_.next_layer().close(ignored);
}

}  // namespace kernwise::test
