// SPDX-License-Identifier: Apache-2.0
#include "test/bench/prioritize/load.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "test/bench/prioritize/connection.hpp"
#include "test/bench/prioritize/servers.hpp"

namespace kernwise::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kStart = 1024;  ///< heads are shorter
constexpr std::string_view kLastChunk = "\r\n0\r\n\r\n";

Fd file_of(const std::string& content) {
  Fd file(::memfd_create("request", MFD_CLOEXEC));
  if (!file.valid() || ::write(file.value(), content.data(), content.size()) !=
                           static_cast<ssize_t>(content.size())) {
    give_up("no memory for a request");
  }
  return file;
}

}  // namespace

Load::Load(std::uint16_t port, const std::string& request, int connections, std::size_t least)
    : request_(file_of(request)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      request_bytes_(request.size()),
      least_(least),
      buffer_(256UL * 1024, '\0') {
  for (int i = 0; i < connections; ++i) {
    asking_.push_back({.socket = Connection::open(port)});
    const int socket = asking_.back().socket.value();
    ::fcntl(socket, F_SETFL, O_NONBLOCK);
    epoll_event event{.events = EPOLLIN, .data = {.u32 = static_cast<std::uint32_t>(i)}};
    ::epoll_ctl(epoll_.value(), EPOLL_CTL_ADD, socket, &event);
  }
}

Throughput Load::run(pid_t server, std::chrono::milliseconds time) {
  std::size_t answers = 0;
  const double cpu_before = cpu_seconds(server);
  const auto begin = Clock::now();
  for (Asking& one : asking_) ask(one);
  std::array<epoll_event, 16> events{};
  while (Clock::now() - begin < time) {
    // Never asleep: to wake us would be work of the server.
    const int count = ::epoll_wait(epoll_.value(), events.data(), events.size(), 0);
    for (int i = 0; i < count; ++i) {
      Asking& one = asking_[events[static_cast<std::size_t>(i)].data.u32];
      if (one.sent < request_bytes_) ask(one);
      if (!read(one)) continue;
      ++answers;
      one.sent = 0;
      ask(one);
    }
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  const double cpu = cpu_seconds(server) - cpu_before;
  return {.per_second = static_cast<double>(answers) / seconds, .server_busy = cpu / seconds};
}

void Load::ask(Asking& one) const {
  const bool waited = one.sent > 0;
  while (one.sent < request_bytes_) {
    auto offset = static_cast<off_t>(one.sent);
    const auto count =
        ::sendfile(one.socket.value(), request_.value(), &offset, request_bytes_ - one.sent);
    if (count <= 0) {
      if (errno != EAGAIN) give_up("write");
      if (!waited) wait_for_room(one, true);
      return;
    }
    one.sent += static_cast<std::size_t>(count);
  }
  if (waited) wait_for_room(one, false);
}

void Load::wait_for_room(Asking& one, bool wanted) const {
  const auto number = static_cast<std::uint32_t>(&one - asking_.data());
  epoll_event event{.events = wanted ? EPOLLIN | EPOLLOUT : EPOLLIN, .data = {.u32 = number}};
  ::epoll_ctl(epoll_.value(), EPOLL_CTL_MOD, one.socket.value(), &event);
}

bool Load::read(Asking& one) {
  if (one.left == kNotKnown && !one.in_chunks) read_start(one);
  if (one.in_chunks) read_chunks(one);
  while (one.left > 0) {
    // Thrown away by the kernel: not copied.
    const auto count = ::recv(one.socket.value(), nullptr, static_cast<std::size_t>(one.left),
                              MSG_TRUNC | MSG_DONTWAIT);
    if (count == 0 || (count < 0 && errno != EAGAIN)) give_up("read");
    if (count < 0) return false;
    one.left -= count;
  }
  if (one.left != 0) return false;
  one.left = kNotKnown;
  one.in_chunks = false;
  one.start.clear();
  return true;
}

void Load::read_start(Asking& one) const {
  std::array<char, kStart> bytes{};
  const auto count = ::recv(one.socket.value(), bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (count == 0 || (count < 0 && errno != EAGAIN)) give_up("read");
  if (count < 0) return;
  one.start.append(bytes.data(), static_cast<std::size_t>(count));
  const auto head = one.start.find("\r\n\r\n");
  if (head == std::string::npos) return;
  if (!one.start.starts_with("HTTP/1.1 200")) give_up(one.start);
  const long long length = content_length(std::string_view(one.start).substr(0, head + 2));
  one.in_chunks = length < 0;
  if (one.in_chunks) return;
  if (static_cast<std::size_t>(length) < least_) give_up("an answer without an opinion");
  one.left = length + static_cast<long long>(head + 4) - static_cast<long long>(one.start.size());
}

/// As Go sends what it encodes on the way: until the empty chunk.
void Load::read_chunks(Asking& one) {
  while (!one.start.ends_with(kLastChunk)) {
    const auto count = ::recv(one.socket.value(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (count == 0 || (count < 0 && errno != EAGAIN)) give_up("read");
    if (count < 0) return;
    one.start.append(buffer_, 0, static_cast<std::size_t>(count));
    if (one.start.size() > kLastChunk.size()) {
      one.start.erase(0, one.start.size() - kLastChunk.size());
    }
  }
  one.left = 0;
}

}  // namespace kernwise::bench
