// SPDX-License-Identifier: Apache-2.0
#include "common/base/json.hpp"

#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>
#include <rapidjson/stream.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "common/base/utf8.hpp"

namespace kernwise::json {
namespace {

/// No caller may ask for more nesting than this: destroying and copying a Value recurse.
constexpr std::size_t kDepthCeiling = 256;
constexpr std::size_t kMaxDigits = 64;
constexpr std::size_t kShownBytes = 64;  ///< of somebody else's text in a complaint

/// In place, in a copy of the text, is twice as fast as through the reader's own stack. Encoding is
/// validated by us before (the bytes) and after (what escapes made), which is quicker and stricter:
/// the reader accepts "\udc00".
constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseInsituFlag |
                            rapidjson::kParseNumbersAsStringsFlag;
constexpr std::size_t kFewMembers = 8;

/// A key that occurs twice, if there is one.
std::optional<std::string_view> repeated_key(const std::vector<Member>& members) {
  if (members.size() <= kFewMembers) {
    for (auto one = members.begin(); one != members.end(); ++one) {
      const auto same = [&one](const Member& other) { return other.key == one->key; };
      if (std::any_of(members.begin(), one, same)) return one->key;
    }
    return std::nullopt;
  }
  std::vector<std::string_view> keys;
  keys.reserve(members.size());
  for (const Member& member : members) keys.emplace_back(member.key);
  std::sort(keys.begin(), keys.end());
  const auto twice = std::adjacent_find(keys.begin(), keys.end());
  return twice == keys.end() ? std::nullopt : std::optional(*twice);
}

/// The place of the first byte that is not part of well-formed UTF-8.
std::size_t first_broken(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const CodePoint next = first_code_point(text.substr(at));
    if (!next.valid) break;
    at += next.bytes;
  }
  return at;
}

}  // namespace

/// Receives RapidJSON's events. Returning false stops the parser at once; `complaint` says why.
class Builder {
 public:
  explicit Builder(const Limits& limits)
      : max_depth_(std::min(limits.depth, kDepthCeiling)), max_values_(limits.values) {}

  // NOLINTBEGIN(readability-identifier-naming): RapidJSON names its events so.
  bool Null() { return put(Value{}); }
  bool Bool(bool truth) { return put(scalar(truth)); }
  bool RawNumber(const char* text, rapidjson::SizeType length, bool) {
    if (length > kMaxDigits) return stop("a number of more than 64 characters");
    return put(scalar(Value::Digits{std::string(text, length)}));
  }
  bool String(const char* text, rapidjson::SizeType length, bool) {
    if (!is_valid_utf8({text, length})) return stop("a string that is not valid UTF-8");
    return put(scalar(std::string(text, length)));
  }
  bool StartObject() { return open(scalar(std::vector<Member>{})); }
  bool StartArray() { return open(scalar(std::vector<Value>{})); }
  bool Key(const char* text, rapidjson::SizeType length, bool) {
    if (!is_valid_utf8({text, length})) return stop("a key that is not valid UTF-8");
    std::vector<Member>& members = this->members();
    if (members.empty()) members.reserve(4);
    members.push_back({std::string(text, length), {}});
    return true;
  }
  bool EndObject(rapidjson::SizeType) {
    if (const auto key = repeated_key(members())) {
      return stop("the key '" + printable(*key, kShownBytes) + "' twice in one object");
    }
    open_.pop_back();
    return true;
  }
  bool EndArray(rapidjson::SizeType) {
    open_.pop_back();
    return true;
  }
  // Never called: numbers arrive as text. The reader's template needs them to exist.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }
  // NOLINTEND(readability-identifier-naming)

  [[nodiscard]] const std::string& complaint() const { return complaint_; }
  [[nodiscard]] Value take() { return std::move(root_); }

 private:
  template <class Content>
  static Value scalar(Content content) {
    Value value;
    value.content_ = std::move(content);
    return value;
  }
  std::vector<Member>& members() { return std::get<std::vector<Member>>(open_.back()->content_); }
  bool stop(std::string complaint) {
    complaint_ = std::move(complaint);
    return false;
  }
  /// Stores the value where it belongs; `last_` points to it until the next one comes.
  bool put(Value value) {
    if (++values_ > max_values_)
      return stop("more than " + std::to_string(max_values_) + " values");
    if (open_.empty()) {
      last_ = &root_;
    } else if (auto* items = std::get_if<std::vector<Value>>(&open_.back()->content_)) {
      last_ = &items->emplace_back();
    } else {
      last_ = &members().back().value;
    }
    *last_ = std::move(value);
    return true;
  }
  // A pointer to an open container stays good: only the innermost one grows.
  bool open(Value value) {
    if (open_.size() >= max_depth_) {
      return stop("nesting deeper than " + std::to_string(max_depth_));
    }
    if (!put(std::move(value))) return false;
    open_.push_back(last_);
    return true;
  }

