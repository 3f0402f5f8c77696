// SPDX-License-Identifier: Apache-2.0
#include "profiler/kernel/listen_queues.hpp"

#include <utility>

#include "profiler/kernel/procfs.hpp"
#include "profiler/sense/counters.hpp"

namespace kernwise::kernel {

ListenQueues::ListenQueues(std::string proc_root)
    : proc_root_(std::move(proc_root)), host_(netns_of(proc_root_, 1)) {}

void ListenQueues::begin_window() {
  std::erase_if(counts_, [](const auto& each) { return !each.second.asked; });
  for (auto& [netns, count] : counts_) count.asked = false;
}

std::uint64_t ListenQueues::overflows(std::uint32_t netns, std::uint32_t pid) {
  if (netns == host_) return 0;
  auto& count = counts_[netns];
  if (std::exchange(count.asked, true)) return count.grown;
  const auto total = listen_overflows(proc_root_, pid);
  count.grown = total && count.total ? sense::grown(*count.total, *total) : 0;
  count.total = total;
  return count.grown;
}

}  // namespace kernwise::kernel
