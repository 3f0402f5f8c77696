// SPDX-License-Identifier: Apache-2.0
#include "cli/table.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "common/base/utf8.hpp"

namespace kernwise::cli {
namespace {

constexpr std::size_t kMostText = 1'000;

/// At most three decimals, and none where there is nothing behind the point.
std::string shortened(std::string_view digits) {
  double number = 0;
  const auto [stop, problem] =
      std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (problem != std::errc{} || std::abs(number) >= 1e15) return std::string(digits);
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f", number);
  std::string rounded(text.data());
  rounded.erase(rounded.find_last_not_of('0') + 1);
  if (rounded.ends_with('.')) rounded.pop_back();
  return rounded;
}

std::string text_of(const json::Value& value) {
  switch (value.kind()) {
    case json::Kind::null:
      return "-";
    case json::Kind::boolean:
      return value.truth() ? "true" : "false";
    case json::Kind::number:
      return shortened(value.text());
    case json::Kind::string:
      return value.text().empty() ? "-" : printable(value.text(), kMostText);
    case json::Kind::array:
    case json::Kind::object:
      break;
  }
  std::string joined;
  for (const json::Value& item : value.items()) {
    joined.append(joined.empty() ? "" : ", ").append(text_of(item));
  }
  for (const json::Member& member : value.members()) {
    joined.append(joined.empty() ? "" : ", ").append(printable(member.key, kMostText));
    joined.append(" ").append(text_of(member.value));
  }
  return joined.empty() ? "-" : joined;
}

}  // namespace

std::string columns(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i] + std::string(widths[i] + 2 - row[i].size(), ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

const json::Value* at(const json::Value& value, std::string_view path) {
  const json::Value* found = &value;
  while (found != nullptr && !path.empty()) {
    const std::string_view key = path.substr(0, path.find('.'));
    path.remove_prefix(std::min(path.size(), key.size() + 1));
    found = found->find(key);
  }
  return found;
}

std::string text_at(const json::Value& value, std::string_view path) {
  const json::Value* const found = at(value, path);
  return found == nullptr ? "-" : text_of(*found);
}

}  // namespace kernwise::cli