  std::size_t max_depth_;
  std::size_t max_values_;
  std::size_t values_ = 0;
  std::vector<Value*> open_;
  Value root_;
  Value* last_ = nullptr;
  std::string complaint_;
};

std::string_view Value::text() const {
  if (const auto* string = std::get_if<std::string>(&content_)) return *string;
  if (const auto* digits = std::get_if<Digits>(&content_)) return digits->text;
  return {};
}

bool Value::truth() const {
  const auto* truth = std::get_if<bool>(&content_);
  return truth != nullptr && *truth;
}

const std::vector<Value>& Value::items() const {
  static const std::vector<Value> none;
  const auto* items = std::get_if<std::vector<Value>>(&content_);
  return items != nullptr ? *items : none;
}

const std::vector<Member>& Value::members() const {
  static const std::vector<Member> none;
  const auto* members = std::get_if<std::vector<Member>>(&content_);
  return members != nullptr ? *members : none;
}

const Value* Value::find(std::string_view key) const {
  for (const Member& member : members()) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

Result<Value> parse(std::string_view text, const Limits& limits) {
  if (text.size() > limits.bytes) {
    return invalid("JSON: larger than " + std::to_string(limits.bytes) + " bytes");
  }
  // The stream reports its end as NUL, so a real one would hide whatever follows it.
  if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
    return invalid("JSON: byte " + std::to_string(nul) + ": a NUL");
  }
  if (!is_valid_utf8(text)) {
    return invalid("JSON: byte " + std::to_string(first_broken(text)) + ": not valid UTF-8");
  }
  std::string scratch(text);
  rapidjson::InsituStringStream stream(scratch.data());
  rapidjson::Reader reader;
  Builder builder(limits);
  const rapidjson::ParseResult outcome = reader.Parse<kFlags>(stream, builder);
  if (outcome) return builder.take();
  const std::string& own = builder.complaint();
  return invalid("JSON: byte " + std::to_string(outcome.Offset()) + ": " +
                 (own.empty() ? rapidjson::GetParseError_En(outcome.Code()) : own));
}

Error Cursor::error(std::string_view complaint) const {
  return invalid(path_.empty() ? std::string(complaint) : path_ + ": " + std::string(complaint));
}

Result<Cursor> Cursor::at(std::string_view key) const {
  if (value_->kind() != Kind::object) return error("expected an object");
  std::string path = path_.empty() ? std::string(key) : path_ + "." + std::string(key);
  const Value* found = value_->find(key);
  if (found == nullptr) return invalid(path + ": missing");
  return Cursor(*found, std::move(path));
}

Result<std::vector<Cursor>> Cursor::optional(std::string_view key) const {
  if (value_->kind() != Kind::object) return error("expected an object");
  std::vector<Cursor> none_or_one;
  const Value* found = value_->find(key);
  if (found != nullptr && !found->is_null()) {
    none_or_one.emplace_back(*found,
                             path_.empty() ? std::string(key) : path_ + "." + std::string(key));
  }
  return none_or_one;
}

Result<std::vector<Cursor>> Cursor::items(std::size_t max) const {
  if (value_->kind() != Kind::array) return error("expected an array");
  const std::vector<Value>& elements = value_->items();
  if (elements.size() > max) return error("more than " + std::to_string(max) + " elements");
  std::vector<Cursor> cursors;
  cursors.reserve(elements.size());
  for (std::size_t at = 0; at < elements.size(); ++at) {
    cursors.emplace_back(elements[at], path_ + "[" + std::to_string(at) + "]");
  }
  return cursors;
}

Result<std::string> Cursor::string(std::size_t max_bytes) const {
  if (value_->kind() != Kind::string) return error("expected a string");
  const std::string_view text = value_->text();
  if (text.size() > max_bytes) return error("longer than " + std::to_string(max_bytes) + " bytes");
  if (!is_printable(text)) return error("a control character in the string");
  return std::string(text);
}

Result<bool> Cursor::boolean() const {
  if (value_->kind() != Kind::boolean) return error("expected true or false");
  return value_->truth();
}

Result<double> Cursor::number(double low, double high) const {
  if (value_->kind() != Kind::number) return error("expected a number");
  const std::string_view digits = value_->text();
  double number = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (problem != std::errc{} || end != digits.data() + digits.size() || !std::isfinite(number) ||
      number < low || number > high) {
    return error("out of range");
  }
  return number;
}

Result<std::uint64_t> Cursor::unsigned_integer(std::uint64_t high) const {
  if (value_->kind() != Kind::number) return error("expected an integer");
  const std::string_view digits = value_->text();
  std::uint64_t number = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (problem == std::errc::result_out_of_range) return error("out of range");
  if (problem != std::errc{} || end != digits.data() + digits.size()) {
    return error("expected an integer of 0 or more, without fraction or exponent");
  }
  if (number > high) return error("out of range");
  return number;
}

}  // namespace kernwise::json
