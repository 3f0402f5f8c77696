// SPDX-License-Identifier: Apache-2.0
#include "profiler/symbols/demangle_rust.hpp"

#include <libiberty/demangle.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "profiler/symbols/demangle.hpp"

namespace kernwise::symbols {
namespace {

constexpr std::size_t kMaxMangledBytes = 2048;
constexpr double kMaxDemangledBytes = 1024.0 * 1024.0;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

void append_piece(const char* text, std::size_t size, void* to) {
  static_cast<std::string*>(to)->append(text, size);
}

}  // namespace

/// `::h` and 16 hex digits, as rustc's legacy scheme ends every name.
bool has_rust_hash(std::string_view name) {
  constexpr std::size_t kLength = 19;
  if (name.size() <= kLength || name.substr(name.size() - kLength, 3) != "::h") return false;
  const auto hash = name.substr(name.size() - 16);
  return std::all_of(hash.begin(), hash.end(),
                     [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

std::string rust_legacy_name(std::string_view demangled_text) {
  std::string name(demangled_text.substr(0, demangled_text.size() - 19));
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kEscapes = {{
      {"_$LT$", "<"},
      {"$LT$", "<"},
      {"$GT$", ">"},
      {"$LP$", "("},
      {"$RP$", ")"},
      {"$C$", ","},
      {"$RF$", "&"},
      {"$BP$", "*"},
      {"$u20$", " "},
      {"$u7b$", "{"},
      {"$u7d$", "}"},
      {"..", "::"},
  }};
  for (const auto& [from, to] : kEscapes) replace_all(name, from, to);
  return name;
}

std::optional<std::string> rust_demangled(const std::string& symbol) {
  if (symbol.size() > kMaxMangledBytes) return std::nullopt;
  if (rust_size_bound(symbol) > kMaxDemangledBytes) return std::nullopt;
  std::string text;
  if (rust_demangle_callback(symbol.c_str(), 0, append_piece, &text) == 0) return std::nullopt;
  return text;
}

double rust_size_bound(std::string_view mangled) {
  constexpr double kPerLetter = 8;                // `Y` writes `< as >`, `D` writes `dyn `
  std::vector<double> before(mangled.size(), 0);  // what is written before each letter
  double written = 0;
  for (std::size_t at = 0; at < mangled.size(); ++at) {
    before[at] = written;
    written += kPerLetter;
    if (mangled[at] != 'B') continue;
    // A back reference counts from behind the prefix; it writes no more than what lies between.
    std::uint64_t target = 0;
    auto end = at + 1;
    for (; end < mangled.size() && (is_digit(mangled[end]) || is_letter(mangled[end])); ++end) {
      const char c = mangled[end];
      const int digit = is_digit(c) ? c - '0' : c >= 'a' ? c - 'a' + 10 : c - 'A' + 36;
      target = std::min((target * 62) + static_cast<std::uint64_t>(digit),
                        static_cast<std::uint64_t>(kMaxMangledBytes));
    }
    if (end == mangled.size() || mangled[end] != '_') continue;  // a letter of a name
    constexpr std::uint64_t kPrefix = 2;                         // `_R`
    const auto from = kPrefix + (end == at + 1 ? 0 : target + 1);
    if (from < at) written += before[at] - before[from];
  }
  return written;
}

}  // namespace kernwise::symbols
