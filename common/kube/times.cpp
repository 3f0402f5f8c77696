// SPDX-License-Identifier: Apache-2.0
#include "common/kube/times.hpp"

#include <chrono>

namespace kernwise::kube {
namespace {

using namespace std::chrono;

/// Takes exactly `digits` digits from the front of `text`.
std::optional<int> take(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<sys_days> take_date(std::string_view& text) {
  const auto year_of = take(text, 4);
  if (!year_of || !take(text, "-")) return std::nullopt;
  const auto month_of = take(text, 2);
  if (!month_of || !take(text, "-")) return std::nullopt;
  const auto day_of = take(text, 2);
  if (!day_of) return std::nullopt;
  const year_month_day date{year{*year_of}, month{static_cast<unsigned>(*month_of)},
                            day{static_cast<unsigned>(*day_of)}};
  if (!date.ok()) return std::nullopt;
  return sys_days{date};
}

/// `12:30`, as a clock and an offset both begin.
std::optional<seconds> take_minutes(std::string_view& text) {
  const auto hour = take(text, 2);
  if (!hour || *hour > 23 || !take(text, ":")) return std::nullopt;
  const auto minute = take(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  return hours(*hour) + minutes(*minute);
}

std::optional<microseconds> take_clock(std::string_view& text) {
  const auto to_the_minute = take_minutes(text);
  if (!to_the_minute || !take(text, ":")) return std::nullopt;
  const auto second = take(text, 2);
  if (!second || *second > 60) return std::nullopt;
  microseconds clock = *to_the_minute + seconds(*second);
  if (!take(text, ".")) return clock;
  int weight = 100'000;
  while (const auto digit = take(text, 1)) {
    clock += microseconds(*digit * weight);
    weight /= 10;
  }
  return clock;
}

}  // namespace

std::optional<WallTime> parse_time(std::string_view text) {
  const auto date = take_date(text);
  if (!date || !take(text, "Tt")) return std::nullopt;
  const auto clock = take_clock(text);
  if (!clock) return std::nullopt;
  const WallTime time = *date + *clock;
  if (text == "Z" || text == "z") return time;
  const bool ahead = text.starts_with('+');
  if (!take(text, "+-")) return std::nullopt;
  const auto offset = take_minutes(text);
  if (!offset || !text.empty()) return std::nullopt;
  return ahead ? time - *offset : time + *offset;
}

}  // namespace kernwise::kube
