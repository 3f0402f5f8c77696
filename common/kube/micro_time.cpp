// SPDX-License-Identifier: Apache-2.0
#include "common/kube/micro_time.hpp"

#include <array>
#include <cstdio>

namespace kernwise::kube {

std::string micro_time(WallTime time) {
  using namespace std::chrono;
  const auto exact = floor<microseconds>(time);
  const auto second = floor<seconds>(exact);
  std::string text = rfc3339(WallTime(second));  // ends in `.000Z`
  std::array<char, 16> fraction{};
  const auto micros = static_cast<int>((exact - second).count());
  const int length = std::snprintf(fraction.data(), fraction.size(), ".%06dZ", micros);
  text.replace(text.size() - 5, 5, fraction.data(), static_cast<std::size_t>(length));
  return text;
}

}  // namespace kernwise::kube
