// SPDX-License-Identifier: Apache-2.0
#include "profiler/symbols/demangle.hpp"

#include <cxxabi.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "common/base/utf8.hpp"
#include "profiler/symbols/demangle_rust.hpp"

namespace kernwise::symbols {
namespace {

constexpr std::size_t kMaxMangledBytes = 2048;
constexpr double kMaxDemangledBytes = 1024.0 * 1024.0;
constexpr std::size_t kNone = std::string_view::npos;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}

/// Where the operator's symbol ends when `operator` starts at `at`; `at` when it does not. Its
/// brackets (`operator<`, `operator()`) must not count as brackets.
std::size_t after_operator(std::string_view text, std::size_t at) {
  constexpr std::string_view kWord = "operator";
  if (!text.substr(at).starts_with(kWord) || (at > 0 && is_word(text[at - 1]))) return at;
  const std::size_t end = at + kWord.size();
  if (end < text.size() && is_word(text[end])) return at;
  static constexpr std::array<std::string_view, 14> kSymbols = {
      "()", "[]", "->*", "->", "<<=", ">>=", "<=>", "<<", ">>", "<=", ">=", "<", ">", "&&"};
  for (const auto symbol : kSymbols) {
    if (text.substr(end).starts_with(symbol)) return end + symbol.size();
  }
  return end;
}

/// Walks the characters of a demangled name, telling how deep in brackets each of them is.
class BracketWalk {
 public:
  explicit BracketWalk(std::string_view text) : text_(text) {}
  /// Moves on; false at the end or when brackets do not match.
  bool next() {
    if (at_ >= text_.size()) return false;
    operator_at_ = kNone;
    here_ = at_;
    if (const auto end = after_operator(text_, at_); end != at_) {
      operator_at_ = at_;
      at_ = end;
      return true;
    }
    const char c = text_[at_++];
    if (c == '(' || c == '<' || c == '{' || c == '[') ++depth_;
    if (c == ')' || c == '>' || c == '}' || c == ']') --depth_;
    return depth_ >= 0;
  }
  [[nodiscard]] std::size_t here() const { return here_; }
  [[nodiscard]] char current() const { return text_[here_]; }
  [[nodiscard]] int depth() const { return depth_; }
  [[nodiscard]] bool at_operator() const { return operator_at_ != kNone; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t here_ = 0;
  std::size_t operator_at_ = kNone;
  int depth_ = 0;
};

/// ` const` and the like after a parameter list are not where a return type ends.
bool starts_qualifier(std::string_view rest) {
  for (const std::string_view word : {"const", "volatile", "&", "[", "noexcept", "restrict"}) {
    if (rest.starts_with(word)) return true;
  }
  return false;
}

/// `f<int, g<long> >::h` -> `f<>::h`.
std::string without_template_arguments(std::string_view name) {
  std::string result;
  BracketWalk walk(name);
  int angle = 0;
  std::size_t copied = 0;
  while (walk.next()) {
    if (walk.at_operator()) continue;
    if (walk.current() == '<') {
      if (angle == 0) result += name.substr(copied, walk.here() + 1 - copied);
      ++angle;
    } else if (walk.current() == '>' && angle > 0) {
      --angle;
      if (angle == 0) copied = walk.here();
    }
  }
  if (angle != 0) return std::string(name);
  return result + std::string(name.substr(copied));
}

std::string fitted(std::string name) {
  if (name.size() > kMaxNameBytes) name = without_template_arguments(name);
  return printable(name, kMaxNameBytes);
}

std::optional<std::string> cxx_demangled(const std::string& symbol) {
  if (symbol.size() > kMaxMangledBytes) return std::nullopt;
  if (demangled_size_bound(symbol) > kMaxDemangledBytes) return std::nullopt;
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(
      abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status), &std::free);
  if (status != 0 || !text) return std::nullopt;
  return std::string(text.get());
}

/// The version that a symbol table of a shared library may append (`memcpy@@GLIBC_2.14`).
std::string_view without_version(std::string_view symbol) {
  const auto at = symbol.find('@');
  return at == kNone || at == 0 ? symbol : symbol.substr(0, at);
}

/// One token of a mangled name: a reference (`S3_`, `T_`) or something that is written once.
struct Token {
  std::size_t length = 1;
  bool substitution = false;
  bool parameter = false;
  std::size_t index = 0;  // of a substitution
};

std::optional<Token> reference_at(std::string_view text) {
  std::size_t at = 1;
  std::size_t index = 0;
  while (at < text.size() && (is_digit(text[at]) || (text[at] >= 'A' && text[at] <= 'Z'))) {
    const char c = text[at];
    const auto digit = static_cast<std::size_t>(is_digit(c) ? c - '0' : c - 'A' + 10);
    index = std::min<std::size_t>((index * 36) + digit, kMaxMangledBytes);
    ++at;
  }
  if (at >= text.size() || text[at] != '_') return std::nullopt;
  const bool first = at == 1;
  return Token{.length = at + 1,
               .substitution = text[0] == 'S',
               .parameter = text[0] == 'T',
               .index = first ? 0 : index + 1};
}

Token token_at(std::string_view text) {
  if (text[0] == 'S' || text[0] == 'T') {
    if (const auto reference = reference_at(text)) return *reference;
  }
  if (!is_digit(text[0])) return {};
  std::size_t at = 0;
  std::size_t length = 0;
  while (at < text.size() && is_digit(text[at])) {
    length = std::min((length * 10) + static_cast<std::size_t>(text[at] - '0'), kMaxMangledBytes);
    ++at;
  }
  // A number that is no identifier's length (an array bound, a literal) counts by itself.
  const bool identifier =
      at < text.size() && is_word(text[at]) && length <= text.size() - at && length > 0;
  return {.length = identifier ? at + length : at};
}

}  // namespace

