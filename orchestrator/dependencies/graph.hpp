// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

/// PURE. Who waits for whom: the peers of sockets joined with the ports that others listen on.
namespace kernwise::dependencies {

/// One peer that a container asks and waits for.
struct Call {
  std::string address;  ///< `10.0.0.7`, `::1`
  std::uint16_t port = 0;
  double blocked = 0;       ///< part of the caller's time blocked on it, 0..1
  double share = 0;         ///< thread-seconds per second spent waiting for it
  std::string callee = {};  ///< the workload that answers there, where that is known from
                            ///< elsewhere; empty: whoever listens there
};

/// One container on the network.
struct Party {
  std::string workload;  ///< `namespace/Kind/name`
  std::string node;
  std::uint32_t netns = 0;  ///< inode of its network namespace; 0 = not known
  double weight = 0;        ///< what it does or waits for, thread-seconds per second
  std::vector<std::uint16_t> listening_ports = {};
  std::vector<std::string> addresses = {};  ///< of its pod or node, as far as known
  std::vector<Call> calls = {};             ///< outbound
};

/// Finds the workload behind an address and port.
class Directory {
 public:
  explicit Directory(std::span<const Party> parties);

  /// The workload that answers `caller` at `address`:`port`. Loopback addresses mean the caller's
  /// own network namespace on its own node, other addresses whoever is known to have them. Empty
  /// when nobody known, or more than one workload, listens there: a guess would scale the wrong
  /// one.
  [[nodiscard]] std::string_view workload_at(const Party& caller, std::string_view address,
                                             std::uint16_t port) const;

 private:
  using LocalKey = std::tuple<std::string_view, std::uint32_t, std::uint16_t>;
  using RemoteKey = std::pair<std::string_view, std::uint16_t>;
  // The keys borrow from the parties, which must outlive the directory.
  std::map<LocalKey, std::string_view> local_;
  std::map<RemoteKey, std::string_view> remote_;
};

/// True for 127.0.0.0/8, ::1 and the IPv4-mapped form of the former.
[[nodiscard]] bool is_loopback(std::string_view address);

/// `10.0.0.7:8080`, `[::1]:8080`.
[[nodiscard]] std::string endpoint(std::string_view address, std::uint16_t port);

/// `from` waits for `to`; several containers and addresses of the same pair are one edge.
struct Edge {
  std::string from = {};
  std::string to = {};       ///< empty: nobody known, `address` says where
  std::string address = {};  ///< the endpoint most waited for
  double blocked = 0;        ///< mean over the containers of `from`, weighted by what they do, 0..1
  double share = 0;          ///< sum
  bool operator==(const Edge&) const = default;
};

/// All edges, sorted by caller and most blocked first. A workload that calls itself is left out.
[[nodiscard]] std::vector<Edge> edges_of(std::span<const Party> parties);
[[nodiscard]] std::vector<Edge> edges_of(std::span<const Party> parties,
                                         const Directory& directory);

}  // namespace kernwise::dependencies
