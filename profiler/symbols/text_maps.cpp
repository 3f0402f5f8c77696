// SPDX-License-Identifier: Apache-2.0
#include "profiler/symbols/text_maps.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <string_view>

namespace kernwise::symbols {
namespace {

constexpr std::size_t kPiece = 64UL * 1024;
constexpr std::size_t kMaxKernelBytes = 64UL * 1024 * 1024;

/// Cuts a text that arrives in pieces into lines; too long ones are left out.
template <class Each>
class LineCutter {
 public:
  explicit LineCutter(Each each) : each_(std::move(each)) {}
  void feed(std::string_view piece) {
    while (!piece.empty()) {
      const auto end = piece.find('\n');
      const auto part = piece.substr(0, end);
      if (line_.size() + part.size() > kMaxLine) skipping_ = true;
      if (!skipping_) line_ += part;
      if (end == std::string_view::npos) return;
      finish();
      piece.remove_prefix(end + 1);
    }
  }
  void finish() {
    if (!skipping_ && !line_.empty()) each_(std::string_view(line_));
    line_.clear();
    skipping_ = false;
  }
  /// What comes up to the next newline is the end of a line that nobody saw begin.
  void begin_within_a_line() { skipping_ = true; }

 private:
  Each each_;
  std::string line_;
  bool skipping_ = false;
};

/// Takes a hexadecimal number and the spaces behind it off the front of a line.
std::optional<std::uint64_t> take_hex(std::string_view& line) {
  if (line.starts_with("0x")) line.remove_prefix(2);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number, 16);
  if (error != std::errc{} || end == line.data()) return std::nullopt;
  line.remove_prefix(static_cast<std::size_t>(end - line.data()));
  const auto spaces = std::min(line.find_first_not_of(' '), line.size());
  if (spaces == 0) return std::nullopt;
  line.remove_prefix(spaces);
  return number;
}

void note_perf_line(std::string_view line, std::span<const std::uint64_t> addresses,
                    Functions& found) {
  const auto start = take_hex(line);
  const auto size = start ? take_hex(line) : std::nullopt;
  if (!size || *size == 0 || line.empty()) return;
  auto i = static_cast<std::size_t>(std::lower_bound(addresses.begin(), addresses.end(), *start) -
                                    addresses.begin());
  for (; i < addresses.size() && addresses[i] - *start < *size; ++i) {
    const auto end = *start + *size < *start ? kNoLimit : *start + *size;
    found[i] = {.begin = *start, .end = end, .symbol = std::string(line)};
  }
}

}  // namespace

Functions find_perf_map_functions(const ByteSource& file,
                                  std::span<const std::uint64_t> addresses) {
  Functions found;
  for (const auto address : addresses)
    found.push_back({.begin = address, .end = address + 1, .symbol = {}});
  LineCutter cutter([&](std::string_view line) { note_perf_line(line, addresses, found); });
  std::uint64_t at = file.size() > kMaxPerfMapBytes ? file.size() - kMaxPerfMapBytes : 0;
  if (at > 0) cutter.begin_within_a_line();
  std::string piece(kPiece, '\0');
  while (at < file.size()) {
    const auto count = std::min<std::uint64_t>(kPiece, file.size() - at);
    if (!file.read(piece.data(), count, at)) break;
    cutter.feed(std::string_view(piece).substr(0, count));
    at += count;
  }
  cutter.finish();
  return found;
}

Functions find_kernel_functions(int fd, std::span<const std::uint64_t> addresses) {
  ClosestStarts<std::string> starts(addresses);
  LineCutter cutter([&](std::string_view line) {
    const auto address = take_hex(line);
    if (!address || *address == 0 || line.size() < 3 || line[1] != ' ') return;
    if (std::string_view("tTwW").find(line[0]) == std::string_view::npos) return;
    line.remove_prefix(2);
    const auto name = line.substr(0, line.find_first_of("\t "));
    starts.add(*address, [&] { return std::string(name); });
  });
  std::string piece(kPiece, '\0');
  for (std::size_t total = 0; total < kMaxKernelBytes;) {
    const auto got = ::read(fd, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    total += static_cast<std::size_t>(got);
    cutter.feed(std::string_view(piece).substr(0, static_cast<std::size_t>(got)));
  }
  cutter.finish();
  starts.finish();
  Functions found;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    Function function{.begin = 0, .end = starts.after(i), .symbol = {}};
    if (const auto& start = starts.before(i)) {
      function.begin = start->at;
      function.symbol = start->payload;
    }
    found.push_back(std::move(function));
  }
  return found;
}

}  // namespace kernwise::symbols
