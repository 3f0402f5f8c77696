// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "common/base/options_sources.hpp"
#include "common/base/utf8.hpp"

namespace kernwise::options {
namespace {

constexpr std::size_t kShownBytes = 64;

Error expected(const std::string& what, std::string_view written) {
  return invalid("expected " + what + ", got '" + printable(written, kShownBytes) + "'");
}

/// The whole text as a number, else nothing.
template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc{} || stop != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Shortest text of a number, for messages.
std::string shortest(double number) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  return {digits.data(), end};
}

struct BooleanCheck {
  Result<std::string> operator()(std::string_view written) const {
    for (const std::string_view yes : {"true", "yes", "on", "1"}) {
      if (written == yes) return std::string("true");
    }
    for (const std::string_view no : {"false", "no", "off", "0"}) {
      if (written == no) return std::string("false");
    }
    return expected("true or false", written);
  }
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

struct ListCheck {
  Result<std::string> operator()(std::string_view written) const {
    if (trimmed(written).empty()) return std::string();
    std::string normal;
    for (;;) {
      const std::size_t comma = written.find(',');
      const std::string_view element = trimmed(written.substr(0, comma));
      if (element.empty() || !is_printable(element)) {
        return expected("a list with commas and no empty element", written);
      }
      normal.append(normal.empty() ? "" : ",").append(element);
      if (comma == std::string_view::npos) return normal;
      written.remove_prefix(comma + 1);
    }
  }
};

/// `5s` -> 5000. No sign, no spaces; below 2^53 so that no unit overflows.
std::optional<double> parse_duration_ms(std::string_view text) {
  struct Unit {
    std::string_view suffix;
    double ms;
  };
  // `ms` before `m` and `s`, which are its parts.
  constexpr std::array<Unit, 5> kUnits{
      {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
  for (const auto& [suffix, ms] : kUnits) {
    if (!text.ends_with(suffix)) continue;
    const auto count = parse_number<double>(text.substr(0, text.size() - suffix.size()));
    if (!count || !std::isfinite(*count) || std::signbit(*count)) return std::nullopt;
    const double total = std::round(*count * ms);
    return total < 9e15 ? std::optional(total) : std::nullopt;
  }
  return std::nullopt;
}

bool is_port(std::string_view text) {
  return !text.empty() && text.front() != '+' && parse_number<std::uint16_t>(text).has_value();
}

bool is_host(std::string_view host) {
  const auto allowed = [](char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '.' || byte == '-' || byte == '_';
  };
  return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), allowed);
}

bool is_v6_host(std::string_view host) {
  if (host.size() < 4 || host.size() > 64 || host.front() != '[' || host.back() != ']')
    return false;
  const auto allowed = [](char byte) {
    return std::string_view("0123456789abcdefABCDEF:.%").find(byte) != std::string_view::npos;
  };
  return std::all_of(host.begin() + 1, host.end() - 1, allowed);
}

}  // namespace

bool is_boolean(const Check& check) {
  return check.target<BooleanCheck>() != nullptr;
}

bool is_list(const Check& check) {
  return check.target<ListCheck>() != nullptr;
}

Check any_text() {
  return [](std::string_view written) -> Result<std::string> {
    if (!is_printable(written)) return expected("text without control characters", written);
    return std::string(written);
  };
}

Check one_of(std::vector<std::string> words) {
  return [words = std::move(words)](std::string_view written) -> Result<std::string> {
    std::string all;
    for (const std::string& word : words) {
      if (word == written) return word;
      all.append(all.empty() ? "" : ", ").append(word);
    }
    return expected("one of " + all, written);
  };
}

Check boolean() {
  return BooleanCheck{};
}

Check list() {
  return ListCheck{};
}

Check number(double low, double high) {
  return [low, high](std::string_view written) -> Result<std::string> {
    const auto value = parse_number<double>(written);
    if (!value || !std::isfinite(*value) || *value < low || *value > high) {
      return expected("a number from " + shortest(low) + " to " + shortest(high), written);
    }
    return std::string(written);
  };
}

Check integer(long long low, long long high) {
  return [low, high](std::string_view written) -> Result<std::string> {
    const auto value = parse_number<long long>(written);
    if (!value || *value < low || *value > high) {
      return expected("an integer from " + std::to_string(low) + " to " + std::to_string(high),
                      written);
    }
    return std::to_string(*value);
  };
}

Check duration(std::string_view low, std::string_view high) {
  return [low = std::string(low),
          high = std::string(high)](std::string_view written) -> Result<std::string> {
    const auto value = parse_duration_ms(written);
    if (!value || *value < parse_duration_ms(low).value_or(0) ||
        *value > parse_duration_ms(high).value_or(0)) {
      return expected("a duration from " + low + " to " + high, written);
    }
    return std::to_string(static_cast<long long>(*value)) + "ms";
  };
}

Check endpoint() {
  return [](std::string_view written) -> Result<std::string> {
    const std::size_t colon = written.rfind(':');
    const bool fine = colon != std::string_view::npos && is_port(written.substr(colon + 1)) &&
                      (is_host(written.substr(0, colon)) || is_v6_host(written.substr(0, colon)));
    if (!fine) return expected("host:port or [IPv6]:port", written);
    return std::string(written);
  };
}

}  // namespace kernwise::options
