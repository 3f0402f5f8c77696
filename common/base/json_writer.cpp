// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cassert>
#include <charconv>
#include <cmath>

#include "common/base/json.hpp"
#include "common/base/utf8.hpp"

namespace kernwise::json {
namespace {

/// Characters that leave as \u although JSON allows them as they are.
bool needs_escape(char32_t code_point) {
  return is_control(code_point) || code_point == U'<' || code_point == U'>' || code_point == U'&' ||
         code_point == 0x2028 || code_point == 0x2029;
}

void append_hex(std::string& out, char32_t code_point) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out.append("\\u");
  for (const unsigned shift : {12U, 8U, 4U, 0U})
    out.push_back(kDigits[(code_point >> shift) & 0xF]);
}

/// One character that is not plain ASCII; returns its bytes.
std::size_t append_special(std::string& out, std::string_view text) {
  const CodePoint next = first_code_point(text);
  if (!next.valid) {
    out.append(kReplacement);
  } else if (next.value == U'"' || next.value == U'\\') {
    out.push_back('\\');
    out.push_back(text.front());
  } else if (needs_escape(next.value)) {
    append_hex(out, next.value);
  } else {
    out.append(text.substr(0, next.bytes));
  }
  return next.bytes;
}

bool is_plain(char byte) {
  return byte >= ' ' && byte < 0x7F && byte != '"' && byte != '\\' && byte != '<' && byte != '>' &&
         byte != '&';
}

void append_string(std::string& out, std::string_view text) {
  out.push_back('"');
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && is_plain(text[plain])) ++plain;
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (!text.empty()) text.remove_prefix(append_special(out, text));
  }
  out.push_back('"');
}

}  // namespace

struct Writer::State {
  std::string text;
  std::string open;  ///< the closing brackets that are owed, innermost last
  bool wants_comma = false;

  void separate() {
    if (wants_comma) text.push_back(',');
  }
  void begin(char bracket, char closing) {
    separate();
    text.push_back(bracket);
    open.push_back(closing);
    wants_comma = false;
  }
  void end([[maybe_unused]] char closing) {
    assert(!open.empty() && open.back() == closing);
    text.push_back(open.back());
    open.pop_back();
    wants_comma = true;
  }
  void put(std::string_view ready) {
    separate();
    text.append(ready);
    wants_comma = true;
  }
  template <class Number>
  void put_number(Number number) {
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    put({digits.data(), static_cast<std::size_t>(end - digits.data())});
  }
};

Writer::Writer() : state_(std::make_unique<State>()) {}
Writer::~Writer() = default;
Writer::Writer(Writer&&) noexcept = default;
Writer& Writer::operator=(Writer&&) noexcept = default;

Writer& Writer::begin_object() {
  state_->begin('{', '}');
  return *this;
}

Writer& Writer::end_object() {
  state_->end('}');
  return *this;
}

Writer& Writer::begin_array() {
  state_->begin('[', ']');
  return *this;
}

Writer& Writer::end_array() {
  state_->end(']');
  return *this;
}

Writer& Writer::key(std::string_view name) {
  state_->separate();
  append_string(state_->text, name);
  state_->text.push_back(':');
  state_->wants_comma = false;
  return *this;
}

Writer& Writer::value(std::string_view text) {
  state_->separate();
  append_string(state_->text, text);
  state_->wants_comma = true;
  return *this;
}

Writer& Writer::value(double number) {
  if (!std::isfinite(number)) return null();
  state_->put_number(number);
  return *this;
}

Writer& Writer::value(std::int64_t number) {
  state_->put_number(number);
  return *this;
}

Writer& Writer::value(std::uint64_t number) {
  state_->put_number(number);
  return *this;
}

Writer& Writer::value(bool truth) {
  state_->put(truth ? "true" : "false");
  return *this;
}

Writer& Writer::null() {
  state_->put("null");
  return *this;
}

Writer& Writer::raw(std::string_view json_text) {
  state_->put(json_text);
  return *this;
}

Writer& Writer::value(const Value& parsed) {
  switch (parsed.kind()) {
    case Kind::null:
      return null();
    case Kind::boolean:
      return value(parsed.truth());
    case Kind::number:
      return raw(parsed.text());
    case Kind::string:
      return value(parsed.text());
    case Kind::array:
      begin_array();
      for (const Value& item : parsed.items()) value(item);
      return end_array();
    case Kind::object:
      begin_object();
      for (const auto& [name, content] : parsed.members()) key(name).value(content);
      return end_object();
  }
  return *this;
}

std::string Writer::take() {
  assert(state_->open.empty());
  state_->wants_comma = false;
  return std::exchange(state_->text, {});
}

}  // namespace kernwise::json
