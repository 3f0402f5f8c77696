// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace kernwise::kernel {

/// Connections that full listen queues refused, by network namespace. The kernel prints all its TCP
/// counters for one answer, so each namespace is read once a window, whoever asks.
class ListenQueues {
 public:
  explicit ListenQueues(std::string proc_root);

  /// What is known of namespaces that nobody asked for in the last window is dropped.
  void begin_window();
  /// TcpExt ListenOverflows of namespace `netns` since the last window, read at its process `pid`;
  /// 0 in its first window, and for the host's namespace: that one is nobody's fault in particular.
  [[nodiscard]] std::uint64_t overflows(std::uint32_t netns, std::uint32_t pid);

 private:
  struct Count {
    std::optional<std::uint64_t> total;
    std::uint64_t grown = 0;
    bool asked = false;
  };
  std::string proc_root_;
  std::optional<std::uint32_t> host_;
  std::map<std::uint32_t, Count> counts_;
};

}  // namespace kernwise::kernel
