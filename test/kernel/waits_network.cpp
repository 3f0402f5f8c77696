// SPDX-License-Identifier: Apache-2.0
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <thread>

#include "test/kernel/waits.hpp"
#include "test/support/loopback.hpp"

namespace kernwise::test {
namespace {

constexpr long kDelayMs = 20;

void sleep_ms(long milliseconds) {
  timespec time{milliseconds / 1000, milliseconds % 1000 * 1'000'000};
  ::nanosleep(&time, nullptr);
}

/// Runs `serve` with a bound socket in a process outside the watched cgroup until its parent dies.
/// The socket is made out there too: what is accepted belongs to the cgroup of its listener.
template <class Serve>
sockaddr_in serve_outside(int type, Serve serve) {
  int told[2];
  if (::pipe(told) != 0) ::_exit(71);
  if (::fork() == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    leave_cgroup();
    const LoopbackSocket bound(type);
    if (type == SOCK_STREAM) expect_success(::listen(bound.socket.value(), 8), "listen");
    const auto& address = bound.address;
    if (::write(told[1], &address, sizeof(address)) != sizeof(address)) ::_exit(72);
    serve(bound.socket.value());
    ::_exit(0);
  }
  sockaddr_in address{};
  if (::read(told[0], &address, sizeof(address)) != sizeof(address)) ::_exit(73);
  ::close(told[0]);
  ::close(told[1]);
  return address;
}

/// Asks over TCP once per turn and waits for the answer by `wait`; it comes after kDelayMs.
template <class Wait>
void ask(Truth& truth, Wait wait) {
  const auto address = serve_outside(SOCK_STREAM, [](int listener) {
    const int client = ::accept(listener, nullptr, nullptr);
    char byte = 0;
    while (::read(client, &byte, 1) == 1) {
      sleep_ms(kDelayMs);
      static_cast<void>(!::write(client, &byte, 1));
    }
  });
  const auto connected = connect_to(address);
  const int socket = connected.value();
  truth.ready = true;
  Stopwatch watch;
  char byte = 'q';
  while (!truth.stop) {
    static_cast<void>(!::write(socket, &byte, 1));
    wait(socket);
    static_cast<void>(!::read(socket, &byte, 1));
    watch.lap(truth, Share::network);
  }
}

void tcp_read(Truth& truth) {
  ask(truth, [](int) {});
}

void tcp_poll(Truth& truth) {
  ask(truth, [](int socket) {
    pollfd waiting{socket, POLLIN, 0};
    ::poll(&waiting, 1, -1);
  });
}

void tcp_epoll(Truth& truth) {
  const int epoll = ::epoll_create1(0);
  ask(truth, [&](int socket) {
    epoll_event event{};
    event.events = EPOLLIN;
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event);
    ::epoll_wait(epoll, &event, 1, -1);
    ::epoll_ctl(epoll, EPOLL_CTL_DEL, socket, &event);
  });
}

void udp_receive(Truth& truth) {
  const auto address = serve_outside(SOCK_DGRAM, [](int server) {
    char byte = 0;
    while (true) {
      sockaddr_in from{};
      socklen_t size = sizeof(from);
      ::recvfrom(server, &byte, 1, 0, reinterpret_cast<sockaddr*>(&from), &size);
      sleep_ms(kDelayMs);
      ::sendto(server, &byte, 1, 0, reinterpret_cast<sockaddr*>(&from), size);
    }
  });
  const auto connected = connect_to(address, SOCK_DGRAM);
  const int socket = connected.value();
  truth.ready = true;
  Stopwatch watch;
  char byte = 'q';
  while (!truth.stop) {
    static_cast<void>(!::send(socket, &byte, 1, 0));
    static_cast<void>(!::recv(socket, &byte, 1, 0));
    watch.lap(truth, Share::network);
  }
}

/// Nobody ever comes: the wait is open over the whole window. A second thread keeps the time.
template <class Wait>
void nobody_comes(Truth& truth, Wait wait) {
  std::thread clock([&truth] {
    Stopwatch watch;
    truth.ready = true;
    while (!truth.stop) {
      sleep_ms(kDelayMs);
      watch.lap(truth, Share::idle);
      truth.add(Share::idle, watch.last_lap());  // of the waiting thread
    }
  });
  wait();
}

void accept_nobody(Truth& truth) {
  nobody_comes(truth, [] { static_cast<void>(Listener().accept()); });
}

void udp_server(Truth& truth) {
  nobody_comes(truth, [] {
    const LoopbackSocket server(SOCK_DGRAM);
    char byte = 0;
    ::recv(server.socket.value(), &byte, 1, 0);
  });
}

}  // namespace

std::vector<WaitScenario> network_scenarios() {
  return {
      {"TCP request, blocking read", Share::network, tcp_read},
      {"TCP request, poll", Share::network, tcp_poll},
      {"TCP request, epoll", Share::network, tcp_epoll},
      {"UDP request", Share::network, udp_receive},
      {"accept", Share::idle, accept_nobody},
      {"UDP server", Share::idle, udp_server},
  };
}

}  // namespace kernwise::test
