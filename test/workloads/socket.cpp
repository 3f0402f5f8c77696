// SPDX-License-Identifier: Apache-2.0
#include "test/workloads/socket.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cstdio>

#include "test/workloads/lifetime.hpp"

namespace workload {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// Requests are one small packet each: waiting for more to send would be measured as service time.
void no_delay(int socket) {
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

kernwise::Fd listen_and_announce(std::uint16_t port) {
  kernwise::Fd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener.valid()) die("socket");
  sockaddr_in address = loopback(port);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener.value(), generic, size) != 0) die("bind");
  if (listen(listener.value(), 128) != 0) die("listen");
  if (getsockname(listener.value(), generic, &size) != 0) die("getsockname");
  std::printf("port %u\n", static_cast<unsigned>(ntohs(address.sin_port)));
  std::fflush(stdout);
  return listener;
}

kernwise::Fd accept_from(int listener) {
  kernwise::Fd client(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (client.valid()) no_delay(client.value());
  return client;
}

kernwise::Fd connect_to(std::uint16_t port) {
  kernwise::Fd connection(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!connection.valid()) die("socket");
  const sockaddr_in address = loopback(port);
  if (connect(connection.value(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return {};
  no_delay(connection.value());
  fcntl(connection.value(), F_SETFL, O_NONBLOCK);
  return connection;
}

}  // namespace workload
