// SPDX-License-Identifier: Apache-2.0
// Four threads and one mutex, held for 5 ms of CPU work each time: three of four always wait.
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "test/workloads/burn.hpp"
#include "test/workloads/lifetime.hpp"
#include "test/workloads/options.hpp"

namespace {

using namespace std::chrono_literals;

constexpr int kThreads = 4;

}  // namespace

int main(int argc, char** argv) {
  const auto options = workload::parse_options(argc, argv);
  const workload::Lifetime lifetime(options.seconds);
  std::mutex shared;  // guards nothing: being waited for is its purpose
  std::vector<std::jthread> threads;
  threads.reserve(kThreads);
  for (int index = 0; index < kThreads; ++index) {
    threads.emplace_back([&shared](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        const std::scoped_lock hold(shared);
        burn_cycles(5ms);
      }
    });
  }
  lifetime.wait();
}
