// SPDX-License-Identifier: Apache-2.0
#include "common/base/json.hpp"

#include <cmath>
#include <string>

#include "common/base/utf8.hpp"
#include "test/fuzz/fuzz.hpp"

namespace kernwise::fuzz {
namespace {

std::string written(const json::Value& value) {
  json::Writer writer;
  return writer.value(value).take();
}

/// Every question a schema may ask of a value.
void ask(const json::Cursor& cursor) {
  if (const auto text = cursor.string()) must(is_printable(*text), "a string is fit to be shown");
  if (const auto number = cursor.number()) must(std::isfinite(*number), "a number is finite");
  (void)cursor.unsigned_integer();
  (void)cursor.boolean();
  if (const auto items = cursor.items(64)) {
    for (const auto& item : *items) ask(item);
  }
  for (const auto& member : cursor.value().members()) {
    if (const auto found = cursor.at(member.key)) ask(*found);
  }
}

}  // namespace

void read(std::string_view input) {
  const auto value = json::parse(input);
  if (!value) return;
  ask(json::Cursor(*value, "input"));
  const auto text = written(*value);
  const auto again = json::parse(text);
  must(again.has_value(), "what was read can be written and read again");
  must(written(*again) == text, "and is the same then");
}

}  // namespace kernwise::fuzz
