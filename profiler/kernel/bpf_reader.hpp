// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "profiler/kernel/programs.hpp"
#include "profiler/kernel/reader.hpp"

struct ring_buffer;

namespace kernwise::kernel {

/// Counters out of the maps of loaded programs. Slots are read through a mapping, without a system
/// call each.
class BpfReader final : public CounterSource {
 public:
  /// `programs` must outlive the reader. Errors: a map cannot be mapped.
  [[nodiscard]] static Result<std::unique_ptr<BpfReader>> open(const Programs& programs);
  ~BpfReader() override;

  [[nodiscard]] Result<KernelReading> read(std::span<const std::uint32_t> slots) override;
  [[nodiscard]] Result<> assign(std::uint64_t cgroup_id, std::uint32_t slot) override;
  void forget(std::uint64_t cgroup_id) override;
  void clear_slots(const std::set<std::uint32_t>& slots) override;
  void set_go_processes(std::span<const std::uint32_t> tgids) override;
  [[nodiscard]] sense::ProgramRuns runs() const override;
  void set_valve(const sense::ValveEffect& effect) override;
  void forget_before(std::uint64_t moment_ns) override;
  void drain_samples(const std::function<void(const kw_sample&)>& each) override;
  void drain_cgroups(const std::function<void(const kw_cgroup_event&)>& each) override;
  [[nodiscard]] std::vector<sense::MapUse> map_use() const override;
  /// Readable when a cgroup came or went; -1 when that hook is off.
  [[nodiscard]] int cgroup_events_fd() const;

 private:
  struct State;
  explicit BpfReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// CLOCK_MONOTONIC in nanoseconds: the clock of the kernel programs.
[[nodiscard]] std::uint64_t kernel_now_ns();

}  // namespace kernwise::kernel
