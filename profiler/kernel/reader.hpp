// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/base/result.hpp"
#include "ebpf/kernwise_abi.h"
#include "ebpf/kernwise_stacks.h"
#include "profiler/sense/counters.hpp"
#include "profiler/sense/detail.hpp"
#include "profiler/sense/valve.hpp"
#include "profiler/sense/window.hpp"

namespace kernwise::kernel {

/// Everything the kernel programs counted, at one moment.
struct KernelReading {
  std::uint64_t at_ns = 0;
  std::vector<std::pair<std::uint32_t, kw_slot>> slots;  ///< those asked for
  std::vector<sense::PeerReading> peers;
  std::vector<std::pair<kw_listener_key, kw_listener>> listeners;
  std::vector<std::pair<std::uint32_t, kw_disk>> disks;
  std::vector<sense::CulpritReading> culprits;
  std::vector<kw_process> processes;
  std::map<std::uint32_t, sense::Detail> details;  ///< by slot, those asked for
  kw_globals globals{};
  std::array<std::uint64_t, 2> switches{};  ///< voluntary, forced: of all tasks, followed or not
};

/// Where counters come from. Implementations: BpfReader, test/fakes/FakeReader.
class CounterSource {
 public:
  virtual ~CounterSource() = default;

  /// Closes the window: open waits are counted up to now, then everything is read.
  [[nodiscard]] virtual Result<KernelReading> read(std::span<const std::uint32_t> slots) = 0;

  /// Charges a cgroup to a slot from now on; slot 0 is the aggregate. Errors: the table is full.
  [[nodiscard]] virtual Result<> assign(std::uint64_t cgroup_id, std::uint32_t slot) = 0;
  virtual void forget(std::uint64_t cgroup_id) = 0;
  /// Makes slots empty before somebody else gets them, with all that is kept by slot.
  virtual void clear_slots(const std::set<std::uint32_t>& slots) = 0;
  /// Tells the kernel which processes were built by Go.
  virtual void set_go_processes(std::span<const std::uint32_t> tgids) = 0;
  /// Drops peers and culprits without activity since `moment_ns`, so that the tables never fill
  /// with the past.
  virtual void forget_before(std::uint64_t moment_ns) = 0;

  /// Work of the programs since start: what their cost is estimated from.
  [[nodiscard]] virtual sense::ProgramRuns runs() const = 0;
  /// Lets the programs do less, from now on.
  virtual void set_valve(const sense::ValveEffect& effect) = 0;

  /// Hands over what the ring buffers hold now.
  virtual void drain_samples(const std::function<void(const kw_sample&)>& each) = 0;
  virtual void drain_cgroups(const std::function<void(const kw_cgroup_event&)>& each) = 0;

  [[nodiscard]] virtual std::vector<sense::MapUse> map_use() const = 0;
};

}  // namespace kernwise::kernel
