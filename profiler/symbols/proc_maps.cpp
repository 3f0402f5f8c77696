// SPDX-License-Identifier: Apache-2.0
#include "profiler/symbols/proc_maps.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <utility>

#include "common/base/fd.hpp"

namespace kernwise::symbols {
namespace {

constexpr std::size_t kMaxFileBytes = 16UL * 1024 * 1024;
constexpr std::size_t kMaxLineBytes = 8UL * 1024;

/// Takes the text up to `separator` off the front of `rest`.
std::optional<std::string_view> take(std::string_view& rest, char separator) {
  const auto end = rest.find(separator);
  if (end == std::string_view::npos) return std::nullopt;
  const auto field = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return field;
}

std::optional<std::uint64_t> number(std::string_view text, int base) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The kernel writes a newline in a name as `\012`.
std::string unescaped(std::string_view path) {
  constexpr std::string_view kNewline = "\\012";
  std::string text(path);
  for (auto at = text.find(kNewline); at != std::string::npos; at = text.find(kNewline, at + 1)) {
    text.replace(at, kNewline.size(), "\n");
  }
  return text;
}

/// Collects mappings from a maps file that arrives in pieces.
class Collector {
 public:
  void feed(std::string_view piece) {
    while (!piece.empty()) {
      const auto newline = piece.find('\n');
      const auto part = piece.substr(0, newline);
      if (line_.size() + part.size() <= kMaxLineBytes) {
        line_ += part;
      } else {
        too_long_ = true;
      }
      if (newline == std::string_view::npos) return;
      finish_line();
      piece.remove_prefix(newline + 1);
    }
  }
  std::vector<Mapping> take() {
    std::sort(found_.begin(), found_.end(),
              [](const Mapping& a, const Mapping& b) { return a.start < b.start; });
    return std::move(found_);
  }

 private:
  void finish_line() {
    auto mapping = too_long_ ? std::nullopt : parse_map_line(line_);
    line_.clear();
    too_long_ = false;
    if (!mapping || found_.size() >= kMaxMappings) return;
    if (path_bytes_ + mapping->path.size() > kMaxPathBytes) return;
    path_bytes_ += mapping->path.size();
    found_.push_back(std::move(*mapping));
  }
  std::string line_;
  bool too_long_ = false;
  std::size_t path_bytes_ = 0;
  std::vector<Mapping> found_;
};

}  // namespace

std::optional<Mapping> parse_map_line(std::string_view line) {
  const auto start = take(line, '-');
  const auto end = start ? take(line, ' ') : std::nullopt;
  const auto permissions = end ? take(line, ' ') : std::nullopt;
  const auto offset = permissions ? take(line, ' ') : std::nullopt;
  const auto device = offset ? take(line, ' ') : std::nullopt;
  if (!device || permissions->size() != 4 || (*permissions)[2] != 'x') return std::nullopt;
  const auto inode_end = std::min(line.find(' '), line.size());
  const auto inode = number(line.substr(0, inode_end), 10);
  const auto from = number(*start, 16);
  const auto to = number(*end, 16);
  const auto at = number(*offset, 16);
  if (!inode || !from || !to || !at || *from >= *to) return std::nullopt;
  line.remove_prefix(inode_end);
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  return Mapping{
      .start = *from, .end = *to, .offset = *at, .inode = *inode, .path = unescaped(line)};
}

Result<std::vector<Mapping>> read_maps(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return errno_error(errno, path);
  Collector collector;
  std::array<char, 16384> piece{};
  for (std::size_t total = 0; total < kMaxFileBytes;) {
    const auto got = ::read(file.value(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error(errno, path);
    if (got == 0) break;
    total += static_cast<std::size_t>(got);
    collector.feed({piece.data(), static_cast<std::size_t>(got)});
  }
  return collector.take();
}

const Mapping* mapping_at(const std::vector<Mapping>& mappings, std::uint64_t address) {
  auto after = std::upper_bound(mappings.begin(), mappings.end(), address,
                                [](std::uint64_t a, const Mapping& m) { return a < m.start; });
  if (after == mappings.begin()) return nullptr;
  --after;
  return address < after->end ? &*after : nullptr;
}

std::optional<ProcessKey> parse_process_key(std::string_view stat) {
  const auto name_end = stat.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  stat.remove_prefix(name_end + 1);
  std::array<std::uint64_t, 29> fields{};  // field n of proc(5); 1 and 2 stay 0
  std::size_t field = 3;
  while (field < fields.size()) {
    stat.remove_prefix(std::min(stat.find_first_not_of(' '), stat.size()));
    if (stat.empty()) return std::nullopt;
    const auto text = stat.substr(0, std::min(stat.find(' '), stat.size()));
    fields[field++] = number(text, 10).value_or(0);
    stat.remove_prefix(text.size());
  }
  return ProcessKey{.start_time = fields[22], .start_code = fields[26], .start_stack = fields[28]};
}

}  // namespace kernwise::symbols
