// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "common/base/result.hpp"

namespace kernwise::kernel {

/// The capabilities that this program has a use for, by their kernel numbers.
enum class Capability : std::uint8_t {
  dac_read_search = 2,  ///< open_by_handle_at: cgroup id -> path; files of processes
  sys_ptrace = 19,      ///< /proc/PID/{maps,root,ns} of other users' processes
  sys_admin = 21,       ///< BPF_ENABLE_STATS; otherwise never asked for
  sys_resource = 24,    ///< memory limit of maps before kernel 5.11
  syslog = 34,          ///< addresses in /proc/kallsyms
  perfmon = 38,         ///< tracing programs, perf_event_open
  bpf = 39,             ///< bpf(): load programs, make maps
};

/// `CAP_BPF`, as people and manifests write it.
[[nodiscard]] std::string name_of(Capability capability);

/// A set of capabilities, those above and all others.
class CapabilitySet {
 public:
  CapabilitySet() = default;
  CapabilitySet(std::initializer_list<Capability> capabilities) {
    for (const auto each : capabilities) add(each);
  }
  explicit CapabilitySet(std::uint64_t bits) : bits_(bits) {}

  void add(Capability capability) { bits_ |= bit(capability); }
  [[nodiscard]] bool has(Capability capability) const { return (bits_ & bit(capability)) != 0; }
  [[nodiscard]] CapabilitySet common_with(const CapabilitySet& other) const {
    return CapabilitySet(bits_ & other.bits_);
  }
  [[nodiscard]] std::uint64_t bits() const { return bits_; }
  bool operator==(const CapabilitySet&) const = default;

 private:
  static std::uint64_t bit(Capability each) { return 1ULL << static_cast<unsigned>(each); }
  std::uint64_t bits_ = 0;
};

/// The names of those known here, separated by commas; `none` for an empty set.
[[nodiscard]] std::string names_of(const CapabilitySet& set);

/// What this thread may do now (its effective set). Errors: none that a running kernel gives.
[[nodiscard]] Result<CapabilitySet> effective_capabilities();

/// Makes `wanted` (as far as permitted) effective and leaves the permitted set alone, so that it
/// can be taken back: a trial.
[[nodiscard]] Result<> make_effective(const CapabilitySet& wanted);

/// Gives up everything but `kept` for good, for this thread and those it starts from now on: also
/// over exec, and new privileges (set-user-id files) are refused. Call before threads exist.
[[nodiscard]] Result<> keep_only(const CapabilitySet& kept);

/// What is not in `held` and what that costs, one text each, for `degraded`. `programs`: kernel
/// programs are wanted.
[[nodiscard]] std::vector<std::string> missing_capabilities(const CapabilitySet& held,
                                                            bool programs);

}  // namespace kernwise::kernel
