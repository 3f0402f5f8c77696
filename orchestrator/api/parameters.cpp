// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/api/parameters.hpp"

#include <charconv>
#include <cmath>

#include "common/base/utf8.hpp"

namespace kernwise::api {
namespace {

constexpr double kYear9999 = 253'402'300'799;

WallTime at_seconds(double seconds) {
  const std::chrono::duration<double> since_1970(seconds);
  return WallTime(std::chrono::duration_cast<WallTime::duration>(since_1970));
}

/// `digits` as a number, no value for anything else.
std::optional<double> number_of(std::string_view digits) {
  double number = 0;
  const auto [stop, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), number,
                                               std::chars_format::fixed);
  const bool whole = stop == digits.data() + digits.size();
  if (digits.empty() || problem != std::errc{} || !whole) return std::nullopt;
  if (!std::isfinite(number) || number < 0 || number > kYear9999) return std::nullopt;
  return number;
}

std::optional<int> digits_at(std::string_view text, std::size_t at, std::size_t count) {
  int number = 0;
  const auto part = text.substr(at, count);
  const auto [stop, problem] = std::from_chars(part.data(), part.data() + part.size(), number);
  if (problem != std::errc{} || stop != part.data() + part.size() || number < 0) return {};
  return number;
}

/// `YYYY-MM-DDThh:mm:ss[.fff]Z`.
std::optional<WallTime> utc_of(std::string_view text) {
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
      text[16] != ':' || text.back() != 'Z') {
    return {};
  }
  const auto year = digits_at(text, 0, 4), month = digits_at(text, 5, 2);
  const auto day = digits_at(text, 8, 2), hour = digits_at(text, 11, 2);
  const auto minute = digits_at(text, 14, 2);
  const auto second = number_of(text.substr(17, text.size() - 18));
  if (!year || !month || !day || !hour || !minute || !second) return {};
  const std::chrono::year_month_day date(std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok() || *hour > 23 || *minute > 59 || *second >= 61) return {};
  const std::chrono::sys_days days(date);
  const double of_day = *hour * 3600.0 + *minute * 60.0 + *second;
  return WallTime(days) + std::chrono::duration_cast<WallTime::duration>(Seconds(of_day));
}

double seconds_in(char unit) {
  switch (unit) {
    case 's':
      return 1;
    case 'm':
      return 60;
    case 'h':
      return 3'600;
    case 'd':
      return 86'400;
    default:
      return 0;
  }
}

}  // namespace

Result<std::size_t> limit_of(const http::Request& request, std::size_t fallback, std::size_t most) {
  const std::string text = request.parameter("limit");
  if (text.empty()) return fallback;
  std::size_t limit = 0;
  const char* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, limit);
  if (problem != std::errc{} || stop != end || limit < 1 || limit > most) {
    return invalid("limit: expected an integer from 1 to " + std::to_string(most));
  }
  return limit;
}

Result<WallTime> parse_since(std::string_view text, WallTime now) {
  if (const auto utc = utc_of(text)) return *utc;
  if (const auto seconds = number_of(text)) return at_seconds(*seconds);
  if (!text.empty()) {
    const double unit = seconds_in(text.back());
    const auto count = number_of(text.substr(0, text.size() - 1));
    const double now_seconds = std::chrono::duration<double>(now.time_since_epoch()).count();
    if (unit > 0 && count) return at_seconds(std::max(0.0, now_seconds - *count * unit));
  }
  return invalid("since: expected 2026-11-22T11:38:00Z, seconds since 1970 or a time ago (15m)");
}

Result<std::optional<WallTime>> since_of(const http::Request& request, WallTime now) {
  const std::string text = request.parameter("since");
  if (text.empty()) return std::optional<WallTime>();
  const auto since = parse_since(text, now);
  if (!since) return since.error();
  return std::optional(*since);
}

http::Response bad_request(const Error& error) {
  const std::string message = error.message();
  return http::error_response(400, message, message.substr(0, message.find(": ")));
}

http::Response not_found(std::string_view kind, std::string_view name) {
  const std::string shown = printable(name, 300);
  return http::error_response(404, std::string(kind) + ": nothing is known of '" + shown + "'",
                              kind);
}

}  // namespace kernwise::api
