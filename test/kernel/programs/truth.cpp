// SPDX-License-Identifier: Apache-2.0

// A C++ program around one epoll loop that knows what it waits for; arguments and output as of
// truth.go.
#include <arpa/inet.h>
#include <netinet/in.h>
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

namespace {

double monotonic() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double inbound = 0, blocked = 0, told = 0;

void tell() {
  if (monotonic() - told < 0.1) return;
  told = monotonic();
  std::printf("truth %.6f %.6f\n", inbound, blocked);
  std::fflush(stdout);
}

void burn_cpp(double seconds) {
  const double until = monotonic() + seconds;
  while (monotonic() < until) {
  }
}

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int connected(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  const auto address = loopback(port);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
    std::exit(1);
  return socket;
}

int listening() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  auto address = loopback(0);
  ::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof(address));
  ::listen(socket, 8);
  socklen_t size = sizeof(address);
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  std::printf("port %d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return socket;
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
  const int client = ::accept(listening(), nullptr, nullptr);
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
  std::vector<std::jthread> pool;
  for (int i = 0; i < 8; ++i) {
    pool.emplace_back([] {
      std::unique_lock lock(mutex);
      work.wait(lock, [] { return false; });
    });
  }
  Loop loop;
  loop.watch(listening());
  loop.next();
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view mode = count > 1 ? arguments[1] : "";
  const int port = count > 2 ? std::atoi(arguments[2]) : 0;
  if (mode == "ask") ask(connected(port));
  if (mode == "serve") serve(connected(port));
  if (mode == "quiet") quiet();
  while (mode == "spin") burn_cpp(0.1);
  return 1;
}
