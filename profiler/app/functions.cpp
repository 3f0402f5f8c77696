// SPDX-License-Identifier: Apache-2.0
#include "profiler/app/functions.hpp"

#include <algorithm>

namespace kernwise::profiler {

void FunctionCounts::add(const kw_sample& sample) {
  auto& names = by_slot_[sample.slot];
  // Without a user stack the sample was taken in the kernel on behalf of a task without one.
  auto name = sample.depth == 0 ? std::string("[kernel]")
                                : resolver_.function_at(sample.tgid, sample.ip[0]);
  if (names.size() >= kMaxNames && !names.contains(name)) name = "[other]";
  names[name] += weight_;
}

std::vector<report::Function> FunctionCounts::take(std::uint32_t slot, std::size_t top) {
  std::vector<report::Function> functions;
  const auto found = by_slot_.find(slot);
  if (found == by_slot_.end()) return functions;
  for (const auto& [name, samples] : found->second) functions.push_back({name, samples});
  by_slot_.erase(found);
  std::ranges::sort(functions, [](const report::Function& a, const report::Function& b) {
    return a.samples != b.samples ? a.samples > b.samples : a.name < b.name;
  });
  if (functions.size() > top) functions.resize(top);
  return functions;
}

}  // namespace kernwise::profiler
