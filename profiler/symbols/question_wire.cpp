// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>
#include <type_traits>

#include "common/base/utf8.hpp"
#include "profiler/symbols/demangle.hpp"
#include "profiler/symbols/question.hpp"

namespace kernwise::symbols {
namespace {

template <class T>
void append(std::string& bytes, T value) {
  static_assert(std::is_integral_v<T>);
  char raw[sizeof(value)];
  std::memcpy(raw, &value, sizeof(value));
  bytes.append(raw, sizeof(value));
}

void append_text(std::string& bytes, std::string_view text, std::size_t max) {
  text = text.substr(0, max);
  append(bytes, static_cast<std::uint16_t>(text.size()));
  bytes.append(text);
}

class Cutter {
 public:
  explicit Cutter(std::string_view bytes) : bytes_(bytes) {}
  template <class T>
  [[nodiscard]] T take() {
    T value{};
    if (bytes_.size() < sizeof(value)) {
      broken_ = true;
      return value;
    }
    bytes_.copy(reinterpret_cast<char*>(&value), sizeof(value));
    bytes_.remove_prefix(sizeof(value));
    return value;
  }
  [[nodiscard]] std::string take_text(std::size_t max) {
    const auto size = take<std::uint16_t>();
    if (size > max || size > bytes_.size()) {
      broken_ = true;
      return {};
    }
    std::string text(bytes_.substr(0, size));
    bytes_.remove_prefix(size);
    return text;
  }
  [[nodiscard]] bool complete() const { return !broken_ && bytes_.empty(); }
  [[nodiscard]] bool broken() const { return broken_; }

 private:
  std::string_view bytes_;
  bool broken_ = false;
};

constexpr std::uint8_t kReadable = 1;
constexpr std::uint8_t kGo = 2;

}  // namespace

std::string encode(const Question& question) {
  std::string bytes;
  append(bytes, static_cast<std::uint8_t>(question.kind));
  append(bytes, static_cast<std::uint16_t>(question.addresses.size()));
  for (const auto address : question.addresses) append(bytes, address);
  return bytes;
}

std::optional<Question> decode_question(std::string_view bytes) {
  Cutter cutter(bytes);
  Question question;
  const auto kind = cutter.take<std::uint8_t>();
  const auto count = cutter.take<std::uint16_t>();
  if (kind < 1 || kind > static_cast<std::uint8_t>(FileKind::kernel) || count > kMaxAsked) {
    return std::nullopt;
  }
  question.kind = static_cast<FileKind>(kind);
  for (int i = 0; i < count; ++i) question.addresses.push_back(cutter.take<std::uint64_t>());
  if (!cutter.complete()) return std::nullopt;
  if (!std::ranges::is_sorted(question.addresses)) return std::nullopt;
  return question;
}

std::string encode(const Answer& answer) {
  std::string bytes;
  append(bytes,
         static_cast<std::uint8_t>((answer.readable ? kReadable : 0) | (answer.go ? kGo : 0)));
  append_text(bytes, answer.build_id, kMaxBuildIdBytes);
  for (const auto& function : answer.functions) {
    append(bytes, function.begin);
    append(bytes, function.end);
    append_text(bytes, function.symbol, kMaxNameBytes);
  }
  return bytes;
}

std::optional<Answer> decode_answer(std::string_view bytes, const Question& asked) {
  if (bytes.size() > kMaxAnswerBytes) return std::nullopt;
  Cutter cutter(bytes);
  Answer answer;
  const auto flags = cutter.take<std::uint8_t>();
  answer.readable = (flags & kReadable) != 0;
  answer.go = (flags & kGo) != 0;
  answer.build_id = cutter.take_text(kMaxBuildIdBytes);
  if (!answer.readable) return cutter.complete() ? std::optional(answer) : std::nullopt;
  for (const auto address : asked.addresses) {
    Function function;
    function.begin = cutter.take<std::uint64_t>();
    function.end = cutter.take<std::uint64_t>();
    function.symbol = cutter.take_text(kMaxNameBytes);
    if (cutter.broken() || address < function.begin || address >= function.end) {
      return std::nullopt;
    }
    if (!is_printable(function.symbol)) return std::nullopt;
    answer.functions.push_back(std::move(function));
  }
  return cutter.complete() ? std::optional(answer) : std::nullopt;
}

}  // namespace kernwise::symbols