double demangled_size_bound(std::string_view mangled) {
  // The longest builtin and operator names per letter, and a separator.
  constexpr double kPerLetter = 24;
  struct First {
    std::size_t index;
    double written;
  };
  // Substitution k was complete before the first reference to it or to a later one, so it is no
  // longer than all that was written until then.
  std::vector<First> firsts;
  double written = 0;
  for (std::size_t at = 0; at < mangled.size();) {
    const Token token = token_at(mangled.substr(at));
    if (token.substitution) {
      double bound = written;
      const auto known = std::find_if(firsts.begin(), firsts.end(),
                                      [&](const First& f) { return f.index >= token.index; });
      if (known == firsts.end()) {
        firsts.push_back({token.index, written});
      } else {
        bound = known->written;
      }
      written += bound;
    } else if (token.parameter) {
      written += written;
    } else {
      written += token.length == 1 ? kPerLetter : static_cast<double>(token.length);
    }
    at += token.length;
  }
  return written;
}

std::string without_parameters(std::string_view function) {
  BracketWalk walk(function);
  std::size_t parameters = kNone;
  std::size_t name = 0;
  bool named = false;
  while (walk.next()) {
    if (walk.at_operator()) {
      // A conversion operator has spaces of its own: nothing after this starts the name.
      named = named || walk.depth() == 0;
      continue;
    }
    if (walk.current() == '(' && walk.depth() == 1) parameters = walk.here();
    if (walk.current() == ' ' && walk.depth() == 0 && !named &&
        !starts_qualifier(function.substr(walk.here() + 1))) {
      name = walk.here() + 1;
    }
  }
  if (walk.depth() != 0) return std::string(function);
  if (parameters == kNone || parameters <= name) return std::string(function);
  return std::string(function.substr(name, parameters - name));
}

std::string demangled(std::string_view symbol) {
  const std::string name(without_version(symbol));
  if (name.starts_with("_R")) return fitted(rust_demangled(name).value_or(name));
  if (!name.starts_with("_Z")) return fitted(name);
  const auto text = cxx_demangled(name);
  if (!text) return fitted(name);
  if (has_rust_hash(*text)) return fitted(rust_legacy_name(*text));
  return fitted(without_parameters(*text));
}

}  // namespace kernwise::symbols
