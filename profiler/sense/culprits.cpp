// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "profiler/sense/window.hpp"

namespace kernwise::sense {

std::vector<CulpritShare> culprits_between(std::span<const CulpritReading> before,
                                           std::span<const CulpritReading> now, const Span& span,
                                           std::size_t max) {
  const auto window = static_cast<double>(grown(span.from_ns, span.until_ns));
  std::vector<CulpritShare> culprits;
  if (window <= 0) return culprits;
  for (const auto& reading : now) {
    const auto old = std::ranges::find(before, reading.key.culprit,
                                       [](const auto& entry) { return entry.key.culprit; });
    const auto waited = grown(old == before.end() ? 0 : old->value.wait_ns, reading.value.wait_ns);
    if (waited > 0) culprits.push_back({reading.key.culprit, static_cast<double>(waited) / window});
  }
  std::ranges::sort(culprits, std::greater{}, &CulpritShare::share);
  if (culprits.size() > max) culprits.resize(max);
  return culprits;
}

}  // namespace kernwise::sense
