// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <simdjson.h>

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.hpp"

/// Internal to this room: typed access to simdjson's values with complaints that name the field.
namespace kernwise::protocol::reader {

using Element = simdjson::dom::element;

/// Where a value stands (`Pod.spec.containers[2].image`). Lives on the stack of the reading
/// functions; the text is put together only when there is something to complain about.
struct Path {
  const Path* parent = nullptr;
  std::string_view key;
  std::size_t index = kNotAnItem;

  static constexpr std::size_t kNotAnItem = static_cast<std::size_t>(-1);
  [[nodiscard]] std::string text() const;
};

[[nodiscard]] Error complain(const Path& path, std::string_view complaint);

/// No more than `max_bytes`, and no control character.
[[nodiscard]] Result<> check_text(std::string_view content, const Path& path,
                                  std::size_t max_bytes);
/// A string that passes check_text(). The view lives as long as the parsed document.
[[nodiscard]] Result<std::string_view> text(Element value, const Path& path, std::size_t max_bytes);
[[nodiscard]] Result<bool> boolean(Element value, const Path& path);
[[nodiscard]] Result<std::int32_t> integer32(Element value, const Path& path);

[[nodiscard]] bool equal_folded(std::string_view a, std::string_view b);

/// What to do with one member of an object.
template <class Target>
struct Field {
  std::string_view key;
  Result<> (*read)(Element value, const Path& path, Target& target);
};

/// Hands each known member to its reader. Null is the same as absent, unknown members are skipped,
/// a known member that occurs twice is an error.
template <class Target, std::size_t kFields>
[[nodiscard]] Result<> object(Element value, const Path& path,
                              const std::array<Field<Target>, kFields>& fields, Target& target) {
  simdjson::dom::object members;
  if (value.get(members) != simdjson::SUCCESS) return complain(path, "expected an object");
  std::bitset<kFields> seen;
  for (const auto [key, member] : members) {
    for (std::size_t i = 0; i < kFields; ++i) {
      const Field<Target>& field = fields[i];
      if (key != field.key) continue;
      const Path here{&path, field.key};
      if (seen[i]) return complain(here, "given twice");
      seen[i] = true;
      if (member.is_null()) continue;
      if (const Result<> read = field.read(member, here, target); !read) return read.error();
    }
  }
  return {};
}

/// Calls `read(item, path)` for each item of an array of at most `max_items`.
template <class Read>
[[nodiscard]] Result<> items(Element value, const Path& path, std::size_t max_items, Read read) {
  simdjson::dom::array array;
  if (value.get(array) != simdjson::SUCCESS) return complain(path, "expected an array");
  std::size_t index = 0;
  for (const Element item : array) {
    if (index == max_items) {
      return complain(path, "more than " + std::to_string(max_items) + " items");
    }
    if (const Result<> done = read(item, Path{&path, {}, index}); !done) return done.error();
    ++index;
  }
  return {};
}

}  // namespace kernwise::protocol::reader
