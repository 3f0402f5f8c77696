// SPDX-License-Identifier: Apache-2.0
#include "common/kube/fields.hpp"

#include <charconv>

#include "common/base/utf8.hpp"

namespace kernwise::kube {

using json::Value;

const Value& member(const Value& of, std::string_view key) {
  static const Value nothing;
  const Value* const found = of.find(key);
  return found == nullptr ? nothing : *found;
}

std::string text_of(const Value& of, std::string_view key, std::size_t max_bytes) {
  const auto& found = member(of, key);
  return found.kind() == json::Kind::string ? printable(found.text(), max_bytes) : std::string();
}

int integer_of(const Value& of, std::string_view key) {
  const auto& found = member(of, key);
  if (found.kind() != json::Kind::number) return 0;
  const auto digits = found.text();
  int number = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return read.ec == std::errc() && read.ptr == digits.data() + digits.size() ? number : 0;
}

std::vector<std::string> texts_of(const Value& of, std::string_view key, std::size_t max) {
  std::vector<std::string> texts;
  for (const auto& item : member(of, key).items()) {
    if (texts.size() == max) break;
    if (item.kind() == json::Kind::string) texts.push_back(printable(item.text(), kMaxText));
  }
  return texts;
}

}  // namespace kernwise::kube
