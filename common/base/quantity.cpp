// SPDX-License-Identifier: Apache-2.0
#include "common/base/quantity.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

namespace kernwise {
namespace {

constexpr std::size_t kMaxLength = 64;
// An exponent of more digits than this is far outside every quantity in either direction.
constexpr int kMaxExponent = 400;

constexpr std::array<std::pair<std::string_view, double>, 16> kSuffixes{{
    {"", 1},
    {"n", 1e-9},
    {"u", 1e-6},
    {"m", 1e-3},
    {"k", 1e3},
    {"M", 1e6},
    {"G", 1e9},
    {"T", 1e12},
    {"P", 1e15},
    {"E", 1e18},
    {"Ki", 0x1p10},
    {"Mi", 0x1p20},
    {"Gi", 0x1p30},
    {"Ti", 0x1p40},
    {"Pi", 0x1p50},
    {"Ei", 0x1p60},
}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Bytes of `text` that are digits with at most one point between or around them; 0 without a
/// digit.
std::size_t mantissa_length(std::string_view text) {
  std::size_t length = 0, digits = 0, points = 0;
  for (const char c : text) {
    if (is_digit(c)) {
      ++digits;
    } else if (c != '.' || ++points > 1) {
      break;
    }
    ++length;
  }
  return digits == 0 ? 0 : length;
}

/// The exponent of `e3`, `E-6`, `e+2`; nothing when the suffix is not one.
std::optional<int> exponent_of(std::string_view suffix) {
  if (suffix.size() < 2 || (suffix[0] != 'e' && suffix[0] != 'E')) return std::nullopt;
  suffix.remove_prefix(1);
  const bool negative = suffix[0] == '-';
  if (negative || suffix[0] == '+') suffix.remove_prefix(1);
  if (suffix.empty() || !std::all_of(suffix.begin(), suffix.end(), is_digit)) return std::nullopt;
  int value = kMaxExponent;
  const auto [end, error] = std::from_chars(suffix.begin(), suffix.end(), value);
  value = error == std::errc{} ? std::min(value, kMaxExponent) : kMaxExponent;
  return negative ? -value : value;
}

std::optional<double> factor_of(std::string_view suffix) {
  const auto found = std::find_if(kSuffixes.begin(), kSuffixes.end(),
                                  [&](const auto& entry) { return entry.first == suffix; });
  if (found != kSuffixes.end()) return found->second;
  if (const auto exponent = exponent_of(suffix)) return std::pow(10.0, *exponent);
  return std::nullopt;
}

}  // namespace

Result<double> parse_signed_quantity(std::string_view text) {
  if (text.size() > kMaxLength) return invalid("a quantity of more than 64 characters");
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  const std::size_t length = mantissa_length(rest);
  const auto factor = factor_of(rest.substr(length));
  if (length == 0 || !factor) return invalid("not a quantity like 250m or 1Gi");

  // from_chars needs no digit before the point and is locale-free.
  double mantissa = 0;
  const std::string_view number = rest.substr(0, length);
  const auto parsed = std::from_chars(number.begin(), number.end(), mantissa);
  if (parsed.ec != std::errc{}) return invalid("not a quantity like 250m or 1Gi");
  const double amount = mantissa > 0 ? std::min(mantissa * *factor, kMaxQuantity) : 0.0;
  return negative && amount > 0 ? -amount : amount;
}

Result<double> parse_quantity(std::string_view text) {
  auto amount = parse_signed_quantity(text);
  if (amount && *amount < 0) return invalid("a negative quantity");
  return amount;
}

}  // namespace kernwise
