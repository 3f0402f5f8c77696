// SPDX-License-Identifier: Apache-2.0
#include "test/fakes/kube/scenario/peer.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <cctype>
#include <cstdio>
#include <stdexcept>

namespace kernwise::test {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
constexpr std::chrono::seconds kPatience{10};
using Parser = http::response_parser<http::string_body>;

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char each : text) {
    const auto byte = static_cast<unsigned char>(each);
    if (std::isalnum(byte) != 0 || each == '-' || each == '.' || each == '_') {
      out.push_back(each);
      continue;
    }
    char escape[4];
    std::snprintf(escape, sizeof(escape), "%%%02X", byte);
    out += escape;
  }
  return out;
}

http::request<http::string_body> to_message(const Place& place, const Call& call) {
  std::string target = call.path;
  for (const auto& [key, value] : call.query)
    target +=
        (target.find('?') == std::string::npos ? "?" : "&") + key + "=" + percent_encoded(value);
  http::request<http::string_body> message;
  message.method_string(call.method);
  message.target(target);
  message.version(11);
  message.set(http::field::host, "127.0.0.1:" + std::to_string(place.port));
  message.set(http::field::accept, "application/json");
  if (!call.token.empty()) message.set(http::field::authorization, "Bearer " + call.token);
  if (!call.content_type.empty()) message.set(http::field::content_type, call.content_type);
  message.body() = call.body;
  message.prepare_payload();
  return message;
}

/// A connection over which one request has been sent.
class Conversation {
 public:
  Conversation(const Place& place, const Call& call) : message_(to_message(place, call)) {
    tls_.load_verify_file(place.ca_file);
    stream_.set_verify_mode(asio::ssl::verify_peer);
    stream_.set_verify_callback(asio::ssl::host_name_verification("127.0.0.1"));
    stream_.next_layer().connect({asio::ip::address_v4::loopback(), place.port});
    parser_.body_limit(64UL * 1024 * 1024);
    await([&](auto done) { stream_.async_handshake(asio::ssl::stream_base::client, done); });
    await([&](auto done) { http::async_write(stream_, message_, done); });
    await([&](auto done) { http::async_read_header(stream_, buffer_, parser_, done); });
  }
  /// Reads more of the body; false when there is none.
  bool more() {
    if (parser_.is_done()) return false;
    await([&](auto done) { http::async_read_some(stream_, buffer_, parser_, done); });
    return true;
  }
  [[nodiscard]] int status() const { return static_cast<int>(parser_.get().result_int()); }
  [[nodiscard]] std::string field(http::field name) const {
    const auto value = parser_.get()[name];
    return {value.data(), value.size()};
  }
  [[nodiscard]] std::string& body() { return parser_.get().body(); }

 private:
  /// Starts an operation and waits for its end.
  template <class Start>
  void await(Start start) {
    std::optional<boost::system::error_code> result;
    start([&result](boost::system::error_code error, std::size_t = 0) { result = error; });
    io_.restart();
    io_.run_for(kPatience);
    if (!result) {
      // The handler refers to this frame: it must not run later.
      stream_.next_layer().close();
      io_.restart();
      io_.run();
      throw std::runtime_error("the API server says nothing");
    }
    if (*result) throw boost::system::system_error(*result);
  }

  asio::io_context io_{1};
  asio::ssl::context tls_{asio::ssl::context::tls_client};
  asio::ssl::stream<tcp::socket> stream_{io_, tls_};
  http::request<http::string_body> message_;
  boost::beast::flat_buffer buffer_;
  Parser parser_;
};

}  // namespace

Said ask(const Place& place, const Call& call) {
  Conversation conversation(place, call);
  while (conversation.more()) {
  }
  return {.status = conversation.status(),
          .content_type = conversation.field(http::field::content_type),
          .retry_after = conversation.field(http::field::retry_after),
          .body = conversation.body()};
}

class WatchPeer::Impl {
 public:
  Impl(const Place& place, const Call& call) : conversation(place, call) {}
  Conversation conversation;
};

WatchPeer::WatchPeer(const Place& place, const Call& call)
    : impl_(std::make_unique<Impl>(place, call)) {}
WatchPeer::~WatchPeer() = default;

int WatchPeer::status() const {
  return impl_->conversation.status();
}

std::string WatchPeer::body() {
  while (impl_->conversation.more()) {
  }
  return impl_->conversation.body();
}

std::optional<std::string> WatchPeer::next() {
  auto& text = impl_->conversation.body();
  while (text.find('\n') == std::string::npos)
    if (!impl_->conversation.more()) return std::nullopt;
  const auto end = text.find('\n');
  auto line = text.substr(0, end);
  text.erase(0, end + 1);
  return line;
}

}  // namespace kernwise::test
