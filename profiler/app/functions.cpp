// SPDX-License-Identifier: Apache-2.0
#include "profiler/app/functions.hpp"

#include <algorithm>

namespace kernwise::profiler {

void FunctionCounts::add(const kw_sample& sample) {
  auto& counts = by_slot_[sample.slot];
  // Without a user stack the sample was taken in the kernel on behalf of a task without one.
  if (sample.depth == 0) {
    counts.kernel += weight_;
    return;
  }
  const auto place = resolver_.locate(sample.tgid, sample.ip, sample.slot);
  if (counts.samples.size() >= kMaxPlaces && !counts.samples.contains(place)) {
    counts.other += weight_;
    return;
  }
  counts.samples[place] += weight_;
}

std::vector<report::Function> FunctionCounts::take(std::uint32_t slot, std::size_t top) {
  std::vector<report::Function> functions;
  const auto found = by_slot_.find(slot);
  if (found == by_slot_.end()) return functions;
  std::map<std::string, std::uint64_t> by_name;
  const auto& counts = found->second;
  for (const auto& [place, samples] : counts.samples) by_name[resolver_.name(place)] += samples;
  if (counts.kernel > 0) by_name["[kernel]"] += counts.kernel;
  if (counts.other > 0) by_name["[other]"] += counts.other;
  for (const auto& [name, samples] : by_name) functions.push_back({name, samples});
  by_slot_.erase(found);
  std::ranges::sort(functions, [](const report::Function& a, const report::Function& b) {
    return a.samples != b.samples ? a.samples > b.samples : a.name < b.name;
  });
  if (functions.size() > top) functions.resize(top);
  return functions;
}

}  // namespace kernwise::profiler
