// SPDX-License-Identifier: Apache-2.0
#include "common/http/session.hpp"

#include <algorithm>
#include <boost/asio/write.hpp>
#include <cstring>
#include <new>

#include "common/http/request_head.hpp"

namespace kernwise::http {
namespace {

constexpr std::size_t kFirstRoom = 64UL * 1024;
/// So that one who sends without a pause does not keep the others waiting.
constexpr int kReadsPerTurn = 8;
constexpr std::uint32_t kRequestsPerTurn = 4;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

/// The duty to answer one request. Whoever drops it unanswered answers 500.
class Session::Pending {
 public:
  explicit Pending(std::weak_ptr<Session> session) : session_(std::move(session)) {}
  ~Pending() { fulfil({.status = 500, .body = {}}); }
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;

  void fulfil(Response response) {
    const auto session = std::exchange(session_, {}).lock();
    if (!session || session->phase_ != Phase::handling) return;
    try {
      session->answer(std::move(response));
    } catch (...) {
      session->close();
    }
  }

 private:
  std::weak_ptr<Session> session_;
};

Session::Session(boost::asio::ip::tcp::socket socket, std::shared_ptr<Site> site)
    : stream_(std::move(socket)),
      timer_(stream_.get_executor()),
      site_(std::move(site)),
      input_(site_->options.limits.header_bytes, '\0') {}

void Session::start() {
  boost::system::error_code error;
  const auto peer = stream_.socket().remote_endpoint(error);
  if (!error) error = stream_.socket().set_option(boost::asio::ip::tcp::no_delay(true), error);
  if (error) return close();
  request_.peer = peer.address().to_string();
  if (site_->identity) return shake_hands();
  begin();
}

void Session::begin() {
  phase_ = Phase::head;
  // Whoever connects has something to say: a silent newcomer gets no idle time.
  expire_after(limits().header_timeout);
  read_head();
}

void Session::next_request() {
  filled_ = looked_ = 0;
  route_ = nullptr;
  phase_ = Phase::idle;
  expire_after(limits().idle_timeout);
  idle_until_ = deadline_;
  // Whoever has not taken the answer by then is not idle but slow.
  if (limits().write_timeout < limits().idle_timeout) expire_after(limits().write_timeout);
  // Another request that is there already needs no turn of the event loop, but each so many does:
  // others wait, and every one answered here is a call within the last one's.
  if (++answered_ % kRequestsPerTurn != 0) {
    const std::size_t bytes = stream_.read_now(boost::asio::buffer(input_));
    if (bytes > 0) return on_head_bytes({}, bytes);
  }
  read_head();
}

void Session::read_head() {
  stream_.async_read_some(boost::asio::buffer(input_.data() + filled_, input_.size() - filled_),
                          then(&Session::on_head_bytes));
}

void Session::on_head_bytes(boost::system::error_code error, std::size_t bytes) {
  if (phase_ != Phase::idle && phase_ != Phase::head) return;  // the deadline was quicker
  if (error) return close();
  filled_ += bytes;
  const HeadEnd end = find_head_end({input_.data(), filled_}, looked_);
  if (end.state == HeadEnd::State::complete) return on_head(end.bytes);
  started_ = Monotonic::now();
  request_.method.clear();
  keep_alive_ = false;
  if (end.state == HeadEnd::State::malformed) return refuse({400, "bad line ends"});
  if (filled_ == input_.size()) return refuse({431, "header too large"});
  if (phase_ == Phase::idle) expire_after(limits().header_timeout);
  phase_ = Phase::head;
  read_head();
}

void Session::on_head(std::size_t head_bytes) {
  started_ = Monotonic::now();
  phase_ = Phase::head;
  request_.method.clear();
  const std::string_view block(input_.data(), head_bytes);
  const auto head = check_head(block, {limits().header_bytes, limits().headers});
  if (!head) return refuse(head.error());
  if (!read_request_head(block, *head, request_)) return refuse({400, "malformed request"});
  keep_alive_ = head->keep_alive;
  http_1_0_ = head->http_1_0;
  if (accept_route(*head)) begin_body(*head, head_bytes);
}

bool Session::accept_route(const Head& head) {
  RouteMatch match = find_route(site_->options.routes, request_.method, request_.path);
  route_ = match.route;
  if (route_ != nullptr && head.content_length <= route_->max_body) return true;
  if (route_ != nullptr) {
    refuse({413, "body too large"});
  } else {
    // Without a body the connection is still in step and may stay.
    const bool in_step = head.content_length == 0;
    Refusal refusal{404, "no such path"};
    if (!match.allow.empty()) refusal = {405, "method not allowed"};
    Response response = error_response(refusal.status, refusal.reason);
    if (!match.allow.empty()) response.headers.emplace_back("Allow", std::move(match.allow));
    keep_alive_ = keep_alive_ && in_step;
    linger_ = !in_step;
    answer(std::move(response));
  }
  return false;
}

void Session::begin_body(const Head& head, std::size_t head_bytes) {
  body_bytes_ = static_cast<std::size_t>(head.content_length);
  const std::size_t here = std::min(filled_ - head_bytes, body_bytes_);
  const bool pipelined = filled_ - head_bytes > body_bytes_;
  if (pipelined) {
    keep_alive_ = false;
    linger_ = true;
  }
  body_read_ = here;
  phase_ = Phase::body;
  warm_ = request_.body.capacity();
  if (!make_room()) return;
  std::memcpy(request_.body.data(), input_.data() + head_bytes, here);
  if (body_read_ == body_bytes_) return handle();
  expire_after(limits().body_timeout);
  body_until_ = deadline_;
  if (!head.expects_continue || here > 0) return read_body();
  boost::asio::async_write(stream_, boost::asio::buffer(kContinue.data(), kContinue.size()),
                           then(&Session::on_continue_sent));
}

void Session::on_continue_sent(boost::system::error_code error, std::size_t) {
  if (phase_ != Phase::body) return;
  if (error) return close();
  read_body();
}

void Session::read_body() {
  for (int reads = 0; reads < kReadsPerTurn; ++reads) {
    const std::size_t bytes = stream_.read_now(rest_of_body());
    if (bytes == 0) break;
    if (!take_body(bytes)) return;
  }
  // Straight into place and as much as there is: Asio's and Beast's own loops stop every 64 KiB.
  stream_.async_read_some(rest_of_body(), then(&Session::on_body_bytes));
}

void Session::on_body_bytes(boost::system::error_code error, std::size_t bytes) {
  if (phase_ != Phase::body) return;
  if (error) return close();
  if (take_body(bytes)) read_body();
}

boost::asio::mutable_buffer Session::rest_of_body() {
  return boost::asio::buffer(request_.body.data() + body_read_, request_.body.size() - body_read_);
}

/// True when there is more to read.
bool Session::take_body(std::size_t bytes) {
  body_read_ += bytes;
  if (body_read_ == body_bytes_) {
    handle();
    return false;
  }
  // By what has come, not by what was announced: a word must not buy a quarter of an hour.
  deadline_ = body_until_ + std::chrono::seconds(body_read_ / (64UL * 1024));
  return body_read_ < request_.body.size() || make_room();
}

/// Makes the body's string longer than what has been read. It grows with what has arrived, not with
/// what was announced: a header alone must not cost us 64 MiB. A warm connection has the room.
bool Session::make_room() {
  const std::size_t step = std::max({kFirstRoom, warm_, body_read_ * 2});
  const std::size_t want = std::min(body_bytes_, step);
  const std::size_t others = site_->buffered - charged_;
  bool room = want <= warm_ || others + want <= limits().buffered_bytes;
  try {
    if (room && want > warm_) take_spare_body(want);
    // Room that nobody has written to is only promised by the kernel. So the place for all may be
    // taken early, and nothing is ever copied from a smaller one, which would need half as much
    // again.
    if (room && body_read_ >= kFirstRoom) request_.body.reserve(body_bytes_);
    // A body that fits into memory we have anyway needs no more looks at how much has arrived.
    if (room) request_.body.resize(std::min(body_bytes_, std::max(want, warm_)));
  } catch (const std::bad_alloc&) {
    room = false;
  }
  if (!room) {
    refuse({503, "too busy"}, {{"Retry-After", "1"}});
    return false;
  }
  charged_ = std::max(warm_, request_.body.size());
  site_->buffered = others + charged_;
  return true;
}

/// Uses the memory of the last large body, of whichever session, for another one.
void Session::take_spare_body(std::size_t want) {
  std::string& spare = site_->spare_body;
  if (body_bytes_ <= kKeptBody || spare.capacity() < want) return;
  if (spare.size() < want) spare.resize(want);
  std::memcpy(spare.data(), request_.body.data(), std::min(body_read_, request_.body.size()));
  request_.body = std::exchange(spare, {});
  warm_ = request_.body.capacity();
}

void Session::handle() {
  phase_ = Phase::handling;
  never_expire();
  const auto site = site_;  // the handler may destroy the server
  const auto pending = std::make_shared<Pending>(weak_from_this());
  request_.spare = std::move(site->spare);
  in_handler_ = true;
  try {
    route_->handler(request_,
                    [pending](Response response) { pending->fulfil(std::move(response)); });
  } catch (...) {
    pending->fulfil(error_response(500, "internal error"));
  }
  in_handler_ = false;
  if (phase_ == Phase::writing) write_more();
}

}  // namespace kernwise::http
