// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "ebpf/kernwise_stacks.h"
#include "profiler/export/stack_profile.hpp"
#include "profiler/symbols/resolver.hpp"

namespace kernwise::profiler {

/// The stacks of one pod while they are recorded. Their places are found while the processes run,
/// their names at the end.
class FlameRecording {
 public:
  static constexpr std::size_t kMaxStacks = 4096;  ///< different ones; the rest is `[other]`

  /// `containers`: the slots that are recorded and what their containers are called.
  /// `period_ns`: between two ticks (StackKind::cpu).
  FlameRecording(symbols::Resolver& resolver, StackKind kind,
                 std::map<std::uint32_t, std::string> containers, std::uint64_t period_ns = 0)
      : resolver_(resolver),
        kind_(kind),
        containers_(std::move(containers)),
        period_ns_(period_ns) {}

  [[nodiscard]] std::set<std::uint32_t> slots() const;
  [[nodiscard]] StackKind kind() const { return kind_; }
  /// Counts a stack when it is of this kind and of one of these slots.
  void add(const kw_stack& stack);
  /// Counts what the kernel side could not tell of a slot.
  void lose(std::uint32_t slot, const kw_record& lost);
  /// Asks once more for every name that is not known yet.
  void want_names();
  /// What was recorded, with the names known by now; everything that was counted is in it.
  [[nodiscard]] StackProfile profile();

 private:
  struct Key {
    std::uint32_t slot = 0;
    std::uint32_t wait_class = 0;
    std::vector<symbols::Frame> frames;  // root first; none: `[other]`
    auto operator<=>(const Key&) const = default;
  };
  struct Amount {
    std::uint64_t count = 0, nanoseconds = 0;
  };
  [[nodiscard]] std::vector<symbols::Frame> place(const kw_stack& stack);
  [[nodiscard]] StackFrame describe(const symbols::Frame& frame);
  void append(StackProfile& profile, std::uint32_t slot, ProfiledStack stack,
              const Amount& amount) const;

  symbols::Resolver& resolver_;
  StackKind kind_;
  std::map<std::uint32_t, std::string> containers_;
  std::uint64_t period_ns_;
  std::map<Key, Amount> stacks_;
  std::map<std::uint32_t, Amount> lost_;  // by slot
};

}  // namespace kernwise::profiler
