// SPDX-License-Identifier: Apache-2.0
#include "test/support/raw_client.hpp"

#include <arpa/inet.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <stdexcept>
#include <utility>

namespace kernwise::test {
namespace {

constexpr int kPatienceMs = 20'000;

bool same_name(std::string_view left, std::string_view right) {
  const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  return std::ranges::equal(left, right, {}, lower, lower);
}

}  // namespace

std::optional<std::string> RawAnswer::header(std::string_view name) const {
  std::string_view rest = head;
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find("\r\n"));
    rest.remove_prefix(std::min(rest.size(), line.size() + 2));
    const auto colon = line.find(": ");
    if (colon == std::string_view::npos || !same_name(line.substr(0, colon), name)) continue;
    return std::string(line.substr(colon + 2));
  }
  return std::nullopt;
}

RawClient::RawClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_.value(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("connect to 127.0.0.1 failed");
  }
}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    pollfd writable{fd_.value(), POLLOUT, 0};
    if (::poll(&writable, 1, kPatienceMs) <= 0) return false;
    const auto sent = ::send(fd_.value(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EAGAIN) continue;
    if (sent < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void RawClient::finish_sending() {
  ::shutdown(fd_.value(), SHUT_WR);
}

bool RawClient::receive() {
  std::array<char, 65536> bytes{};
  pollfd readable{fd_.value(), POLLIN, 0};
  if (::poll(&readable, 1, kPatienceMs) <= 0) return false;
  const auto got = ::recv(fd_.value(), bytes.data(), bytes.size(), 0);
  if (got <= 0) return false;
  input_.append(bytes.data(), static_cast<std::size_t>(got));
  return true;
}

std::optional<RawAnswer> RawClient::read_answer() {
  RawAnswer answer;
  std::size_t end = 0;
  while ((end = input_.find("\r\n\r\n")) == std::string::npos) {
    if (!receive()) return std::nullopt;
  }
  answer.head = input_.substr(0, end + 4);
  input_.erase(0, end + 4);
  answer.status = std::stoi(answer.head.substr(9, 3));
  const auto length = std::stoul(answer.header("content-length").value_or("0"));
  while (input_.size() < length) {
    if (!receive()) return std::nullopt;
  }
  answer.body = input_.substr(0, length);
  input_.erase(0, length);
  return answer;
}

std::string RawClient::read_to_end() {
  while (receive()) {
  }
  return std::exchange(input_, {});
}

std::ptrdiff_t RawClient::next_byte() {
  if (!input_.empty()) return 1;
  pollfd readable{fd_.value(), POLLIN, 0};
  if (::poll(&readable, 1, kPatienceMs) <= 0) return 1;
  char byte = 0;
  return ::recv(fd_.value(), &byte, 1, 0);
}

bool RawClient::is_closed() {
  return next_byte() <= 0;
}

bool RawClient::is_closed_gently() {
  return next_byte() == 0;
}

std::uint32_t RawClient::data_segments() const {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(fd_.value(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return 0;
  return info.tcpi_data_segs_in;
}

}  // namespace kernwise::test
