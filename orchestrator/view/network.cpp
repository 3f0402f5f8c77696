// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/view/network.hpp"

#include <algorithm>

namespace kernwise::view {
namespace {

/// The part of the caller's time that is blocked on one peer.
double blocked_on(const report::Peer& peer, const report::Container& container) {
  if (container.times) {
    const double of = container.times->has_inbound ? container.times->inbound : 1.0;
    return of > 0 ? std::min(1.0, peer.blocked / of) : 0.0;
  }
  const double own = container.shares.own();
  return own > 0 ? std::min(1.0, peer.share / own) : 0.0;
}

}  // namespace

dependencies::Party party_of(const PodRef& pod, const report::Container& container,
                             const NameBook& names, const std::string& name) {
  dependencies::Party party{.workload = name,
                            .node = pod.node->name,
                            .netns = container.netns,
                            .weight = container.shares.own(),
                            .listening_ports = container.listening_ports,
                            .addresses = pod.pod->addresses};
  // Where the cluster does not tell a pod's address, a port on the node's own is worth trying, and
  // two workloads that share it cancel each other out.
  const std::string& address = pod.node->address;
  if (party.addresses.empty() && !address.empty() && !dependencies::is_loopback(address)) {
    party.addresses.push_back(address);
  }
  for (const report::Peer& peer : container.peers) {
    if (peer.direction != report::Direction::outbound) continue;
    party.calls.push_back({.address = peer.address,
                           .port = peer.port,
                           .blocked = blocked_on(peer, container),
                           .share = peer.share,
                           .callee = names.workload_at(peer.address, peer.port)});
  }
  return party;
}

std::vector<dependencies::Party> parties_of(const Snapshot& snapshot, MonoTime now) {
  std::vector<dependencies::Party> parties;
  for (const auto& [name, node] : snapshot.nodes) {
    if (!node->fresh(now)) continue;
    for (const Pod& pod : node->pods) {
      for (const std::size_t at : pod.containers) {
        parties.push_back(party_of({node.get(), &pod}, node->report.containers[at], *snapshot.names,
                                   pod.workload));
      }
    }
  }
  return parties;
}

}  // namespace kernwise::view
