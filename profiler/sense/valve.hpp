// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "profiler/sense/program_cost.hpp"

/// PURE. How much the kernel programs may do: the valve that holds them under their budget.
namespace kernwise::sense {

/// What can be shed, in the order in which it is missed: the least first.
enum class Shed : std::uint8_t {
  fewer_samples,  ///< functions at 33 Hz
  few_samples,    ///< functions at 11 Hz
  packets,        ///< no retransmits, drops, round trips of packets
  system_calls,   ///< system calls are not counted
  faults,         ///< major faults are not counted
  wait_stacks,    ///< stacks of waits are not taken
  disk_times,     ///< block requests are not followed: no disk latency, operations, bytes
  requests,       ///< transfers are not seen: no requests, bytes, pod times
  connections,    ///< new connections are not followed: no role of their sockets
  reasons,        ///< waits are counted, not told apart: verdicts are `unknown`
  switches,       ///< switches are counted for the node only: no waits, no run queue, no pod times
};
inline constexpr std::size_t kSheds = 11;
using ShedSet = std::bitset<kSheds>;  ///< by number of Shed

/// `fewer_samples`, ... `switches`.
[[nodiscard]] std::string_view name_of(Shed what);

/// What a set of them does to the programs.
struct ValveEffect {
  std::uint32_t sample_every = 1;  ///< one in so many 99 Hz ticks is taken and counts as many
  bool packets = true;
  bool system_calls = true;
  bool faults = true;
  bool wait_stacks = true;
  bool disk_times = true;
  bool requests = true;
  bool connections = true;
  bool reasons = true;
  bool switches = true;
  bool operator==(const ValveEffect&) const = default;
};
[[nodiscard]] ValveEffect effect_of(ShedSet shed);
/// What is missing, for `degraded`; empty when nothing is.
[[nodiscard]] std::string missing_of(ShedSet shed);

struct ValveItem {
  std::uint64_t opened_ns = 0;                 ///< when it last came back, 0 = never
  std::uint64_t patience_ns = 60'000'000'000;  ///< how long the cost has to be low before it does
  bool operator==(const ValveItem&) const = default;
};

struct ValveState {
  ShedSet shed;
  std::array<ValveItem, kSheds> items{};
  std::uint64_t changed_ns = 0;    ///< last change, 0 = never
  std::uint64_t low_since_ns = 0;  ///< cost has been under half the budget since; 0 = it is not
  bool operator==(const ValveState&) const = default;
};

struct ValveReading {
  ByCollector cost;   ///< CPU time of the programs as a part of the node's CPU time, 0..1
  double budget = 0;  ///< the same unit
  std::uint64_t now_ns = 0;
};

struct ValveDecision {
  ValveState state;
  std::string reason;  ///< why something was shed or came back; empty: nothing was
};

/// One look at the cost. Over the budget one thing is shed, at most every 10 s, so that its effect
/// is seen before the next: the first in the order of Shed that brings a quarter of what is over;
/// where none does, what brings most; what brings nothing stays. A thing that stands on another
/// (few_samples on fewer_samples, connections on requests, switches on reasons) is shed with it and
/// comes back before it. Under half the budget for its `patience`, what is missed most comes back,
/// if the cost with it, as far as that is known, stays under nine tenths; what had to be shed again
/// within 5 min doubles its patience (60 s to 30 min).
[[nodiscard]] ValveDecision turn_valve(const ValveState& state, const ValveReading& reading);

}  // namespace kernwise::sense
