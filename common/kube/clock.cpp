// SPDX-License-Identifier: Apache-2.0
#include "common/kube/clock.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace kernwise::kube {
namespace {

class TimerAlarm final : public Alarm {
 public:
  TimerAlarm(boost::asio::io_context& io, MonoTime time, std::function<void()> then)
      : timer_(io, time), live_(std::make_shared<bool>(true)) {
    // An expired wait is on its way already when this goes; then the flag stops it.
    timer_.async_wait([live = std::weak_ptr(live_), then = std::move(then)](auto error) {
      if (!error && !live.expired()) then();
    });
  }

 private:
  boost::asio::steady_timer timer_;
  std::shared_ptr<bool> live_;
};

class TimerClock final : public Clock {
 public:
  explicit TimerClock(boost::asio::io_context& io) : io_(io) {}
  [[nodiscard]] MonoTime now() const override { return Monotonic::now(); }
  [[nodiscard]] std::unique_ptr<Alarm> call_at(MonoTime time, std::function<void()> then) override {
    return std::make_unique<TimerAlarm>(io_, time, std::move(then));
  }

 private:
  boost::asio::io_context& io_;
};

}  // namespace

std::unique_ptr<Clock> clock_of(boost::asio::io_context& io) {
  return std::make_unique<TimerClock>(io);
}

}  // namespace kernwise::kube
