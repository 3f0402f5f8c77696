// SPDX-License-Identifier: Apache-2.0
#include "test/controlplane/garbage_server.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <charconv>
#include <stdexcept>

namespace kernwise::test {
namespace {

constexpr int kBacklog = 64;
/// Else a scheduler may use the connection again before it sees that it is closed, and the call is
/// lost on the way.
constexpr const char* kClose = "\r\nConnection: close\r\n";

/// Whether head and body are complete.
bool is_complete(const std::string& request) {
  const auto end = request.find("\r\n\r\n");
  if (end == std::string::npos) return false;
  constexpr std::string_view kLength = "\r\nContent-Length: ";
  const auto length = request.find(kLength);
  std::size_t body = 0;
  if (length < end)
    std::from_chars(request.data() + length + kLength.size(), request.data() + end, body);
  return request.size() >= end + 4 + body;
}

std::string status(const std::string& line, const std::string& headers = {}) {
  return "HTTP/1.1 " + line + kClose + headers + "Content-Length: 0\r\n\r\n";
}

}  // namespace

GarbageServer::GarbageServer(Answers answers)
    : answers_(std::move(answers)), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_.value(), generic, size) != 0 || listen(listener_.value(), kBacklog) != 0 ||
      getsockname(listener_.value(), generic, &size) != 0)
    throw std::runtime_error("no port for the garbage server");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

GarbageServer::~GarbageServer() {
  shutdown(listener_.value(), SHUT_RDWR);
  thread_.join();
}

std::string GarbageServer::url() const {
  return "http://127.0.0.1:" + std::to_string(port_);
}

/// Go's client keeps connections in reserve, so that more than one has to be watched.
void GarbageServer::serve() {
  std::vector<Connection> open;
  while (true) {
    std::vector<pollfd> watched{{.fd = listener_.value(), .events = POLLIN, .revents = 0}};
    for (const auto& connection : open)
      watched.push_back({.fd = connection.socket.value(), .events = POLLIN, .revents = 0});
    if (poll(watched.data(), watched.size(), -1) <= 0) continue;
    for (std::size_t i = open.size(); i > 0; --i)
      if (watched[i].revents != 0 && is_done(open[i - 1]))
        open.erase(open.begin() + static_cast<std::ptrdiff_t>(i - 1));
    if (watched[0].revents == 0) continue;
    Fd accepted(accept4(listener_.value(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!accepted.valid()) return;
    open.push_back({std::move(accepted), {}});
  }
}

bool GarbageServer::is_done(Connection& connection) {
  std::array<char, 16'384> chunk{};
  const ssize_t size = recv(connection.socket.value(), chunk.data(), chunk.size(), 0);
  if (size <= 0) return true;
  connection.received.append(chunk.data(), static_cast<std::size_t>(size));
  if (!is_complete(connection.received)) return false;
  answer(connection);
  return true;
}

void GarbageServer::answer(const Connection& connection) {
  const bool filter = connection.received.starts_with("POST /filter ");
  const auto& list = filter ? answers_.filter : answers_.other;
  const std::string& text = list.at(asked_++ % list.size());
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t size =
        send(connection.socket.value(), text.data() + done, text.size() - done, MSG_NOSIGNAL);
    if (size <= 0) return;
    done += static_cast<std::size_t>(size);
  }
}

std::string http_ok(const std::string& body) {
  return std::string("HTTP/1.1 200 OK") + kClose +
         "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

std::vector<std::string> broken_http() {
  constexpr std::size_t kMuch = 1024UL * 1024;
  return {
      "",
      std::string("\x16\x03\x01\x00\xff\x00garbage", 13),
      "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n[{",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[{\"Ho",
      "HTTP/1.1 200 OK\r\nContent-Length: -7\r\n\r\n[]",
      status("500 Internal Server Error"),
      status("204 No Content"),
      status("302 Found", "Location: http://127.0.0.1:1/\r\n"),
      http_ok("this is not JSON"),
      http_ok(""),
      http_ok(std::string(kMuch, '[')),
      http_ok("[{\"Host\":\"\xff\xfe\",\"Score\":\"ten\"}]"),
  };
}

}  // namespace kernwise::test
