// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "common/base/clock.hpp"
#include "common/http/server.hpp"

namespace kernwise::orchestrator {

/// Which of the lanes runs where both want the same core.
enum class Turn : std::uint8_t {
  first,  ///< somebody waits for each answer
  later,  ///< has a third of the other's share where both are busy
};

/// One thread with its event loop, listeners and timers. Everything is set up before `run`.
class Lane {
 public:
  Lane();
  /// Ends at once if it has not ended yet.
  ~Lane();
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  [[nodiscard]] boost::asio::io_context& io() { return io_; }
  /// Opens a listener and gives its port.
  [[nodiscard]] Result<std::uint16_t> listen(http::ServerOptions options);
  /// Calls `task` on the lane's thread, again and again.
  void every(std::chrono::milliseconds interval, std::function<void()> task);
  /// Calls `task` once on the lane's thread, soon.
  template <class Task>
  void post(Task task) {
    boost::asio::post(io_, std::move(task));
  }

  /// `turn` is a hint: where the kernel does not take it, lanes are equal.
  void run(Turn turn);
  /// No new connections; open ones may finish until `patience` is over, then all ends. Returns at
  /// once; `join` waits.
  void end(std::chrono::milliseconds patience);
  void join();

  /// True while the loop has turned within the last ten seconds.
  [[nodiscard]] bool is_alive() const;

 private:
  class Timer;
  void watch_drain(MonoTime deadline);
  void close();

  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::vector<std::unique_ptr<http::Server>> servers_;
  std::vector<std::shared_ptr<Timer>> timers_;
  std::atomic<MonoTime::rep> beat_;
  std::thread thread_;
};

}  // namespace kernwise::orchestrator
