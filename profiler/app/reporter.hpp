// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/report/report.hpp"
#include "profiler/app/containers.hpp"
#include "profiler/app/functions.hpp"
#include "profiler/kernel/cgroup_files.hpp"
#include "profiler/kernel/cgroupfs.hpp"
#include "profiler/kernel/cpu_v1.hpp"
#include "profiler/kernel/listen_queues.hpp"
#include "profiler/kernel/procfs.hpp"
#include "profiler/kernel/reader.hpp"
#include "profiler/sense/verdict.hpp"
#include "profiler/sense/window.hpp"

namespace kernwise::profiler {

struct ReporterOptions {
  std::string node;
  std::string boot_id;
  std::string proc_root = "/proc";
  sense::Thresholds thresholds;
  std::size_t top_functions = 5;
  std::size_t peers = 16;
  std::size_t culprits = 5;
  bool cgroup_events = true;   ///< false: nobody tells of new cgroups, each window looks for them
  bool scheduler = true;       ///< false: the kernel side does not watch context switches
  bool cgroup_memory = false;  ///< peak and swap are wanted, too
  bool request_times = true;   ///< false: this kernel cannot tell requests, pod times mean nothing
};

/// Where a window's numbers come from; all outlive the reporter.
struct ReporterSources {
  kernel::CounterSource* counters = nullptr;  ///< nullptr: cgroup files only
  const kernel::CgroupTree* cgroups = nullptr;
  symbols::Resolver* symbols = nullptr;
  std::function<report::Name(const TrackedContainer&)> name_of;  ///< empty fields = not known yet
};

/// Where a container is in its life, and its cumulative counters while they are known.
struct Standing {
  bool known = false, gone = false, excluded = false;
  const sense::Totals* totals = nullptr;
};

/// What the profiler counts of its own limits, since start.
struct OwnCounters {
  std::uint64_t samples = 0;        ///< ticks that the sampling program looked at
  std::uint64_t untracked = 0;      ///< cgroups without room
  std::uint64_t unknown_roles = 0;  ///< socket waits of which nobody knows who connected
  symbols::SymbolSource::Counts parser;
};

/// Turns readings into one report per window and keeps what the next window compares with.
class Reporter {
 public:
  Reporter(ReporterOptions options, ReporterSources sources);
  ~Reporter();

  /// Finds the cgroups that exist now and starts the first window. Call after the hooks for new
  /// cgroups are attached.
  [[nodiscard]] Result<> begin();
  /// Takes what the ring buffers hold; call several times per window.
  void drain();
  /// Closes the window. `hooks`, `degraded` and names are filled in by the caller.
  [[nodiscard]] Result<report::Report> close_window();

  /// Counts a container's work in the aggregate from now on (excluded namespace).
  void exclude(std::uint64_t cgroup_id);

  /// What the programs do from now on: one sample counts as `sample_every`; without `requests`
  /// there are no pod times, and only verdicts that do not rest on waits; without `reasons` no
  /// verdict is given, the kernel does not tell waits apart; without `switches` files say how much
  /// a container ran.
  void set_valve(const sense::ValveEffect& effect) {
    functions_.weigh(effect.sample_every);
    valve_ = effect;
  }

  /// What is known of the container with that first cgroup.
  [[nodiscard]] Standing standing(std::uint64_t cgroup_id) const;
  /// A process of the container, as of the last window.
  [[nodiscard]] std::optional<std::uint32_t> leader(std::uint64_t cgroup_id) const;
  /// Memory of the container as version 2 told it in the last window.
  [[nodiscard]] sense::MemoryUse memory(std::uint64_t cgroup_id) const;
  [[nodiscard]] std::vector<sense::MapUse> map_use() const;
  [[nodiscard]] OwnCounters own() const {
    return {last_.globals.samples, table_.overflow(), unknown_roles_, sources_.symbols->counts()};
  }
  [[nodiscard]] const ContainerTable& table() const { return table_; }

 private:
  struct History;
  struct Window;
  class WindowView;

  void rescan();
  void vanish(std::uint64_t cgroup_id);
  [[nodiscard]] bool events_lost();
  void note_cgroup(const kw_cgroup_event& event);
  void assign(const Assignment& assignment);
  [[nodiscard]] Result<kernel::KernelReading> read_counters();
  void update_processes(const kernel::KernelReading& reading);
  [[nodiscard]] report::Container describe(const TrackedContainer& tracked, const Window& window);
  void describe_all(report::Report& report, const WindowView& view);
  void add_kernel_view(report::Container& container, History& history, const Window& window);
  [[nodiscard]] sense::Loss loss(const report::Container& container, const sense::Reading& before,
                                 const sense::Reading& now, std::uint32_t slot) const;
  [[nodiscard]] std::vector<report::Culprit> culprits(std::span<const sense::CulpritReading> before,
                                                      const Window& window,
                                                      const sense::Span& span) const;
  void add_files(report::Container& container, History& history, const Window& window);
  [[nodiscard]] kernel::StillSaid still_said(const History& history, const Window& window) const;
  void see_node(const kernel::NodeCounters& counters);
  /// Quota and throttling of a container whose CPU controller is on version 1.
  void add_cpu_v1(kernel::CgroupFiles& files, History& history);
  void add_process_facts(report::Container& container, std::uint32_t slot);
  [[nodiscard]] sense::Judgement judge(const report::Container& container, History& history) const;
  [[nodiscard]] report::Node node_totals(const kernel::KernelReading& reading, double seconds);
  [[nodiscard]] sense::ShareWindow system_window(const WindowView& view);
  void release_rested(const kernel::KernelReading& reading);

  ReporterOptions options_;
  ReporterSources sources_;
  ContainerTable table_;
  FunctionCounts functions_;
  kernel::CgroupFilesReader files_;
  kernel::CpuControllerV1 cpu_v1_;
  kernel::ListenQueues listen_queues_;
  std::map<std::uint32_t, History> history_;  ///< by slot; slot 0 is the aggregate
  kernel::KernelReading last_;
  std::optional<kernel::NodeCounters> last_node_;
  std::optional<kernel::SelfCounters> last_self_;
  ///< tgid: start, and whether it was built by Go, once that is known
  std::map<std::uint32_t, std::pair<std::uint64_t, std::optional<bool>>> processes_;
  std::map<std::uint32_t, kw_process> leader_;  ///< slot: one of its processes
  std::uint64_t window_ = 0, lost_events_ = 0;
  std::uint64_t unknown_roles_ = 0;
  bool rescan_ = false;
  ///< The node's pressure grew in the window just closed; without, no container's can have.
  bool io_stalled_ = true, memory_stalled_ = true;
  sense::ValveEffect valve_;
};

}  // namespace kernwise::profiler
