// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/dependencies/graph.hpp"

#include <algorithm>
#include <cmath>

namespace kernwise::dependencies {
namespace {

/// Stored where two workloads claim the same endpoint; no workload has this name.
constexpr std::string_view kAmbiguous{};

template <class Map, class Key>
void claim(Map& map, const Key& key, std::string_view workload) {
  const auto [entry, inserted] = map.try_emplace(key, workload);
  if (!inserted && entry->second != workload) entry->second = kAmbiguous;
}

double part(double value) {
  return std::isfinite(value) ? std::clamp(value, 0.0, 1.0) : 0.0;
}
double amount(double value) {
  return std::isfinite(value) && value > 0 ? value : 0.0;
}

/// A container that does nothing still counts a little, so that weights never add up to zero.
double weight_of(const Party& party) {
  return amount(party.weight) + 1e-6;
}

struct Sum {
  double blocked = 0, share = 0;
  std::map<std::string, double> by_address;  ///< thread-seconds, to show the most waited for
};

using EdgeKey = std::pair<std::string_view, std::string>;  ///< caller; callee or external endpoint

bool more_blocked(const Edge& left, const Edge& right) {
  return std::tuple(std::string_view(left.from), -left.blocked, -left.share,
                    std::string_view(left.address)) < std::tuple(std::string_view(right.from),
                                                                 -right.blocked, -right.share,
                                                                 std::string_view(right.address));
}

std::string most_waited_for(const std::map<std::string, double>& by_address) {
  const auto most = std::max_element(
      by_address.begin(), by_address.end(),
      [](const auto& left, const auto& right) { return left.second < right.second; });
  return most == by_address.end() ? std::string() : most->first;
}

}  // namespace

bool is_loopback(std::string_view address) {
  constexpr std::string_view kMapped = "::ffff:";
  if (address.starts_with(kMapped)) address.remove_prefix(kMapped.size());
  return address == "::1" || address.starts_with("127.");
}

std::string endpoint(std::string_view address, std::uint16_t port) {
  const bool v6 = address.find(':') != std::string_view::npos;
  std::string text = v6 ? "[" : "";
  text.append(address).append(v6 ? "]:" : ":").append(std::to_string(port));
  return text;
}

Directory::Directory(std::span<const Party> parties) {
  for (const Party& party : parties) {
    for (const std::uint16_t port : party.listening_ports) {
      claim(local_, LocalKey{party.node, party.netns, port}, party.workload);
      for (const std::string& address : party.addresses) {
        claim(remote_, RemoteKey{address, port}, party.workload);
      }
    }
  }
}

std::string_view Directory::workload_at(const Party& caller, std::string_view address,
                                        std::uint16_t port) const {
  if (is_loopback(address)) {
    const auto found = local_.find(LocalKey{caller.node, caller.netns, port});
    return found == local_.end() ? std::string_view() : found->second;
  }
  const auto found = remote_.find(RemoteKey{address, port});
  return found == remote_.end() ? std::string_view() : found->second;
}

std::vector<Edge> edges_of(std::span<const Party> parties) {
  return edges_of(parties, Directory(parties));
}

std::vector<Edge> edges_of(std::span<const Party> parties, const Directory& directory) {
  std::map<std::string_view, double> weights;
  std::map<EdgeKey, Sum> sums;
  for (const Party& party : parties) {
    weights[party.workload] += weight_of(party);
    for (const Call& call : party.calls) {
      const std::string_view callee =
          call.callee.empty() ? directory.workload_at(party, call.address, call.port) : call.callee;
      if (callee == party.workload) continue;
      std::string where = endpoint(call.address, call.port);
      // A workload's name always has a slash before any colon, an endpoint has none at all.
      Sum& sum = sums[{party.workload, callee.empty() ? where : std::string(callee)}];
      sum.blocked += weight_of(party) * part(call.blocked);
      sum.share += amount(call.share);
      sum.by_address[std::move(where)] += amount(call.share);
    }
  }
  std::vector<Edge> edges;
  edges.reserve(sums.size());
  for (const auto& [key, sum] : sums) {
    const bool external = sum.by_address.contains(key.second);
    edges.push_back({.from = std::string(key.first),
                     .to = external ? std::string() : key.second,
                     .address = most_waited_for(sum.by_address),
                     .blocked = part(sum.blocked / weights[key.first]),
                     .share = sum.share});
  }
  std::sort(edges.begin(), edges.end(), more_blocked);
  return edges;
}

}  // namespace kernwise::dependencies
