// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/report/report.hpp"
#include "profiler/kernel/btf.hpp"
#include "profiler/kernel/program_group.hpp"
#include "profiler/kernel/shared_memory.hpp"
#include "profiler/sense/valve.hpp"

struct bpf_map;
struct bpf_link;
struct bpf_object;
struct bpf_object_skeleton;  // NOLINT(readability-identifier-naming): libbpf's name
struct bpf_program;
struct perf_event_attr;  // NOLINT(readability-identifier-naming): the kernel's name

namespace kernwise::kernel {

class CpuEvents;

struct ProgramOptions {
  std::uint32_t self_tgid = 0;  ///< whose own work is not counted
  int sampling_hz = 99;
  bool scheduler = true;          ///< false: neither run queue nor waits
  std::uint32_t map_divisor = 1;  ///< hash tables are so much smaller: to show what losses do
  bool legacy = false;            ///< as on a kernel without task storage: to show what that does
  bool casts = true;              ///< false: as on a kernel without bpf_rdonly_cast
  bool stacks = true;
  bool network = true;
  bool block = true;
  bool reasons = true;  ///< false: only disk, memory and run queue are told from idle
  bool oom = true;
  bool faults = true;
  bool packets = false;  ///< hooks that run for packets: drops, round trips of one in eight
  // The initialiser lets others be written without naming it.
  // NOLINTNEXTLINE(readability-redundant-member-init)
  std::vector<int> syscalls = {};  ///< numbers of those counted, at most KW_MAX_TRACKED; none = off
};

/// The kernel programs, loaded one feature at a time: what this kernel cannot do costs that feature
/// and is named, everything else runs. Detaches and unloads on destruction.
///
/// Needs CAP_BPF (load), CAP_PERFMON (tracing programs, perf events); on kernels before 5.11 also
/// CAP_SYS_RESOURCE for the memory limit.
class Programs {
 public:
  /// Errors: nothing useful could be loaded (no BTF, not permitted); the text says which step.
  [[nodiscard]] static Result<std::unique_ptr<Programs>> load(const ProgramOptions& options);
  ~Programs();
  Programs(const Programs&) = delete;
  Programs& operator=(const Programs&) = delete;

  [[nodiscard]] const std::vector<report::HookState>& hooks() const { return hooks_; }
  [[nodiscard]] const std::vector<std::string>& degraded() const { return degraded_; }
  /// The map of that name in any loaded object; nullptr when its feature is off.
  [[nodiscard]] const bpf_map* map(const std::string& name) const;
  /// All maps once, shared ones from the object that made them.
  [[nodiscard]] std::vector<const bpf_map*> maps() const;
  /// Runs the task iterator, and before it a look at the sockets where the kernel does not show
  /// transfers; what the former wrote. Errors: of the iterators.
  [[nodiscard]] Result<std::string> walk_tasks() const;
  /// Puts programs on CPUs that came online since the last call and takes them from those that
  /// went. CPUs that come need CAP_PERFMON. Errors: a CPU cannot be followed; said once per change.
  [[nodiscard]] Result<> follow_cpus();
  /// Attaches the program that takes the stacks of waits, or detaches it again; it costs every
  /// switch something while it is there. Errors: it was not loaded, or the kernel wants CAP_BPF for
  /// this (before 5.19).
  [[nodiscard]] Result<> record_waits(bool on);
  /// Attaches and detaches what the valve sheds as whole programs: packets, system calls, transfers
  /// of sockets; faults. Errors: what comes back cannot be attached; the rest is done.
  [[nodiscard]] Result<> apply(const sense::ValveEffect& effect);
  /// Detaches what follows switches, sockets and requests, or attaches it again as after `load`: to
  /// see what it costs. For benchmarks: what was open goes on as if nothing had happened meanwhile.
  [[nodiscard]] Result<> attach_all(bool on);
  /// Ends the requests that are open on sockets: call once transfers are no longer seen, when the
  /// programs that were running have ended. Errors: of the iterator.
  [[nodiscard]] Result<> settle_requests() const;
  /// Objects that the kernel did not take.
  [[nodiscard]] std::size_t refused() const { return refused_; }
  /// Says in `degraded` that the kernel would not have the casts that its BTF has.
  void without_casts();
  /// Run time of all programs since load, ns; 0 while the kernel keeps no statistics.
  [[nodiscard]] std::uint64_t run_time_ns() const;

 private:
  struct Objects;
  explicit Programs(bool legacy);
  [[nodiscard]] static std::unique_ptr<Programs> load_all(const KernelTypes& types,
                                                          const ProgramOptions& options);
  [[nodiscard]] bool open_scheduler(const KernelTypes& types, const ProgramOptions& options);
  void load_scheduler(const KernelTypes& types, const ProgramOptions& options);
  void load_network(const KernelTypes& types, const ProgramOptions& options);
  void load_block(const KernelTypes& types, const ProgramOptions& options);
  void load_cgroups(const KernelTypes& types, const ProgramOptions& options);
  void load_sampling(const ProgramOptions& options);
  void load_tcp(const KernelTypes& types, const ProgramOptions& options);
  void load_memory(const KernelTypes& types, const ProgramOptions& options);
  void attach_oom(const KernelTypes& types);
  void load_waits(const KernelTypes& types, const ProgramOptions& options);
  void load_syscalls(const KernelTypes& types, const ProgramOptions& options);
  /// Runs the program on a software event of every online CPU; nullptr (and the reason noted) when
  /// it runs on none.
  CpuEvents* attach_everywhere(bpf_program* program, const std::string& hook,
                               const perf_event_attr& event);
  /// Loads an opened object with the shared maps; false (and the reason noted) when refused.
  bool load_object(bpf_object_skeleton* skeleton, const std::string& feature);
  bool attach(bpf_program* program, const std::string& hook) {
    return attach(program, hook, always_);
  }
  bool attach(bpf_program* program, const std::string& hook, ProgramGroup& group);
  void attach_transfers();
  void off(const std::string& hook, const std::string& reason);
  void walk_connections(bool listeners);
  /// For kernels without hooks on transfers: positions of sockets at the end of each window.
  void look_at_sockets();

  SharedMemory memory_;
  std::unique_ptr<Objects> objects_;
  std::uint32_t map_divisor_ = 1;
  bool legacy_;
  std::size_t refused_ = 0;
  ProgramGroup always_, packets_, system_calls_, transfers_;
  std::vector<std::unique_ptr<CpuEvents>> cpu_events_;
  CpuEvents* faults_ = nullptr;  ///< one of those
  std::vector<int> online_;
  bpf_link* task_walk_ = nullptr;
  bpf_link* socket_walk_ = nullptr;
  bpf_link* request_walk_ = nullptr;
  bpf_link* wait_stacks_ = nullptr;
  std::vector<report::HookState> hooks_;
  std::vector<std::string> degraded_;
};

}  // namespace kernwise::kernel
