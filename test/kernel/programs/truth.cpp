// SPDX-License-Identifier: Apache-2.0

// A C++ program around one epoll loop that knows what it waits for; arguments and output as of
// truth.go.
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include "test/support/loopback.hpp"

namespace {

using namespace kernwise;
using namespace kernwise::test;

double monotonic() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double inbound = 0, blocked = 0, last_told = 0;

void tell() {
  if (monotonic() - last_told < 0.1) return;
  last_told = monotonic();
  std::printf("truth %.6f %.6f\n", inbound, blocked);
  std::fflush(stdout);
}

void burn_cpp(double seconds) {
  const double until = monotonic() + seconds;
  while (monotonic() < until) {
  }
}

/// Says where it listens.
void tell_port(const Listener& listener) {
  std::printf("port %d\n", listener.port());
  std::fflush(stdout);
}

/// One loop for everything: whose descriptor is readable next.
class Loop {
 public:
  void watch(int descriptor) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event);
  }
  int next() {
    epoll_event event{};
    while (::epoll_wait(epoll_, &event, 1, -1) != 1) {
    }
    return event.data.fd;
  }

 private:
  int epoll_ = ::epoll_create1(0);
};

void read_byte(int from) {
  char byte = 0;
  if (::read(from, &byte, 1) != 1) std::exit(0);
}

void write_byte(int to) {
  if (::write(to, "x", 1) != 1) std::exit(0);
}

void ask(int service) {
  Loop loop;
  loop.watch(service);
  while (true) {
    burn_cpp(0.002);
    const double begin = monotonic();
    write_byte(service);
    loop.next();
    read_byte(service);
    blocked += monotonic() - begin;
    tell();
  }
}

void serve(int service) {
  Loop loop;
  const Listener listener;
  tell_port(listener);
  const auto accepted = listener.accept();
  const int client = accepted.value();
  loop.watch(service);
  loop.watch(client);
  double begin = 0, asked = 0;
  while (true) {
    if (loop.next() == client) {
      begin = monotonic();
      read_byte(client);
      burn_cpp(0.002);
      asked = monotonic();
      write_byte(service);
    } else {
      read_byte(service);
      blocked += monotonic() - asked;
      write_byte(client);
      inbound += monotonic() - begin;
      tell();
    }
  }
}

/// A pool that nobody gives work, and a server that nobody asks.
void quiet() {
  static std::mutex mutex;
  static std::condition_variable work;
  constexpr int kThreads = 8;
  std::vector<std::jthread> pool;
  pool.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    pool.emplace_back([] {
      std::unique_lock lock(mutex);
      work.wait(lock, [] { return false; });
    });
  }
  Loop loop;
  const Listener listener;
  tell_port(listener);
  loop.watch(listener.socket.value());
  loop.next();
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view mode = count > 1 ? arguments[1] : "";
  const int port = count > 2 ? std::atoi(arguments[2]) : 0;
  const auto connected = [port] {
    return connect_to(loopback_address(static_cast<std::uint16_t>(port))).release();
  };
  if (mode == "ask") ask(connected());
  if (mode == "serve") serve(connected());
  if (mode == "quiet") quiet();
  while (mode == "spin") burn_cpp(0.1);
  return 1;
}
