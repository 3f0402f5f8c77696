// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "orchestrator/api/encode.hpp"
#include "orchestrator/view/network.hpp"

namespace kernwise::api {
namespace {

std::vector<dependencies::Party> parties_by_pod(const view::Snapshot& snapshot, MonoTime now) {
  std::vector<dependencies::Party> parties;
  for (const auto& [name, node] : snapshot.nodes) {
    if (!node->fresh(now)) continue;
    for (const view::Pod& pod : node->pods) {
      for (const std::size_t at : pod.containers) {
        parties.push_back(view::party_of({node.get(), &pod}, node->report.containers[at],
                                         *snapshot.names, pod.pod_namespace + "/" + pod.name));
      }
    }
  }
  return parties;
}

void write_optional(json::Writer& json, std::string_view key, const std::optional<double>& value) {
  if (value) json.member(key, rounded(*value));
}

void write_times(json::Writer& json, const report::PodTimes& times) {
  json.begin_object()
      .member("busy", rounded(times.busy))
      .member("inbound", rounded(times.inbound))
      .member("blocked", rounded(times.blocked))
      .member("has_inbound", times.has_inbound)
      .end_object();
}

/// Who had the CPU while it waited for one.
void write_culprits(json::Writer& json, const report::Container& container) {
  json.key("culprits").begin_array();
  for (const report::Culprit& culprit : container.culprits) {
    json.begin_object().member("name", culprit.name);
    json.member("share", rounded(culprit.share)).end_object();
  }
  json.end_array();
}

void write_container(json::Writer& json, const report::Container& container) {
  json.begin_object().member("name", container.name.container);
  json.member("id", container.container_id).member("path", container.path);
  json.member("threads", container.threads);
  json.member("verdict", name_of(container.verdict));
  json.member("confidence", rounded(container.confidence));
  if (container.times) write_times(json.key("times"), *container.times);
  json.member("listen_overflows", container.listen_overflows);
  json.key("listening_ports").begin_array();
  for (const std::uint16_t port : container.listening_ports) json.value(unsigned{port});
  json.end_array();
  write_culprits(json, container);
  json.end_object();
}

/// The functions of all containers, most samples first.
void write_functions(json::Writer& json, const view::PodRef& ref) {
  std::vector<report::Function> functions;
  for (const std::size_t at : ref.pod->containers) {
    const auto& some = ref.node->report.containers[at].top_functions;
    functions.insert(functions.end(), some.begin(), some.end());
  }
  std::sort(functions.begin(), functions.end(), [](const auto& left, const auto& right) {
    if (left.samples != right.samples) return left.samples > right.samples;
    return left.name < right.name;
  });
  json.key("top_functions").begin_array();
  for (const report::Function& function : functions) {
    json.begin_object().member("name", function.name).member("samples", function.samples);
    json.end_object();
  }
  json.end_array();
}

void write_peer(json::Writer& json, const report::Peer& peer, const std::string& name) {
  const std::string address = dependencies::endpoint(peer.address, peer.port);
  const bool outbound = peer.direction == report::Direction::outbound;
  json.begin_object().member("name", name.empty() ? address : name).member("address", address);
  json.member("direction", outbound ? "outbound" : "inbound");
  json.member("share", rounded(peer.share)).member("blocked", rounded(peer.blocked));
  json.member("requests", peer.requests).member("wait_ms", rounded(peer.wait_ms)).end_object();
}

void write_peers(json::Writer& json, const view::PodRef& ref, const PeerNames& names) {
  json.key("peers").begin_array();
  for (const std::size_t at : ref.pod->containers) {
    const report::Container& container = ref.node->report.containers[at];
    for (const report::Peer& peer : container.peers) {
      write_peer(json, peer, names.name(ref, container, peer));
    }
  }
  json.end_array();
}

void write_disks(json::Writer& json, const report::Report& report) {
  json.key("disks").begin_array();
  for (const report::Disk& disk : report.totals.disks) {
    json.begin_object().member("device", disk.device).member("busy", rounded(disk.busy));
    json.member("depth", rounded(disk.depth));
    json.member("latency_p50_us", rounded(disk.latency_p50_us));
    json.member("latency_p99_us", rounded(disk.latency_p99_us)).end_object();
  }
  json.end_array();
}

void write_row(json::Writer& json, const placement::NodeRow& row) {
  write(json.key("load"), row.load);
  write(json.key("deviation"), row.deviation);
  write(json.key("contention"), row.contention);
  write(json.key("sensitivity"), row.sensitivity);
  json.member("churn", rounded(row.churn));
}

}  // namespace

PeerNames::PeerNames(const view::Snapshot& snapshot, MonoTime now)
    : names_(snapshot.names),
      by_workload_(view::parties_of(snapshot, now)),
      by_pod_(parties_by_pod(snapshot, now)),
      workloads_(by_workload_),
      pods_(by_pod_) {}

std::string PeerNames::name(const view::PodRef& pod, const report::Container& container,
                            const report::Peer& peer) const {
  if (const view::NamedPod* const known = names_->pod_at(peer.address)) {
    return known->name.pod_namespace + "/" + known->name.pod;
  }
  // The port of an inbound peer is the container's own: only its address tells who it is.
  if (peer.direction == report::Direction::inbound) return {};
  const dependencies::Party caller = view::party_of(pod, container, view::NameBook(), "");
  const std::string_view listener = pods_.workload_at(caller, peer.address, peer.port);
  if (!listener.empty()) return std::string(listener);
  std::string behind = names_->workload_at(peer.address, peer.port);
  if (!behind.empty()) return behind;
  return std::string(workloads_.workload_at(caller, peer.address, peer.port));
}

std::vector<dependencies::Edge> PeerNames::edges() const {
  return dependencies::edges_of(by_workload_, workloads_);
}

double rounded(double value) {
  if (!std::isfinite(value) || std::abs(value) > 1e12) return value;
  return std::round(value * 1e6) / 1e6;
}

void write(json::Writer& json, const WaitShares& shares) {
  json.begin_object();
  for (std::size_t at = 0; at < kShareCount; ++at) {
    const auto share = static_cast<Share>(at);
    json.member(name_of(share), rounded(shares[share]));
  }
  json.end_object();
}

void write(json::Writer& json, const std::vector<std::string>& lines) {
  json.begin_array();
  for (const std::string& line : lines) json.value(line);
  json.end_array();
}

void write(json::Writer& json, const placement::PerResource& values) {
  json.begin_object();
  for (std::size_t at = 0; at < placement::kResources; ++at) {
    json.member(name_of(static_cast<placement::Resource>(at)), rounded(values[at]));
  }
  json.end_object();
}

void write(json::Writer& json, const view::NodeState& node, MonoTime now) {
  json.begin_object().member("name", node.name);
  json.member("age_seconds", rounded(node.age_seconds(now))).member("fresh", node.fresh(now));
  json.member("received", rfc3339(node.received_at));
  json.member("boot_id", node.report.boot_id).member("seq", node.report.seq);
  json.member("window_ms", node.report.window_ms);
  json.member("profiler_version", node.report.profiler_version);
  json.member("pods", std::uint64_t{node.pods.size()});
  json.member("cores", rounded(node.report.totals.cores));
  json.member("busy", rounded(node.report.totals.busy));
  write_row(json, node.row);
  write_disks(json, node.report);
  write(json.key("system"), node.report.system);
  write(json.key("degraded"), node.report.degraded);
  json.end_object();
}

void write(json::Writer& json, const view::PodRef& ref, const PeerNames& names, MonoTime now) {
  const view::Pod& pod = *ref.pod;
  json.begin_object().member("name", pod.pod_namespace + "/" + pod.name);
  json.member("namespace", pod.pod_namespace).member("pod", pod.name).member("uid", pod.uid);
  json.member("workload", pod.workload).member("node", pod.node);
  json.member("verdict", name_of(view::verdict_of(pod, *ref.node, now)));
  json.member("confidence", ref.node->fresh(now) ? rounded(pod.confidence) : 0.0);
  json.member("age_seconds", rounded(ref.node->age_seconds(now)));
  write(json.key("shares"), pod.shares);
  json.member("behind_others", rounded(pod.behind_others));
  write_optional(json, "request", pod.request);
  write_optional(json, "limit", pod.limit);
  json.member("requests_per_second", rounded(pod.requests_per_second));
  json.member("in_flight", rounded(pod.in_flight)).member("memory_bytes", pod.memory_bytes);
  write_functions(json, ref);
  write_peers(json, ref, names);
  write(json.key("evidence"), pod.evidence);
  json.key("containers").begin_array();
  for (const std::size_t at : pod.containers) {
    write_container(json, ref.node->report.containers[at]);
  }
  json.end_array().end_object();
}

void write(json::Writer& json, const view::Workload& workload) {
  json.begin_object().member("name", workload.name);
  json.member("replicas", std::uint64_t{workload.pods.size()});
  json.member("verdict", name_of(workload.verdict));
  json.member("confidence", rounded(workload.confidence));
  json.member("coverage", rounded(workload.coverage()));
  json.member("age_seconds", rounded(workload.data_age_seconds));
  json.member("demand_cores", rounded(workload.demand_cores()));
  json.member("used_cores", rounded(workload.used_cores()));
  json.member("requests_per_second", rounded(workload.requests_per_second));
  json.member("in_flight", rounded(workload.in_flight));
  write(json.key("shares"), workload.shares);
  write(json.key("evidence"), workload.evidence);
  json.key("pods").begin_array();
  for (const view::PodRef& ref : workload.pods) {
    json.value(ref.pod->pod_namespace + "/" + ref.pod->name);
  }
  json.end_array().end_object();
}

void write(json::Writer& json, const dependencies::Edge& edge) {
  json.begin_object().member("from", edge.from).member("to", edge.to);
  json.member("address", edge.address).member("blocked", rounded(edge.blocked));
  json.member("share", rounded(edge.share)).end_object();
}

std::string compact(const view::NodeState& node) {
  json::Writer json;
  json.begin_object().member("seq", node.report.seq);
  write(json.key("load"), node.row.load);
  write(json.key("contention"), node.row.contention);
  json.end_object();
  return json.take();
}

std::string compact(const view::Pod& pod) {
  json::Writer json;
  json.begin_object().member("node", pod.node).member("workload", pod.workload);
  json.member("verdict", name_of(pod.verdict)).member("confidence", rounded(pod.confidence));
  write(json.key("shares"), pod.shares);
  json.end_object();
  return json.take();
}

}  // namespace kernwise::api
