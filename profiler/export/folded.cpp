// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>

#include "profiler/export/stack_profile.hpp"

namespace kernwise::profiler {
namespace {

constexpr std::uint64_t kMicrosecond = 1000;

void append_frame(std::string& line, const std::string& name) {
  if (!line.empty()) line += ';';
  for (const char c : name) line += c == ';' ? ':' : c == '\n' ? ' ' : c;
}

}  // namespace

std::string folded(const StackProfile& profile) {
  std::map<std::string, std::uint64_t> lines;
  for (const auto& stack : profile.stacks) {
    std::string line;
    for (const auto& frame : stack.frames) append_frame(line, frame.function);
    if (!stack.wait.empty()) append_frame(line, "[" + stack.wait + "]");
    lines[line] += profile.kind == StackKind::cpu ? stack.count : stack.nanoseconds / kMicrosecond;
  }
  std::vector<std::pair<std::string, std::uint64_t>> sorted(lines.begin(), lines.end());
  std::ranges::sort(sorted, [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  std::string text;
  for (const auto& [line, amount] : sorted) text += line + " " + std::to_string(amount) + "\n";
  return text;
}

}  // namespace kernwise::profiler
