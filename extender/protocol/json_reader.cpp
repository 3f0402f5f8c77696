// SPDX-License-Identifier: Apache-2.0
#include "extender/protocol/json_reader.hpp"

#include <algorithm>
#include <limits>

#include "extender/protocol/byte_scan.hpp"

namespace kernwise::protocol::reader {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

std::string Path::text() const {
  std::string before = parent == nullptr ? std::string() : parent->text();
  if (index != kNotAnItem) return before + "[" + std::to_string(index) + "]";
  if (!before.empty()) before += '.';
  return before.append(key);
}

Error complain(const Path& path, std::string_view complaint) {
  std::string context = path.text();
  if (context.empty()) context = "body";
  return invalid(context.append(": ").append(complaint));
}

Result<> check_text(std::string_view content, const Path& path, std::size_t max_bytes) {
  if (content.size() > max_bytes) {
    return complain(path, "longer than " + std::to_string(max_bytes) + " bytes");
  }
  if (has_control(content)) return complain(path, "a control character in the string");
  return {};
}

Result<std::string_view> text(Element value, const Path& path, std::size_t max_bytes) {
  std::string_view content;
  if (value.get(content) != simdjson::SUCCESS) return complain(path, "expected a string");
  if (const auto checked = check_text(content, path, max_bytes); !checked) return checked.error();
  return content;
}

Result<bool> boolean(Element value, const Path& path) {
  bool truth = false;
  if (value.get(truth) != simdjson::SUCCESS) return complain(path, "expected true or false");
  return truth;
}

Result<std::int32_t> integer32(Element value, const Path& path) {
  std::int64_t number = 0;
  // simdjson calls 1.0 and 1e3 floats, so they are refused here as the other reader refuses them.
  if (!value.is_int64() || value.get(number) != simdjson::SUCCESS ||
      number < std::numeric_limits<std::int32_t>::min() ||
      number > std::numeric_limits<std::int32_t>::max()) {
    return complain(path, "expected an integer of 32 bits");
  }
  return static_cast<std::int32_t>(number);
}

bool equal_folded(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char left, char right) { return lower(left) == lower(right); });
}

}  // namespace kernwise::protocol::reader
