// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/result.hpp"

namespace kernwise::profiler {

/// What the amounts of a profile are.
enum class StackKind {
  cpu,      ///< ticks of the sampling clock
  off_cpu,  ///< nanoseconds of waits
};

/// One frame: a function and the file it lies in.
struct StackFrame {
  std::string function = {};
  std::string file = {};      ///< `[libc.so.6]`, as symbols name files; may be empty
  std::string build_id = {};  ///< hexadecimal; may be empty
};

struct ProfiledStack {
  std::vector<StackFrame> frames = {};  ///< root first
  std::uint64_t count = 0;              ///< ticks, or waits
  std::uint64_t nanoseconds = 0;        ///< ticks by the length of one, or time waited
  std::string wait = {};                ///< share that the wait counts as; empty for ticks
  std::string container = {};
};

/// Stacks of one pod over some time.
struct StackProfile {
  StackKind kind = StackKind::cpu;
  std::int64_t started_ns = 0;  ///< wall clock since 1970
  std::uint64_t duration_ns = 0;
  std::uint64_t period_ns = 0;  ///< between two ticks; 0 for waits
  std::vector<ProfiledStack> stacks;
};

/// `root;...;leaf N` lines, largest first: ticks, or whole microseconds waited. What a wait counts
/// as is its leaf (`[network]`). A `;` in a name becomes `:`, so that every line can be cut.
[[nodiscard]] std::string folded(const StackProfile& profile);

/// The same as a gzip'd profile.proto of pprof: `samples/count` with `cpu/nanoseconds`, or
/// `waits/count` with `offcpu/nanoseconds`; labels `container` and `wait`.
/// Errors: it could not be packed.
[[nodiscard]] Result<std::string> pprof(const StackProfile& profile);

}  // namespace kernwise::profiler
