// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

/// The words that every part of Kernwise uses for working, waiting and judging.
namespace kernwise {

/// Where a container's threads spend their time. Thread-seconds per second; all nine add up to the
/// container's threads.
enum class Share : std::uint8_t {
  on_cpu,     ///< running
  runqueue,   ///< runnable, waiting for a CPU
  throttled,  ///< held back by its own CPU quota
  disk,       ///< block I/O, journal commits, file-backed faults
  network,    ///< an answer it asked another service for
  lock,       ///< mutex-like futexes, file locks, kernel locks
  memory,     ///< reclaim, swap-in, thrashing
  ipc,        ///< unix sockets, pipes, message queues
  idle,       ///< nothing to do
};
inline constexpr std::size_t kShareCount = 9;

class WaitShares {
 public:
  [[nodiscard]] double& operator[](Share share) { return of_[static_cast<std::size_t>(share)]; }
  [[nodiscard]] double operator[](Share share) const {
    return of_[static_cast<std::size_t>(share)];
  }
  /// Everything but idle.
  [[nodiscard]] double active() const;
  /// Active without the run queue: what the container itself does or waits for.
  [[nodiscard]] double own() const;
  /// on_cpu + runqueue + throttled: the CPU it would use if it got all it asked for.
  [[nodiscard]] double demand() const;
  [[nodiscard]] double total() const;
  bool operator==(const WaitShares&) const = default;

 private:
  std::array<double, kShareCount> of_{};
};

enum class Verdict : std::uint8_t {
  unknown,
  idle,
  memory_pressure,
  cpu_throttled,
  noisy_neighbour,
  cpu_saturated,
  disk_bound,
  downstream_wait,
  lock_bound,
  backlog,
  steady,
};
inline constexpr std::size_t kVerdictCount = 11;

/// The first seed's three types.
enum class CoarseType : std::uint8_t { none, cpu, io, off_cpu };

[[nodiscard]] std::string_view name_of(Share share);
[[nodiscard]] std::string_view name_of(Verdict verdict);
[[nodiscard]] CoarseType coarse(Verdict verdict);
[[nodiscard]] std::optional<Share> share_named(std::string_view name);
[[nodiscard]] std::optional<Verdict> verdict_named(std::string_view name);

}  // namespace kernwise
