// SPDX-License-Identifier: Apache-2.0
#include "test/bench/prioritize/connection.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>

namespace kernwise::bench {
void give_up(const std::string& why) {
  std::fprintf(stderr, "bench-prioritize: %s\n", why.c_str());
  std::exit(1);
}

std::string request_text(std::string_view path, std::string_view body) {
  std::string text = "POST " + std::string(path) +
                     " HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
                     "Content-Length: " +
                     std::to_string(body.size()) + "\r\n\r\n";
  text += body;
  return text;
}

long long content_length(std::string_view head) {
  constexpr std::string_view kName = "content-length:";
  for (std::size_t at = 0; at + kName.size() < head.size(); ++at) {
    if (::strncasecmp(head.data() + at, kName.data(), kName.size()) != 0) continue;
    at += kName.size();
    while (at < head.size() && head[at] == ' ') ++at;
    long long length = -1;
    std::from_chars(head.data() + at, head.data() + head.size(), length);
    return length;
  }
  return -1;
}

Fd Connection::open(std::uint16_t port) {
  Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket.value(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    give_up("connect");
  }
  const int on = 1;
  ::setsockopt(socket.value(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return socket;
}

std::string_view Connection::exchange(const std::string& request) {
  for (std::size_t sent = 0; sent < request.size();) {
    const auto count =
        ::send(socket_.value(), request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) give_up("write");
    sent += static_cast<std::size_t>(count);
  }
  return receive();
}

/// With a length it is that long; in chunks (as Go sends what it encodes on the way) it ends with
/// the empty one. The framing is left in: nobody reads the content here.
std::string_view Connection::receive() {
  filled_ = 0;
  std::size_t head = std::string_view::npos;
  const auto text = [this] { return std::string_view(received_).substr(0, filled_); };
  while ((head = text().find("\r\n\r\n")) == std::string_view::npos) read_more();
  if (!text().starts_with("HTTP/1.1 200")) give_up(std::string(text().substr(0, 200)));
  const std::size_t begin = head + 4;
  const long long length = content_length(text().substr(0, begin));
  if (length >= 0) {
    while (filled_ < begin + static_cast<std::size_t>(length)) read_more();
  } else {
    while (!text().ends_with("\r\n0\r\n\r\n")) read_more();
  }
  return text().substr(begin);
}

void Connection::read_more() {
  constexpr std::size_t kStep = 256UL * 1024;
  if (received_.size() < filled_ + kStep) received_.resize(2 * (filled_ + kStep));
  const auto count = ::recv(socket_.value(), received_.data() + filled_, kStep, 0);
  if (count <= 0) give_up("read");
  filled_ += static_cast<std::size_t>(count);
}

}  // namespace kernwise::bench
