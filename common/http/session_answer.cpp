// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <tuple>

#include "common/http/response_head.hpp"
#include "common/http/session.hpp"

namespace kernwise::http {
namespace {

/// One per server: 500 whole nodes take some 4 MB, and to clear that much anew for each call costs
/// as much as to read it.
constexpr std::size_t kKeptLarge = 8UL * 1024 * 1024;
constexpr std::chrono::milliseconds kLingerTimeout{2'000};

}  // namespace

void Session::refuse(Refusal refusal, std::vector<Header> headers) {
  keep_alive_ = false;
  linger_ = true;
  Response response = error_response(refusal.status, refusal.reason);
  response.headers = std::move(headers);
  if (refusal.status == 405) {
    response.headers.emplace_back("Allow", all_methods(site_->options.routes));
  }
  answer(std::move(response));
}

void Session::answer(Response response) {
  if (response.status < 200 || response.status > 599) response = error_response(500, "bad status");
  status_ = response.status;
  const bool silent = status_ >= 400 && limits().empty_errors;
  if (silent || request_.method == "HEAD" || !may_have_body(status_)) {
    response.body.clear();
    response.quotes.clear();
  }
  if (stream_.bytes_waiting()) {  // pipelined, or more than was announced: nobody else reads it
                                  // like us
    keep_alive_ = false;
    linger_ = true;
  }
  keep_alive_ = keep_alive_ && !site_->draining;
  const Keep open = http_1_0_ ? Keep::open_1_0 : Keep::open;
  output_head_.clear();
  append_response_head(output_head_, response, size_of(response),
                       keep_alive_ ? open : Keep::closed);
  output_body_ = std::move(response.body);
  quotes_ = std::move(response.quotes);
  outgoing_.begin(output_head_, output_body_, quotes_);
  phase_ = Phase::writing;
  expire_after(limits().write_timeout);
  // A handler may still look at its request: `handle` goes on when it has returned.
  if (!in_handler_) write_more();
}

void Session::write_more() {
  // One writev for header and body: two writes cost 44 ms against delayed acknowledgements.
  outgoing_.written(stream_.write_now(outgoing_.rest()));
  if (outgoing_.done()) return finish_answer();
  stream_.async_write_some(outgoing_.rest(), then(&Session::on_written));
}

void Session::on_written(boost::system::error_code error, std::size_t bytes) {
  if (phase_ != Phase::writing) return;
  if (error) return close();
  outgoing_.written(bytes);
  if (outgoing_.done()) return finish_answer();
  write_more();
}

void Session::finish_answer() {
  const auto site = site_;  // the observer may destroy the server
  if (site->options.observer) {
    site->options.observer(route_ == nullptr ? std::string_view{} : std::string_view(route_->path),
                           status_, Monotonic::now() - started_);
  }
  if (phase_ == Phase::closed) return;
  give_memory_back();
  if (keep_alive_ && !site->draining) return next_request();
  if (linger_ || stream_.secured()) return linger();
  close();
}

/// Keeps what the next request will need again, unless it was unusually large or memory is short.
void Session::give_memory_back() {
  if (request_.spare.capacity() > output_body_.capacity()) output_body_.swap(request_.spare);
  if (output_body_.capacity() <= kKeptBody) site_->spare = std::move(output_body_);
  output_body_ = {};
  request_.spare = {};
  const bool short_of_memory = site_->buffered > limits().buffered_bytes / 2;
  if (charged_ <= kKeptBody && !short_of_memory) return;
  const bool worth_keeping = charged_ > kKeptBody && charged_ <= kKeptLarge;
  if (worth_keeping && !short_of_memory) site_->spare_body = std::move(request_.body);
  request_.body = {};
  site_->buffered -= charged_;
  charged_ = 0;
}

void Session::linger() {
  phase_ = Phase::lingering;
  expire_after(std::min(kLingerTimeout, limits().write_timeout));
  if (stream_.secured()) return say_farewell();
  discard();
}

void Session::discard() {
  boost::system::error_code ignored;
  std::ignore = stream_.socket().shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
  stream_.socket().async_read_some(boost::asio::buffer(input_), then(&Session::on_discarded));
}

void Session::on_discarded(boost::system::error_code error, std::size_t) {
  if (error) return close();
  stream_.socket().async_read_some(boost::asio::buffer(input_), then(&Session::on_discarded));
}

void Session::expire_after(std::chrono::milliseconds span) {
  deadline_ = Monotonic::now() + span;
  if (deadline_ < armed_) arm_timer();
}

void Session::arm_timer() {
  armed_ = deadline_;
  timer_.expires_at(armed_);
  timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
    if (!error && self->phase_ != Phase::closed) self->on_timer();
  });
}

void Session::on_timer() {
  armed_ = MonoTime::max();
  if (Monotonic::now() >= deadline_) return on_deadline();
  if (deadline_ != MonoTime::max()) arm_timer();
}

void Session::on_deadline() {
  if (phase_ == Phase::idle && deadline_ < idle_until_ && !stream_.bytes_unsent()) {
    deadline_ = idle_until_;
    return arm_timer();
  }
  if (phase_ == Phase::handshake) end_handshake(Handshake::slow);
  const bool mid_request = phase_ == Phase::body || (phase_ == Phase::head && filled_ > 0);
  if (!mid_request) return close();
  boost::system::error_code ignored;
  std::ignore = stream_.socket().cancel(ignored);
  try {
    refuse({408, "request too slow"});
  } catch (...) {
    close();
  }
}

void Session::drain() {
  const bool waiting = phase_ == Phase::idle || phase_ == Phase::handshake ||
                       (phase_ == Phase::head && filled_ == 0);
  if (waiting && !stream_.bytes_waiting()) close();
}

void Session::close() {
  if (phase_ == Phase::closed) return;
  phase_ = Phase::closed;
  boost::system::error_code ignored;
  timer_.cancel();
  std::ignore = stream_.socket().shutdown(boost::asio::ip::tcp::socket::shutdown_both, ignored);
  stream_.close();
  site_->handshakes.erase(handshake_);
  site_->buffered -= charged_;
  charged_ = 0;
  site_->sessions.erase(shared_from_this());
}

}  // namespace kernwise::http
