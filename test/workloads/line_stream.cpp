// SPDX-License-Identifier: Apache-2.0
#include "test/workloads/line_stream.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>

namespace workload {

bool LineStream::receive() {
  std::array<char, 4096> chunk;
  const ssize_t size = recv(socket_.value(), chunk.data(), chunk.size(), 0);
  if (size == 0) return false;
  if (size < 0) return errno == EAGAIN || errno == EINTR;
  received_.append(chunk.data(), static_cast<std::size_t>(size));
  return received_.size() < 2 * chunk.size() &&
         (received_.size() < chunk.size() || received_.find('\n') != std::string::npos);
}

bool LineStream::take_line(std::string& line) {
  const std::size_t end = received_.find('\n');
  if (end == std::string::npos) return false;
  line.assign(received_, 0, end);
  received_.erase(0, end + 1);
  return true;
}

bool LineStream::send_line(std::string_view line) {
  const std::string text = std::string(line) + '\n';
  // A short line fits an empty socket buffer; a partial write means that nobody reads there.
  return send(socket_.value(), text.data(), text.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(text.size());
}

}  // namespace workload
