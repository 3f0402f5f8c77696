// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <vector>

#include "profiler/kernel/stack_recorder.hpp"

namespace kernwise::test {

/// Stacks that a test puts there by hand.
class FakeStacks final : public kernel::StackSource {
 public:
  std::vector<kw_stack> taken;  ///< handed out by the next drain
  std::vector<kw_stack> open;   ///< handed out at the end
  std::map<std::uint32_t, kw_record> losses;
  std::set<std::pair<std::uint32_t, kw_record_what>> recorded;
  bool refuses = false;

  Result<> begin(const std::set<std::uint32_t>& slots, kw_record_what what) override {
    if (refuses) return invalid("not permitted");
    for (const auto slot : slots) recorded.emplace(slot, what);
    return {};
  }
  void end(const std::set<std::uint32_t>& slots, kw_record_what what,
           const std::function<void(const kw_stack&)>& each) override {
    drain(each);
    for (const auto slot : slots) recorded.erase({slot, what});
    if (!each) return;
    for (const auto& stack : open) each(stack);
  }
  void drain(const std::function<void(const kw_stack&)>& each) override {
    if (each) {
      for (const auto& stack : taken) each(stack);
    }
    taken.clear();
  }
  [[nodiscard]] kw_record lost(std::uint32_t slot) const override {
    const auto found = losses.find(slot);
    return found == losses.end() ? kw_record{} : found->second;
  }
};

}  // namespace kernwise::test
