// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "profiler/sense/window.hpp"

namespace kernwise::sense {
namespace {

bool same_peer(const kw_peer_key& a, const kw_peer_key& b) {
  return std::memcmp(&a, &b, sizeof(a)) == 0;
}

const kw_peer* find(std::span<const PeerReading> readings, const kw_peer_key& key) {
  const auto found = std::ranges::find_if(
      readings, [&](const PeerReading& reading) { return same_peer(reading.key, key); });
  return found == readings.end() ? nullptr : &found->value;
}

/// A peer's window and the wall time it had something outstanding.
struct PeerWindow {
  report::Peer peer;
  double outstanding_ns = 0;
};

PeerWindow window_of(const PeerReading& reading, const kw_peer& before, std::uint64_t before_ns,
                     std::uint64_t now_ns) {
  const auto& now = reading.value;
  const double window = static_cast<double>(grown(before_ns, now_ns));
  const auto requests = grown(before.requests, now.requests);
  PeerWindow result;
  result.peer.address = address_text(reading.key.at);
  result.peer.port = reading.key.at.port;
  result.peer.direction = reading.key.role == KW_ROLE_INBOUND ? report::Direction::inbound
                                                              : report::Direction::outbound;
  result.peer.share =
      window > 0 ? static_cast<double>(grown(before.wait_ns, now.wait_ns)) / window : 0;
  result.peer.requests = requests;
  result.peer.wait_ms = requests == 0
                            ? 0
                            : static_cast<double>(grown(before.latency_ns, now.latency_ns)) * 1e-6 /
                                  static_cast<double>(requests);
  result.outstanding_ns =
      static_cast<double>(grown(interval_until(before.outstanding_sum, before_ns),
                                interval_until(now.outstanding_sum, now_ns)));
  return result;
}

}  // namespace

std::string address_text(const kw_endpoint& endpoint) {
  constexpr unsigned char kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  char text[INET6_ADDRSTRLEN] = {};
  if (std::memcmp(endpoint.address, kMapped, sizeof(kMapped)) == 0) {
    ::inet_ntop(AF_INET, endpoint.address + sizeof(kMapped), text, sizeof(text));
  } else {
    ::inet_ntop(AF_INET6, endpoint.address, text, sizeof(text));
  }
  return text;
}

std::vector<report::Peer> peers_between(std::span<const PeerReading> before,
                                        std::span<const PeerReading> now, const Span& span,
                                        double blocked, std::size_t max) {
  std::vector<PeerWindow> windows;
  double outstanding = 0;
  for (const auto& reading : now) {
    const auto* old = find(before, reading.key);
    auto window = window_of(reading, old ? *old : kw_peer{}, span.from_ns, span.until_ns);
    if (window.outstanding_ns <= 0 && window.peer.requests == 0 && window.peer.share <= 0) continue;
    outstanding += window.outstanding_ns;
    windows.push_back(std::move(window));
  }
  std::vector<report::Peer> peers;
  for (auto& window : windows) {
    if (outstanding > 0) window.peer.blocked = blocked * window.outstanding_ns / outstanding;
    peers.push_back(std::move(window.peer));
  }
  std::ranges::sort(peers, [](const report::Peer& a, const report::Peer& b) {
    return std::pair(a.blocked, a.share) > std::pair(b.blocked, b.share);
  });
  if (peers.size() > max) peers.resize(max);
  return peers;
}

}  // namespace kernwise::sense
