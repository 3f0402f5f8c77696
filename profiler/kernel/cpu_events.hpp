// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <linux/perf_event.h>

#include <map>
#include <string_view>
#include <vector>

#include "common/base/fd.hpp"
#include "common/base/result.hpp"

struct bpf_link;
struct bpf_program;

namespace kernwise::kernel {

/// CPUs of a list as the kernel writes it (`0-3,8`), sorted; at most 65,536. Errors: not a list.
[[nodiscard]] Result<std::vector<int>> parse_cpu_list(std::string_view text);
/// CPUs that are online now: /sys/devices/system/cpu/online.
[[nodiscard]] Result<std::vector<int>> online_cpus();
/// True when CPUs may come that are not online now (/sys/devices/system/cpu/possible).
[[nodiscard]] bool cpus_may_come();

/// One program on one software event of every CPU that is online.
class CpuEvents {
 public:
  /// `program` must be loaded and outlive this.
  CpuEvents(bpf_program* program, const perf_event_attr& event)
      : program_(program), event_(event) {}
  ~CpuEvents();
  CpuEvents(const CpuEvents&) = delete;
  CpuEvents& operator=(const CpuEvents&) = delete;

  /// Follows the CPUs that came and leaves those that went. perf_event_open of a CPU needs
  /// CAP_PERFMON and a perf_event_paranoid that respects it. Errors: of the last CPU that could not
  /// be followed; the others are.
  [[nodiscard]] Result<> follow(const std::vector<int>& online);
  [[nodiscard]] std::size_t size() const { return events_.size(); }
  /// Lets the events happen, or not: those of CPUs that come later, too. Errors: of the last one
  /// that the kernel refused to turn.
  [[nodiscard]] Result<> turn(bool on);

 private:
  struct Event {
    bpf_link* link = nullptr;
    Fd file;  ///< of the event: to turn it needs no capability, to open it again would
  };
  [[nodiscard]] Result<Event> attach(int cpu) const;
  [[nodiscard]] static Result<> turn(const Event& event, bool on);

  bpf_program* program_;
  perf_event_attr event_;
  bool on_ = true;
  std::map<int, Event> events_;  ///< by CPU
};

}  // namespace kernwise::kernel
