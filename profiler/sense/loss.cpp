// SPDX-License-Identifier: Apache-2.0
#include "profiler/sense/loss.hpp"

namespace kernwise::sense {
namespace {

struct Part {
  std::string_view of;
  std::uint64_t lost = 0, kept = 0;
};

std::uint64_t both_grown(const __u64 (&before)[2], const __u64 (&now)[2]) {
  return grown(before[0], now[0]) + grown(before[1], now[1]);
}

}  // namespace

Loss loss_between(const Reading& before, const Reading& now, const Kept& kept) {
  const auto& was = before.slot;
  const auto& is = now.slot;
  const auto lost = [&](kw_lost what) { return grown(was.lost[what], is.lost[what]); };
  const auto samples = grown(was.samples, is.samples);  // the lost ones are among them
  const auto lost_samples = lost(KW_LOST_SAMPLES);
  const Part parts[] = {
      {"switches", lost(KW_LOST_SWITCHES), both_grown(was.switches, is.switches)},
      {"connections", lost(KW_LOST_CONNECTIONS),
       both_grown(was.connections, is.connections) + kept.requests},
      {"disk requests", lost(KW_LOST_DISK), both_grown(was.disk_ops, is.disk_ops)},
      {"samples", lost_samples, grown(lost_samples, samples)},
      {"cgroups", kept.refused, kept.cgroups},
  };
  Loss most;
  for (const auto& part : parts) {
    if (part.lost == 0) continue;
    const auto of_all = static_cast<double>(part.lost) / static_cast<double>(part.lost + part.kept);
    if (of_all > most.part) most = {of_all, part.of};
  }
  return most;
}

}  // namespace kernwise::sense
