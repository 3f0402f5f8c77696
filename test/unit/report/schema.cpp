// SPDX-License-Identifier: Apache-2.0
#include "test/unit/report/schema.hpp"

#include <algorithm>
#include <catch2/catch_all.hpp>
#include <sstream>

#include "common/base/file.hpp"

namespace kernwise::report {
namespace {

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream stream(line.substr(1));
  for (std::string cell; std::getline(stream, cell, '|');) {
    const auto first = cell.find_first_not_of(' ');
    const auto last = cell.find_last_not_of(' ');
    cells.push_back(first == std::string::npos ? "" : cell.substr(first, last - first + 1));
  }
  return cells;
}

void collect(const json::Value& value, const std::string& path, std::vector<std::string>& paths) {
  for (const json::Member& member : value.members()) {
    const std::string below = path.empty() ? member.key : path + "." + member.key;
    if (std::find(paths.begin(), paths.end(), below) == paths.end()) paths.push_back(below);
    collect(member.value, below, paths);
  }
  for (const json::Value& item : value.items()) collect(item, path + "[]", paths);
}

/// Writes a value; where the value is `changed`, the replacement.
class Copier {
 public:
  Copier(const json::Value* changed, std::string_view replacement)
      : changed_(changed), replacement_(replacement) {}

  void copy(const json::Value& value) {
    if (&value == changed_) {
      out_.raw(replacement_);
    } else if (value.kind() == json::Kind::object) {
      copy_members(value);
    } else if (value.kind() == json::Kind::array) {
      out_.begin_array();
      for (const json::Value& item : value.items()) copy(item);
      out_.end_array();
    } else if (value.kind() == json::Kind::string) {
      out_.value(value.text());
    } else if (value.kind() == json::Kind::number) {
      out_.raw(value.text());
    } else {
      out_.raw(value.is_null() ? "null" : value.truth() ? "true" : "false");
    }
  }
  std::string take() { return out_.take(); }

 private:
  void copy_members(const json::Value& value) {
    out_.begin_object();
    for (const json::Member& member : value.members()) {
      if (&member.value == changed_ && replacement_.empty()) continue;
      out_.key(member.key);
      copy(member.value);
    }
    out_.end_object();
  }

  const json::Value* changed_;
  std::string_view replacement_;
  json::Writer out_;
};

}  // namespace

std::vector<Row> schema_rows(std::string_view heading) {
  const Result<std::string> text = read_file(KERNWISE_SCHEMA);
  REQUIRE(text.has_value());
  std::vector<Row> rows;
  std::string section;
  std::istringstream stream(*text);
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with("## ")) section = line.substr(3);
    if (section != heading || !line.starts_with("| `")) continue;
    const std::vector<std::string> cells = cells_of(line);
    REQUIRE(cells.size() == 6);
    const std::string path = cells[0].substr(1, cells[0].size() - 2);
    rows.push_back({path, cells[1], cells[3], cells[5].starts_with("**Required.**")});
    CAPTURE(line);
    CHECK_FALSE(cells[1].empty());
    CHECK(cells[4] == "1");
    CHECK_FALSE(cells[5].empty());
  }
  return rows;
}

std::vector<std::string> wire_paths(const json::Value& document) {
  std::vector<std::string> paths;
  collect(document, "", paths);
  return paths;
}

const json::Value* field_at(const json::Value& document, std::string_view path) {
  const json::Value* value = &document;
  while (value != nullptr && !path.empty()) {
    const std::size_t end = std::min(path.find('.'), path.size());
    std::string_view name = path.substr(0, end);
    const bool in_list = name.ends_with("[]");
    if (in_list) name.remove_suffix(2);
    value = value->find(name);
    if (in_list && value != nullptr) {
      value = value->items().empty() ? nullptr : value->items().data();
    }
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return value;
}

std::string with_field(const json::Value& document, std::string_view path,
                       std::string_view replacement) {
  const json::Value* field = field_at(document, path);
  REQUIRE(field != nullptr);
  Copier copier(field, replacement);
  copier.copy(document);
  return copier.take();
}

std::string text_of(const json::Value& value) {
  Copier copier(nullptr, "");
  copier.copy(value);
  return copier.take();
}

std::string as_complaint(std::string path) {
  for (std::size_t at = path.find("[]"); at != std::string::npos; at = path.find("[]", at)) {
    path.replace(at, 2, "[0]");
  }
  return path;
}

}  // namespace kernwise::report
