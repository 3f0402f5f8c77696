// SPDX-License-Identifier: Apache-2.0
#include "common/base/clock.hpp"

#include <array>
#include <cstdio>

namespace kernwise {

std::string rfc3339(WallTime time) {
  using namespace std::chrono;
  const auto in_ms = floor<milliseconds>(time);
  const auto day = floor<days>(in_ms);
  const year_month_day date{day};
  const hh_mm_ss<milliseconds> clock{in_ms - day};
  std::array<char, 64> text{};
  const int length = std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
      static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
      static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
      static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
      static_cast<int>(clock.subseconds().count()));
  return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace kernwise
