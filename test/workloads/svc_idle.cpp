// SPDX-License-Identifier: Apache-2.0
// A service with nothing to do: an epoll server that nobody calls and a thread pool that sleeps on
// a condition variable. All its waiting must count as idle.
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "test/workloads/lifetime.hpp"
#include "test/workloads/loop.hpp"
#include "test/workloads/options.hpp"
#include "test/workloads/socket.hpp"

namespace {

constexpr int kPoolThreads = 4;

class SleepingPool {
 public:
  SleepingPool() {
    for (int index = 0; index < kPoolThreads; ++index)
      threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
  }

 private:
  void work(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    job_arrived_.wait(lock, stop, [] { return false; });
  }

  std::mutex mutex_;  // of the queue of jobs, which stays empty
  std::condition_variable_any job_arrived_;
  std::vector<std::jthread> threads_;  // last: they stop and end before the rest goes
};

}  // namespace

int main(int argc, char** argv) {
  const auto options = workload::parse_options(argc, argv);
  const workload::Lifetime lifetime(options.seconds);
  const SleepingPool pool;
  const kernwise::Fd listener = workload::listen_and_announce(options.port);
  workload::Loop loop(lifetime.fd());
  loop.watch(listener.value(), [&listener] { (void)workload::accept_from(listener.value()); });
  loop.run();
}
