// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "profiler/app/reporter.hpp"

/// What Reporter keeps between windows and hands around within one; private to its .cpp files.
namespace kernwise::profiler {

/// What the next window of a container compares with.
struct Reporter::History {
  std::uint32_t slot = 0;
  sense::Reading reading;
  std::vector<sense::PeerReading> peers;
  std::vector<sense::CulpritReading> culprits;
  sense::Detail detail;
  kernel::CgroupFiles files;
  kernel::CpuV1Place cpu_v1;
  std::uint64_t runq_read_ns = 0;  ///< run queue waits when cpu.pressure was read last
  double memory_stalled = 0;       ///< PSI full over the window just closed, part of wall time
  sense::Loss loss;
  sense::Totals totals;
  sense::VerdictMemory memory;
};

/// One container's part of the reading that closes a window.
struct Reporter::Window {
  const kernel::KernelReading* counters = nullptr;
  sense::Reading reading;
  std::vector<sense::PeerReading> peers;
  std::vector<sense::CulpritReading> culprits;
  std::string device;  ///< the busiest disk of the node
  double seconds = 0;
};

/// A node's reading sorted by container.
class Reporter::WindowView {
 public:
  WindowView(const kernel::KernelReading& now, const kernel::KernelReading& before, double seconds);
  [[nodiscard]] Window of(std::uint32_t slot) const;

 private:
  const kernel::KernelReading& now_;
  std::map<std::uint32_t, const kw_slot*> slots_;
  std::map<std::uint32_t, std::vector<sense::PeerReading>> peers_;
  std::map<std::uint32_t, std::vector<sense::CulpritReading>> culprits_;  ///< by victim
  std::string device_;
  double seconds_;
};

}  // namespace kernwise::profiler
