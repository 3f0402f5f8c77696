// SPDX-License-Identifier: Apache-2.0
#include "common/kube/http_client.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "common/base/file.hpp"
#include "common/base/version.hpp"
#include "common/http/syntax.hpp"
#include "common/kube/lines.hpp"
#include "common/kube/path.hpp"

namespace kernwise::kube {
namespace {

constexpr std::size_t kMaxIdle = 16;  // watch connections that wait for the next watch
constexpr std::uint64_t kMaxRetryAfter = 3'600;

Answer to_answer(http::Response response) {
  Answer answer{.status = response.status, .body = std::move(response.body)};
  for (const auto& [name, value] : response.headers) {
    if (name != "retry-after") continue;
    if (const auto seconds = http::decimal(value)) {
      answer.retry_after = std::chrono::seconds(std::min(*seconds, kMaxRetryAfter));
    }
  }
  return answer;
}

Result<Answer> to_result(Result<http::Response> response) {
  if (!response) return response.error();
  return to_answer(std::move(*response));
}

using Connection = std::shared_ptr<http::Client>;

/// What a watch under way shares with its handlers.
struct Following {
  explicit Following(std::size_t max_line) : lines(max_line) {}
  Lines lines;
  KubeClient::Line line;
  KubeClient::Done end;
  bool open = true;
};

}  // namespace

class HttpKubeClient::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(boost::asio::io_context& io, Access access, HttpClientOptions options)
      : io_(io), access_(std::move(access)), options_(options) {
    slots_.resize(std::max<std::size_t>(options_.connections, 1));
    for (auto& slot : slots_) slot.connection = connect(options_.timeout);
  }

  void send(Request request, Done done) {
    auto wire = wire_request(std::move(request));
    if (!wire) return fail(std::move(done), wire.error());
    const auto slot =
        std::ranges::min_element(slots_, {}, [](const Slot& each) { return each.waiting; });
    ++slot->waiting;
    slot->connection->send(std::move(*wire),
                           [weak = weak_from_this(), index = slot - slots_.begin(),
                            done = std::move(done)](Result<http::Response> response) {
                             const auto self = weak.lock();
                             if (!self) return;
                             --self->slots_[static_cast<std::size_t>(index)].waiting;
                             done(to_result(std::move(response)));
                           });
  }

  std::unique_ptr<Stream> watch(Request request, Line line, Done end);

 private:
  struct Slot {
    Connection connection;
    std::size_t waiting = 0;
  };
  class Watch;

  Connection connect(std::chrono::milliseconds timeout) {
    const http::ClientLimits limits{
        .timeout = timeout, .connect = options_.connect, .response_bytes = options_.answer_bytes};
    return std::make_shared<http::Client>(io_, access_.origin, limits, access_.tls);
  }

  void fail(Done done, Error error) {
    boost::asio::post(io_,
                      [weak = weak_from_this(), done = std::move(done), error = std::move(error)] {
                        if (!weak.expired()) done(error);
                      });
  }

  Result<http::ClientRequest> wire_request(Request request) {
    http::ClientRequest wire{.method = request.method, .target = target_of(request)};
    // The keys of tokens have a type of their own: to JSON alone the server answers 406.
    wire.headers = {{"Accept", "application/json, */*"},
                    {"User-Agent", "kernwise/" + std::string(version())}};
    if (!request.body.empty()) wire.headers.emplace_back("Content-Type", request.content_type);
    wire.body = std::move(request.body);
    auto token = current_token();
    if (!token) return token.error();
    if (!token->empty()) wire.headers.emplace_back("Authorization", "Bearer " + *token);
    return wire;
  }

  Result<std::string> current_token() const {
    if (access_.token_file.empty()) return access_.token;
    auto token = read_token(access_.token_file);
    return token ? token : Result<std::string>(wrap(token.error(), "token file"));
  }

  Connection take_idle() {
    if (idle_.empty()) return connect(options_.silence);
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    return connection;
  }

  void ended(const Connection& connection, Following& following, Result<http::Response> response) {
    const bool whole = response.has_value();
    if (whole && idle_.size() < kMaxIdle) idle_.push_back(connection);
    if (!std::exchange(following.open, false)) return;
    const auto end = std::move(following.end);
    end(to_result(std::move(response)));
  }

  boost::asio::io_context& io_;
  Access access_;
  HttpClientOptions options_;
  std::vector<Slot> slots_;
  std::vector<Connection> idle_;
};

/// Ends the watch, and the connection with it: the rest of the answer is not wanted.
class HttpKubeClient::Impl::Watch final : public Stream {
 public:
  Watch(boost::asio::io_context& io, Connection connection, std::shared_ptr<Following> following)
      : io_(io), connection_(std::move(connection)), following_(std::move(following)) {}
  ~Watch() override {
    following_->open = false;
    // A line's handler may end its own watch, and a connection is not to go from inside it.
    boost::asio::post(io_, [connection = std::move(connection_)] {});
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

 private:
  boost::asio::io_context& io_;
  Connection connection_;
  std::shared_ptr<Following> following_;
};

std::unique_ptr<Stream> HttpKubeClient::Impl::watch(Request request, Line line, Done end) {
  auto following = std::make_shared<Following>(options_.line_bytes);
  following->line = std::move(line);
  following->end = std::move(end);
  auto wire = wire_request(std::move(request));
  if (!wire) {
    fail(
        [following](const Result<Answer>& answer) {
          if (std::exchange(following->open, false)) following->end(answer);
        },
        wire.error());
    return std::make_unique<Watch>(io_, nullptr, std::move(following));
  }
  wire->on_data = [following](const std::string& piece) {
    if (!following->open) return;
    following->lines.take(piece, [&following](std::string_view text) {
      following->line(text);
      return following->open;
    });
  };
  auto connection = take_idle();
  connection->send(std::move(*wire), [weak = weak_from_this(), held = std::weak_ptr(connection),
                                      following](Result<http::Response> response) {
    const auto self = weak.lock();
    const auto still = held.lock();
    if (self && still) self->ended(still, *following, std::move(response));
  });
  return std::make_unique<Watch>(io_, std::move(connection), std::move(following));
}

HttpKubeClient::HttpKubeClient(boost::asio::io_context& io, Access access,
                               HttpClientOptions options)
    : impl_(std::make_shared<Impl>(io, std::move(access), options)) {}

HttpKubeClient::~HttpKubeClient() = default;

void HttpKubeClient::send(Request request, Done done) {
  impl_->send(std::move(request), std::move(done));
}

std::unique_ptr<Stream> HttpKubeClient::watch(Request request, Line line, Done end) {
  return impl_->watch(std::move(request), std::move(line), std::move(end));
}

}  // namespace kernwise::kube
