// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <stdexcept>
#include <utility>

#include "common/base/fd.hpp"

/// Sockets on the loopback address, for programs that talk to themselves. What cannot fail on a
/// machine that works throws std::runtime_error.
namespace kernwise::test {

inline void expect_success(int result, const char* what) {
  if (result < 0) throw std::runtime_error(what);
}

/// Port 0: the kernel chooses one.
[[nodiscard]] inline sockaddr_in loopback_address(std::uint16_t port = 0) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// A socket bound to a port of the kernel's choice.
struct LoopbackSocket {
  Fd socket;
  sockaddr_in address = loopback_address();
  explicit LoopbackSocket(int type) : socket(::socket(AF_INET, type, 0)) {
    socklen_t size = sizeof(address);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    expect_success(::bind(socket.value(), generic, size), "bind to loopback");
    expect_success(::getsockname(socket.value(), generic, &size), "name of a loopback socket");
  }
  [[nodiscard]] std::uint16_t port() const { return ntohs(address.sin_port); }
};

[[nodiscard]] inline Fd connect_to(const sockaddr_in& address, int type = SOCK_STREAM) {
  Fd socket(::socket(AF_INET, type, 0));
  expect_success(
      ::connect(socket.value(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
      "connect to loopback");
  return socket;
}

/// Both ends of one connection.
struct Connection {
  Fd client, server;
};

/// A listening TCP socket.
struct Listener : LoopbackSocket {
  explicit Listener(int backlog = 8) : LoopbackSocket(SOCK_STREAM) {
    expect_success(::listen(socket.value(), backlog), "listen on loopback");
  }
  /// Waits for a client.
  [[nodiscard]] Fd accept() const {
    Fd client(::accept(socket.value(), nullptr, nullptr));
    expect_success(client.value(), "accept on loopback");
    return client;
  }
  [[nodiscard]] Connection connect_to_self() const {
    Connection both{connect_to(address), Fd()};
    both.server = accept();
    return both;
  }
};

}  // namespace kernwise::test
