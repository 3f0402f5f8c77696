// SPDX-License-Identifier: Apache-2.0
#include "test/controlplane/port.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <cerrno>

namespace kernwise::test {

Result<Port> Port::reserve() {
  Fd probe(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int yes = 1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (!probe.valid() ||
      setsockopt(probe.value(), SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes) != 0 ||
      bind(probe.value(), generic, size) != 0 || getsockname(probe.value(), generic, &size) != 0) {
    return errno_error(errno, "reserve a port");
  }
  return Port(std::move(probe), ntohs(address.sin_port));
}

}  // namespace kernwise::test
