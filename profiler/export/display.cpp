// SPDX-License-Identifier: Apache-2.0
#include "profiler/export/display.hpp"

#include <algorithm>
#include <array>

#include "common/base/utf8.hpp"

namespace kernwise::profiler {
namespace {

constexpr std::size_t kMaxText = 253;
constexpr std::size_t kMaxSymbol = 512;
constexpr std::array<Share, 4> kOffCpu = {Share::network, Share::lock, Share::ipc, Share::memory};

bool is_loopback(std::string_view address) {
  return address.starts_with("127.") || address == "::1" || address.starts_with("::ffff:127.");
}

bool listens(const report::Container& container, std::uint16_t port) {
  const auto& ports = container.listening_ports;
  return std::find(ports.begin(), ports.end(), port) != ports.end();
}

}  // namespace

Shown shown(const report::Container& container) {
  Shown text;
  text.uid = printable(container.pod_uid, kMaxText);
  text.workload = printable(container.name.workload, kMaxText);
  text.container = printable(container.name.container, kMaxText);
  if (text.container.empty()) text.container = printable(container.container_id.substr(0, 12));
  text.pod = printable(container.name.pod, kMaxText);
  if (!text.pod.empty()) {
    text.pod_namespace = printable(container.name.pod_namespace, kMaxText);
    return text;
  }
  text.pod = text.uid;
  if (text.pod.empty()) text.pod = printable(container.path, kMaxText);
  return text;
}

std::string full_name(const Shown& shown) {
  if (shown.pod_namespace.empty()) return shown.pod;
  const bool root = shown.pod_namespace == "/";
  return root ? "/" + shown.pod : shown.pod_namespace + "/" + shown.pod;
}

std::string peer_name(const report::Report& report, const report::Container& asking,
                      const report::Peer& peer) {
  if (is_loopback(peer.address) && asking.netns != 0) {
    for (const auto& other : report.containers) {
      if (other.netns != asking.netns || !listens(other, peer.port)) continue;
      const Shown name = shown(other);
      return name.workload.empty() ? full_name(name) : name.workload;
    }
  }
  const auto address = printable(peer.address, kMaxText);
  const bool v6 = address.find(':') != std::string::npos;
  return (v6 ? "[" + address + "]" : address) + ":" + std::to_string(peer.port);
}

std::optional<std::string> top_peer(const report::Report& report, const report::Container& asking) {
  const report::Peer* top = nullptr;
  for (const auto& peer : asking.peers) {
    if (peer.direction != report::Direction::outbound) continue;
    if (top == nullptr || peer.share > top->share) top = &peer;
  }
  if (top == nullptr) return std::nullopt;
  return peer_name(report, asking, *top);
}

std::string top_function(const report::Container& container) {
  const auto top = std::max_element(
      container.top_functions.begin(), container.top_functions.end(),
      [](const report::Function& a, const report::Function& b) { return a.samples < b.samples; });
  if (top == container.top_functions.end()) return "[unknown]";
  return printable(top->name, kMaxSymbol);
}

std::string disk_cause(const report::BlockIo& block) {
  const auto device = printable(block.device, kMaxText);
  const auto waited = [](std::uint64_t requests, double latency_us) {
    return static_cast<double>(requests) * latency_us;
  };
  const double read = waited(block.reads, block.read_latency_p50_us);
  const double write = waited(block.writes, block.write_latency_p50_us);
  std::string direction;
  if (read > write || (read == write && block.reads > block.writes)) direction = "read";
  if (write > read || (read == write && block.writes > block.reads)) direction = "write";
  if (device.empty()) return direction.empty() ? "disk" : direction;
  return direction.empty() ? device : device + " " + direction;
}

double off_cpu(const WaitShares& shares) {
  double sum = 0;
  for (const Share share : kOffCpu) sum += shares[share];
  return sum;
}

std::string off_cpu_cause(const report::Report& report, const report::Container& container) {
  const auto& shares = container.shares;
  const auto* cause = std::max_element(kOffCpu.begin(), kOffCpu.end(),
                                       [&](Share a, Share b) { return shares[a] < shares[b]; });
  if (*cause == Share::network) {
    if (auto peer = top_peer(report, container)) return *peer;
  }
  return std::string(name_of(*cause));
}

}  // namespace kernwise::profiler
