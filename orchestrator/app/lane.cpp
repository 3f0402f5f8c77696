// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/app/lane.hpp"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <utility>

namespace kernwise::orchestrator {
namespace {

constexpr std::chrono::seconds kBeat{1}, kHung{10};
constexpr std::chrono::milliseconds kDrainLook{20};
/// From Linux 6.12 on whoever wants less at a time comes sooner; older ones ignore it.
constexpr std::chrono::duration<std::uint64_t, std::nano> kShortSlice{100'000};
constexpr int kLaterNice = 5, kMostNice = 19;

/// `struct sched_attr` of sched_setattr(2), first version; the header that has it cannot stand
/// beside the C library's.
struct SchedulingAttributes {
  std::uint32_t size = sizeof(SchedulingAttributes), policy = 0;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0, deadline = 0, period = 0;
};
static_assert(sizeof(SchedulingAttributes) == 48);

/// For the calling thread. Whoever started us with another policy than the usual one knows why.
void take_turn(Turn turn) {
  SchedulingAttributes wanted;
  if (::syscall(SYS_sched_getattr, 0, &wanted, sizeof(wanted), 0) != 0) return;
  if (wanted.policy != std::uint32_t{SCHED_OTHER}) return;
  if (turn == Turn::first) wanted.runtime = kShortSlice.count();
  if (turn == Turn::later) wanted.nice = std::min(wanted.nice + kLaterNice, kMostNice);
  ::syscall(SYS_sched_setattr, 0, &wanted, 0);
}

}  // namespace

class Lane::Timer : public std::enable_shared_from_this<Timer> {
 public:
  Timer(boost::asio::io_context& io, std::chrono::milliseconds interval, std::function<void()> task)
      : timer_(io), interval_(interval), task_(std::move(task)) {}

  void start() {
    timer_.expires_after(interval_);
    timer_.async_wait([self = shared_from_this()](const boost::system::error_code& stopped) {
      if (stopped || self->ended_) return;
      self->task_();
      if (!self->ended_) self->start();
    });
  }
  void stop() {
    ended_ = true;
    timer_.cancel();
  }

 private:
  boost::asio::steady_timer timer_;
  std::chrono::milliseconds interval_;
  std::function<void()> task_;
  bool ended_ = false;
};

Lane::Lane() : work_(io_.get_executor()), beat_(Monotonic::now().time_since_epoch().count()) {
  every(kBeat, [this] { beat_ = Monotonic::now().time_since_epoch().count(); });
}

Lane::~Lane() {
  io_.stop();
  join();
}

Result<std::uint16_t> Lane::listen(http::ServerOptions options) {
  auto server = http::Server::start(io_, std::move(options));
  if (!server) return server.error();
  servers_.push_back(std::move(*server));
  return servers_.back()->port();
}

void Lane::every(std::chrono::milliseconds interval, std::function<void()> task) {
  timers_.push_back(std::make_shared<Timer>(io_, interval, std::move(task)));
  timers_.back()->start();
}

void Lane::run(Turn turn) {
  thread_ = std::thread([this, turn] {
    take_turn(turn);
    io_.run();
  });
}

void Lane::end(std::chrono::milliseconds patience) {
  post([this, deadline = Monotonic::now() + patience] {
    for (const auto& server : servers_) server->drain();
    watch_drain(deadline);
  });
}

void Lane::watch_drain(MonoTime deadline) {
  bool open = false;
  for (const auto& server : servers_) open = open || server->connections() > 0;
  if (!open || Monotonic::now() >= deadline) return close();
  const auto timer = std::make_shared<boost::asio::steady_timer>(io_, kDrainLook);
  timer->async_wait(
      [this, timer, deadline](const boost::system::error_code&) { watch_drain(deadline); });
}

void Lane::close() {
  for (const auto& timer : timers_) timer->stop();
  servers_.clear();
  work_.reset();
  io_.stop();
}

void Lane::join() {
  if (thread_.joinable()) thread_.join();
}

bool Lane::is_alive() const {
  const MonoTime beat{MonoTime::duration(beat_.load())};
  return Monotonic::now() - beat < kHung;
}

}  // namespace kernwise::orchestrator
