// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/report/report.hpp"
#include "profiler/kernel/bpf_reader.hpp"
#include "profiler/kernel/cgroupfs.hpp"
#include "profiler/kernel/programs.hpp"
#include "profiler/sense/window.hpp"

/// Programs of known behaviour in a cgroup of their own, watched by the real kernel programs.
namespace kernwise::test {

/// Why kernel tests cannot run here; empty when they can. With KERNWISE_REQUIRE_KERNEL set a test
/// must fail instead of skipping: use KW_REQUIRE_KERNEL().
[[nodiscard]] std::string kernel_missing();
[[nodiscard]] bool kernel_required();

/// A cgroup below the machine's cgroup2 mount, removed on destruction with what still runs in it.
class Cgroup {
 public:
  explicit Cgroup(const std::string& name);
  ~Cgroup();
  Cgroup(const Cgroup&) = delete;
  Cgroup& operator=(const Cgroup&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }  ///< below the mount
  [[nodiscard]] std::uint64_t id() const { return id_; }
  /// Moves the calling process into it.
  void enter() const;

 private:
  std::string root_, path_;
  std::uint64_t id_ = 0;
};

/// Moves the calling process to the root cgroup: what it does no longer counts for a workload.
void leave_cgroup();

/// Shared with the workload: it counts the seconds it knows it spent, by share.
struct Truth {
  std::atomic<bool> ready{false}, stop{false};
  std::array<std::atomic<double>, kShareCount> seconds{};
  std::atomic<double> inbound{0}, blocked{0};  ///< wall seconds, for pod times
  std::atomic<std::uint64_t> operations{0};
  void add(Share share, double amount) {
    seconds[static_cast<std::size_t>(share)].fetch_add(amount);
  }
};

/// Measures what one operation cost its thread: time on a CPU (interrupts and the
/// switches included), run queue (schedstat), and the rest, which it waited.
class Stopwatch {
 public:
  Stopwatch();
  /// Adds the time since construction (or the last call) to the truth; the wait goes to `waited`.
  void lap(Truth& truth, Share waited);
  /// Wall seconds of the last lap: what a thread that waited all along spent waiting.
  [[nodiscard]] double last_lap() const { return last_lap_; }

 private:
  double wall_ = 0, cpu_ = 0, task_clock_ = 0, queued_ = 0, last_lap_ = 0;
};

/// Runs `body` in a child process inside `cgroup` until it is told to stop (Truth::stop) or dies
/// with its parent. Killed and reaped on destruction.
class Workload {
 public:
  Workload(const Cgroup& cgroup, const std::function<void(Truth&)>& body);
  ~Workload();
  Workload(const Workload&) = delete;
  Workload& operator=(const Workload&) = delete;
  [[nodiscard]] Truth& truth() { return *truth_; }
  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Waits until the body says it is ready. False when it died instead.
  [[nodiscard]] bool wait_ready();

 private:
  Truth* truth_ = nullptr;
  pid_t pid_ = -1;
};

/// What the kernel saw and what the workload knows, over the same window.
struct Comparison {
  WaitShares seen, known;
  double behind_others = 0;
  report::PodTimes times;
  double known_inbound = 0, known_blocked = 0;
  std::uint32_t threads = 0;
  double seconds = 0;
  sense::Reading before, now;
  std::vector<report::Peer> peers;
  std::vector<sense::CulpritShare> culprits;
};

/// A workload and the slot that counts for it.
struct Watched {
  std::uint32_t slot = 0;
  const Truth* truth = nullptr;
  std::function<void()> refresh = nullptr;  ///< run before the truth is read
};

/// The kernel programs, with one slot per watched cgroup.
class Watch {
 public:
  explicit Watch(kernel::ProgramOptions options = {});
  [[nodiscard]] kernel::BpfReader& reader() { return *reader_; }
  [[nodiscard]] const kernel::Programs& programs() const { return *programs_; }
  [[nodiscard]] kernel::Programs& programs() { return *programs_; }
  /// Whether each transfer on a socket is seen (sock_send_length, sock_recv_length: since 6.3).
  [[nodiscard]] bool sees_transfers() const;
  /// The slot that counts for `cgroup` from now on.
  std::uint32_t follow(const Cgroup& cgroup);
  /// Says that a process was built by Go, as the profiler does once it has read its program.
  void built_by_go(pid_t pid);
  /// Lets the workload run for `seconds` and compares.
  [[nodiscard]] Comparison compare(std::uint32_t slot, Truth& truth, double seconds);
  /// The same for several workloads over one window, in their order.
  [[nodiscard]] std::vector<Comparison> compare_all(const std::vector<Watched>& watched,
                                                    double seconds);

 private:
  std::unique_ptr<kernel::Programs> programs_;
  std::unique_ptr<kernel::BpfReader> reader_;
  std::vector<std::uint32_t> go_processes_;
  std::uint32_t next_slot_ = 1;
};

/// Why a row is skipped that Watch::sees_transfers() would need.
inline constexpr const char* kNoTransfers =
    "exempt: needs the next transfer on a socket, which kernels below 6.3 do not show";

/// BPF programs of ours (`kw_*`) that the kernel holds now, whoever loaded them.
[[nodiscard]] std::size_t programs_loaded_by_us();

/// Blocks for `seconds` of the monotonic clock; what a measuring window is made of.
void let_run(double seconds);

}  // namespace kernwise::test

/// Skips with the reason where the kernel lacks the means, fails instead where they are required.
#define KW_REQUIRE_KERNEL()                                  \
  do {                                                       \
    const auto missing_ = kernwise::test::kernel_missing();  \
    if (!missing_.empty()) {                                 \
      if (kernwise::test::kernel_required()) FAIL(missing_); \
      SKIP(missing_);                                        \
    }                                                        \
  } while (false)
