// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "common/base/result.hpp"

/// The only door through which JSON enters or leaves this program, apart from the scheduler
/// listener's simdjson. RapidJSON converts no number here (28 bytes kill Debian's build:
/// CVE-2024-38517), recursion is replaced by a depth limit, and UTF-8 is validated.
namespace kernwise::json {

struct Limits {
  std::size_t depth = 16;  ///< nested arrays and objects; 64 for Kubernetes objects, 256 at most
  std::size_t bytes = 1024UL * 1024;  ///< of the text
  std::size_t values = 1'000'000;     ///< values in the whole document
};

enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

class Value;
struct Member;

/// One JSON value, immutable after parsing. Numbers keep their text until somebody asks for a type,
/// so range errors name the field. Object members keep their order; duplicate keys are refused.
class Value {
 public:
  Value() = default;
  [[nodiscard]] Kind kind() const { return static_cast<Kind>(content_.index()); }
  [[nodiscard]] bool is_null() const { return kind() == Kind::null; }
  /// Text of a string or digits of a number; empty for everything else.
  [[nodiscard]] std::string_view text() const;
  [[nodiscard]] bool truth() const;
  /// The elements of an array; empty for everything else.
  [[nodiscard]] const std::vector<Value>& items() const;
  /// The members of an object in written order; empty for everything else.
  [[nodiscard]] const std::vector<Member>& members() const;
  /// The member `key`, or nullptr (also when this is not an object).
  [[nodiscard]] const Value* find(std::string_view key) const;

 private:
  friend class Builder;
  struct Digits {
    std::string text;
  };
  // In the order of Kind. One of them at a time: an array of small numbers is the cheapest way to
  // make a receiver spend memory, so the size of a Value is what bounds that.
  std::variant<std::monostate, bool, Digits, std::string, std::vector<Value>, std::vector<Member>>
      content_;
};

struct Member {
  std::string key;
  Value value;
};

/// Parses one complete document. Errors name the byte offset and what is wrong. A number of more
/// than 64 characters is refused.
[[nodiscard]] Result<Value> parse(std::string_view text, const Limits& limits = {});

/// A value and the path that leads to it, so that every complaint names the field
/// (`containers[3].shares.disk: expected a number`).
class Cursor {
 public:
  Cursor(const Value& value, std::string path) : value_(&value), path_(std::move(path)) {}

  [[nodiscard]] const Value& value() const { return *value_; }
  [[nodiscard]] const std::string& path() const { return path_; }

  /// A required member of an object.
  [[nodiscard]] Result<Cursor> at(std::string_view key) const;
  /// An optional member: no value when absent or null.
  [[nodiscard]] Result<std::vector<Cursor>> optional(std::string_view key) const;
  /// The elements of an array of at most `max` elements.
  [[nodiscard]] Result<std::vector<Cursor>> items(std::size_t max) const;

  /// A string of at most `max_bytes` bytes without NUL, other control characters or bidirectional
  /// overrides (`is_printable`).
  [[nodiscard]] Result<std::string> string(std::size_t max_bytes = 256) const;
  [[nodiscard]] Result<bool> boolean() const;
  /// A finite number within [low, high].
  [[nodiscard]] Result<double> number(double low = std::numeric_limits<double>::lowest(),
                                      double high = std::numeric_limits<double>::max()) const;
  /// An integer written as one (no fraction, no exponent) within [0, high].
  [[nodiscard]] Result<std::uint64_t> unsigned_integer(
      std::uint64_t high = std::numeric_limits<std::uint64_t>::max()) const;
  [[nodiscard]] Error error(std::string_view complaint) const;

 private:
  const Value* value_;
  std::string path_;
};

/// Builds JSON text. Strings are escaped so that the result is also safe inside HTML and logs
/// (`<`, `>`, `&`, U+2028, U+2029 and control characters as \u), invalid UTF-8 becomes U+FFFD, and
/// numbers that JSON cannot hold (NaN, infinity) become null.
class Writer {
 public:
  Writer();
  ~Writer();
  Writer(Writer&&) noexcept;
  Writer& operator=(Writer&&) noexcept;

  Writer& begin_object();
  Writer& end_object();
  Writer& begin_array();
  Writer& end_array();
  Writer& key(std::string_view name);
  Writer& value(std::string_view text);
  Writer& value(const char* text) { return value(std::string_view(text)); }
  Writer& value(double number);
  Writer& value(std::int64_t number);
  Writer& value(std::uint64_t number);
  Writer& value(int number) { return value(static_cast<std::int64_t>(number)); }
  Writer& value(unsigned number) { return value(static_cast<std::uint64_t>(number)); }
  Writer& value(bool truth);
  Writer& null();
  /// A parsed value again, with numbers as they were written.
  Writer& value(const Value& parsed);
  /// Text that is already JSON (an embedded document of our own).
  Writer& raw(std::string_view json_text);
  template <class T>
  Writer& member(std::string_view name, const T& content) {
    return key(name).value(content);
  }
  /// The text so far; call when every object and array is closed.
  [[nodiscard]] std::string take();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kernwise::json
