// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

/// The same cluster for every server: what its nodes report and what kube-scheduler asks of them.
namespace kernwise::bench {

inline constexpr int kNodes = 5000;

/// Forty-five characters, as long as cloud providers make them.
[[nodiscard]] std::string node_name(int number);
/// The body of POST /v1/report for that node; `seq` counts its windows.
[[nodiscard]] std::string report_of(int number, std::uint64_t seq);
/// All nodes as the peer reads them.
[[nodiscard]] std::string peer_rows();

/// ExtenderArgs with the names of the first nodes (nodeCacheCapable: true).
[[nodiscard]] std::string asking_names(int count);
/// ExtenderArgs with whole Node objects of about 8 KB each, as a kubelet fills them.
[[nodiscard]] std::string asking_nodes(int count);

}  // namespace kernwise::bench
