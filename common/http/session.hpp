// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "common/base/clock.hpp"
#include "common/http/gate.hpp"
#include "common/http/outgoing.hpp"
#include "common/http/routing.hpp"
#include "common/http/server.hpp"
#include "common/http/server_tls.hpp"
#include "common/http/stream.hpp"

// Internal to this room: the only header with Asio types.
namespace kernwise::http {

class Session;

/// Memory for bodies up to here stays with a connection or the server after an answer.
inline constexpr std::size_t kKeptBody = 1024UL * 1024;

/// What the connections of one server share. It owns them; they leave when they close.
struct Site {
  ServerOptions options;
  std::unordered_set<std::shared_ptr<Session>> sessions = {};
  std::unique_ptr<ServerIdentity> identity = {};      ///< none = plain text
  std::map<std::uint64_t, Session*> handshakes = {};  ///< under way, the oldest first
  std::uint64_t begun_handshakes = 0;
  std::size_t buffered = 0;     ///< bytes of request bodies held by all sessions
  std::string spare = {};       ///< memory of the last large answer, for the next one
  std::string spare_body = {};  ///< likewise of the last large request
  bool draining = false;
};

/// One connection: reads a request, hands it to its route, writes the answer, starts again.
///
/// Deadlines are absolute per phase. One timer serves them all and is only re-armed when a deadline
/// comes before it, so a busy connection touches no timer.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(boost::asio::ip::tcp::socket socket, std::shared_ptr<Site> site);

  void start();
  /// Closes at once when no request is under way, else after its answer.
  void drain();
  /// Others want to shake hands, too.
  void crowd_out();
  void close();

 private:
  using Step = void (Session::*)(boost::system::error_code, std::size_t);
  enum class Phase : std::uint8_t {
    handshake,
    idle,
    head,
    body,
    handling,
    writing,
    lingering,
    closed
  };
  class Pending;

  // session_tls.cpp: handshake and farewell
  void shake_hands();
  void on_handshake(boost::system::error_code error, std::size_t unused);
  void end_handshake(Handshake outcome);
  void say_farewell();
  void on_farewell(boost::system::error_code error, std::size_t unused);

  // session.cpp: reading
  void begin();
  void next_request();
  void read_head();
  void on_head_bytes(boost::system::error_code error, std::size_t bytes);
  void on_head(std::size_t head_bytes);
  [[nodiscard]] bool accept_route(const Head& head);
  void begin_body(const Head& head, std::size_t head_bytes);
  void on_continue_sent(boost::system::error_code error, std::size_t bytes);
  void read_body();
  void on_body_bytes(boost::system::error_code error, std::size_t bytes);
  [[nodiscard]] bool take_body(std::size_t bytes);
  [[nodiscard]] boost::asio::mutable_buffer rest_of_body();
  [[nodiscard]] bool make_room();
  void take_spare_body(std::size_t want);
  void handle();

  // session_answer.cpp: writing, deadlines, closing
  void answer(Response response);
  void refuse(Refusal refusal, std::vector<Header> headers = {});
  void write_more();
  void on_written(boost::system::error_code error, std::size_t bytes);
  void finish_answer();
  void give_memory_back();
  void linger();
  void discard();
  void on_discarded(boost::system::error_code error, std::size_t bytes);

  void expire_after(std::chrono::milliseconds span);
  void never_expire() { deadline_ = MonoTime::max(); }
  void arm_timer();
  void on_timer();
  void on_deadline();

  [[nodiscard]] const Limits& limits() const { return site_->options.limits; }

  /// A completion handler that keeps the session alive and lets no exception reach the io_context.
  [[nodiscard]] auto then(Step step) {
    return [self = shared_from_this(), kept = stream_.keep(), step](boost::system::error_code error,
                                                                    std::size_t bytes = 0) {
      if (self->phase_ == Phase::closed) return;
      try {
        (self.get()->*step)(error, bytes);
      } catch (...) {
        self->close();
      }
    };
  }

  Stream stream_;
  boost::asio::steady_timer timer_;
  std::shared_ptr<Site> site_;
  MonoTime deadline_ = MonoTime::max();
  MonoTime armed_ = MonoTime::max();
  Phase phase_ = Phase::head;
  std::uint64_t handshake_ = 0;  // its number in Site::handshakes

  std::string input_;           // header block and what came with it; as long as the header limit
  std::size_t filled_ = 0;      // bytes of it in use
  std::size_t looked_ = 0;      // bytes of it the gate has looked at
  std::uint32_t answered_ = 0;  // requests
  Request request_;             // reused, so that a keep-alive connection stops allocating
  std::size_t body_bytes_ = 0;  // announced
  std::size_t body_read_ = 0;
  std::size_t warm_ = 0;      // memory of request_.body from before this request
  MonoTime idle_until_ = {};  // of Phase::idle, once the last answer has arrived
  MonoTime body_until_ = {};  // when a body is too slow of which nothing comes any more
  std::size_t charged_ = 0;   // this session's part of Site::buffered
  const Route* route_ = nullptr;
  MonoTime started_ = {};

  bool in_handler_ = false;
  bool keep_alive_ = true;
  bool http_1_0_ = false;
  bool linger_ = false;  // bytes may still come in: close gently, or the answer is lost to a reset
  int status_ = 0;
  std::string output_head_;
  std::string output_body_;
  std::vector<Quote> quotes_;  // within it, of the request's body
  Outgoing outgoing_;
};

}  // namespace kernwise::http
