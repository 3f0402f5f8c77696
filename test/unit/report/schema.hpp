// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/json.hpp"

/// SCHEMA.md as data, and documents with one field changed.
namespace kernwise::report {

struct Row {
  std::string path;   ///< `containers[].shares.disk`
  std::string type;   ///< `integer`, `list of strings`, ...
  std::string range;  ///< `0..1`, `≤ 64 bytes`, ...
  bool required = false;
  [[nodiscard]] bool is_list() const { return type.starts_with("list"); }
};

/// The rows of the table below `## heading`.
[[nodiscard]] std::vector<Row> schema_rows(std::string_view heading);

/// The path of every field in the document, objects and lists included; each once, in its order.
[[nodiscard]] std::vector<std::string> wire_paths(const json::Value& document);

/// The field at `path` (in the first element of each list); nullptr when it is not there.
[[nodiscard]] const json::Value* field_at(const json::Value& document, std::string_view path);

/// The text of the document with other text in place of that field; empty text leaves it out.
[[nodiscard]] std::string with_field(const json::Value& document, std::string_view path,
                                     std::string_view replacement);

/// The text of a value.
[[nodiscard]] std::string text_of(const json::Value& value);

/// `containers[].shares` -> `containers[0].shares`, as complaints name it.
[[nodiscard]] std::string as_complaint(std::string path);

}  // namespace kernwise::report
