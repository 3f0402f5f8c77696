// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <limits>
#include <type_traits>

#include "common/report/codec.hpp"
#include "common/report/report.hpp"

/// The wire form, field by field: the encoder and the decoder walk the same description, so they
/// cannot disagree on a name or a bound. For the codec only; SCHEMA.md is the same for people.
///
/// A `wire` offers: text, texts, real, count, counts, flag, verdict, direction, shares, object and
/// list. A field equal to its default is not written; `required_` fields always are. Optional
/// values are written when they are known.
namespace kernwise::report {

template <class T, class Plain>
concept Is = std::same_as<std::remove_const_t<T>, Plain>;

inline constexpr double kMaxThreads = 1e7;  ///< of a node; also the bound of every share
inline constexpr double kMaxCores = 1e5;
inline constexpr double kMaxLatencyUs = 1e12;
inline constexpr double kMaxMean = 1e9;  ///< of queues and requests in flight
inline constexpr std::uint64_t kMaxCount = std::numeric_limits<std::uint64_t>::max();
inline constexpr std::uint32_t kMaxWindowMs = 3'600'000;

inline constexpr std::size_t kWordBytes = 64;   ///< versions, devices, hooks, boot ids
inline constexpr std::size_t kNameBytes = 253;  ///< Kubernetes names
inline constexpr std::size_t kTextBytes = 256;  ///< sentences for people, addresses
inline constexpr std::size_t kPathBytes = 512;  ///< cgroup paths, symbols

inline constexpr std::size_t kMaxHooks = 64;
inline constexpr std::size_t kMaxDegraded = 64;
inline constexpr std::size_t kMaxDisks = 64;
inline constexpr std::size_t kMaxFunctions = 64;
inline constexpr std::size_t kMaxPeers = 64;
inline constexpr std::size_t kMaxPorts = 64;
inline constexpr std::size_t kMaxCulprits = 16;
inline constexpr std::size_t kMaxEvidence = 8;

void fields(auto& wire, Is<HookState> auto& hook) {
  wire.required_text("hook", hook.hook, kWordBytes);
  wire.text("mode", hook.mode, kWordBytes);
  wire.text("reason", hook.reason, kTextBytes);
}

void fields(auto& wire, Is<Disk> auto& disk) {
  wire.required_text("device", disk.device, kWordBytes);
  wire.real("busy", disk.busy, 1);
  wire.real("depth", disk.depth, kMaxMean);
  wire.real("latency_p50_us", disk.latency_p50_us, kMaxLatencyUs);
  wire.real("latency_p99_us", disk.latency_p99_us, kMaxLatencyUs);
}

void fields(auto& wire, Is<Pressure> auto& pressure) {
  wire.count("some_us", pressure.some_us, kMaxCount);
  wire.count("full_us", pressure.full_us, kMaxCount);
}

void fields(auto& wire, Is<PressureSet> auto& pressure) {
  wire.object("cpu", pressure.cpu);
  wire.object("io", pressure.io);
  wire.object("memory", pressure.memory);
}

void fields(auto& wire, Is<SelfCost> auto& self) {
  wire.count("program_ns", self.program_ns, kMaxCount);
  wire.count("cpu_ns", self.cpu_ns, kMaxCount);
  wire.count("maps_bytes", self.maps_bytes, kMaxCount);
  wire.count("resident_bytes", self.resident_bytes, kMaxCount);
  wire.count("drops", self.drops, kMaxCount);
}

void fields(auto& wire, Is<Node> auto& node) {
  wire.required_real("cores", node.cores, kMaxCores);
  wire.real("busy", node.busy, kMaxCores);
  wire.real("contention", node.contention, kMaxThreads);
  wire.real("runqueue", node.runqueue, kMaxThreads);
  wire.real("disk_wait", node.disk_wait, kMaxThreads);
  wire.real("memory_wait", node.memory_wait, kMaxThreads);
  wire.list("disks", node.disks, kMaxDisks);
  wire.object("pressure", node.pressure);
  wire.count("switches_voluntary", node.switches_voluntary, kMaxCount);
  wire.count("switches_forced", node.switches_forced, kMaxCount);
  wire.count("major_faults", node.major_faults, kMaxCount);
  wire.count("memory_allocated_bytes", node.memory_allocated_bytes, kMaxCount);
  wire.count("file_reads", node.file_reads, kMaxCount);
  wire.count("file_writes", node.file_writes, kMaxCount);
  wire.count("file_read_bytes", node.file_read_bytes, kMaxCount);
  wire.count("file_written_bytes", node.file_written_bytes, kMaxCount);
  wire.count("memory_capacity_bytes", node.memory_capacity_bytes, kMaxCount);
  wire.count("memory_used_bytes", node.memory_used_bytes, kMaxCount);
  wire.object("self", node.self);
}

void fields(auto& wire, Is<PodTimes> auto& times) {
  wire.real("busy", times.busy, 1);
  wire.real("inbound", times.inbound, 1);
  wire.real("blocked", times.blocked, 1);
  wire.flag("has_inbound", times.has_inbound);
}

void fields(auto& wire, Is<CpuStat> auto& cpu) {
  wire.count("usage_us", cpu.usage_us, kMaxCount);
  wire.count("periods", cpu.periods, kMaxCount);
  wire.count("throttled_periods", cpu.throttled_periods, kMaxCount);
  wire.count("throttled_us", cpu.throttled_us, kMaxCount);
}

void fields(auto& wire, Is<BlockIo> auto& block) {
  wire.count("reads", block.reads, kMaxCount);
  wire.count("writes", block.writes, kMaxCount);
  wire.count("read_bytes", block.read_bytes, kMaxCount);
  wire.count("written_bytes", block.written_bytes, kMaxCount);
  wire.real("read_latency_p50_us", block.read_latency_p50_us, kMaxLatencyUs);
  wire.real("read_latency_p99_us", block.read_latency_p99_us, kMaxLatencyUs);
  wire.real("write_latency_p50_us", block.write_latency_p50_us, kMaxLatencyUs);
  wire.real("write_latency_p99_us", block.write_latency_p99_us, kMaxLatencyUs);
  wire.text("device", block.device, kWordBytes);
}

void fields(auto& wire, Is<Function> auto& function) {
  wire.required_text("name", function.name, kPathBytes);
  wire.count("samples", function.samples, kMaxCount);
}

void fields(auto& wire, Is<Peer> auto& peer) {
  wire.required_text("address", peer.address, kTextBytes);
  wire.count("port", peer.port, 65535);
  wire.direction("direction", peer.direction);
  wire.real("share", peer.share, kMaxThreads);
  wire.real("blocked", peer.blocked, 1);
  wire.count("requests", peer.requests, kMaxCount);
  wire.real("wait_ms", peer.wait_ms, kMaxMean);
}

void fields(auto& wire, Is<Inbound> auto& inbound) {
  wire.count("requests", inbound.requests, kMaxCount);
  wire.count("completed", inbound.completed, kMaxCount);
  wire.real("in_flight", inbound.in_flight, kMaxMean);
}

void fields(auto& wire, Is<Culprit> auto& culprit) {
  wire.required_count("cgroup_id", culprit.cgroup_id, 0, kMaxCount);
  wire.text("name", culprit.name, kPathBytes);
  wire.real("share", culprit.share, kMaxThreads);
}

/// Written into the object that has the name, not as one of its own.
void fields(auto& wire, Is<Name> auto& name) {
  wire.text("namespace", name.pod_namespace, kNameBytes);
  wire.text("pod", name.pod, kNameBytes);
  wire.text("container", name.container, kNameBytes);
  wire.text("workload", name.workload, kPathBytes);
  wire.real("request", name.request, kMaxCores);
  wire.real("limit", name.limit, kMaxCores);
}

void fields(auto& wire, Is<NameRequest> auto& request) {
  wire.text("uid", request.pod_uid, kWordBytes);
  wire.text("container_id", request.container_id, kTextBytes);
  wire.text("path", request.path, kPathBytes);
}

void fields(auto& wire, Is<NameEntry> auto& entry) {
  wire.text("uid", entry.pod_uid, kWordBytes);
  wire.text("container_id", entry.container_id, kTextBytes);
  wire.text("path", entry.path, kPathBytes);
  fields(wire, entry.name);
}

void fields(auto& wire, Is<Container> auto& container) {
  wire.required_count("cgroup_id", container.cgroup_id, 0, kMaxCount);
  wire.text("path", container.path, kPathBytes);
  wire.text("uid", container.pod_uid, kWordBytes);
  wire.text("container_id", container.container_id, kTextBytes);
  fields(wire, container.name);
  wire.count("threads", container.threads, static_cast<std::uint64_t>(kMaxThreads));
  wire.real("cpu_limit", container.cpu_limit, kMaxCores);
  wire.shares("shares", container.shares, kMaxThreads);
  wire.real("behind_others", container.behind_others, kMaxThreads);
  wire.object("times", container.times);
  wire.object("cpu", container.cpu);
  wire.object("pressure", container.pressure);
  wire.count("memory_working_set_bytes", container.memory_working_set_bytes, kMaxCount);
  wire.object("block", container.block);
  wire.count("samples", container.samples, kMaxCount);
  wire.list("top_functions", container.top_functions, kMaxFunctions);
  wire.list("peers", container.peers, kMaxPeers);
  wire.object("inbound", container.inbound);
  wire.count("listen_overflows", container.listen_overflows, kMaxCount);
  wire.counts("listening_ports", container.listening_ports, kMaxPorts);
  wire.count("netns", container.netns, std::numeric_limits<std::uint32_t>::max());
  wire.list("culprits", container.culprits, kMaxCulprits);
  wire.verdict("verdict", container.verdict);
  wire.real("confidence", container.confidence, 1);
  wire.texts("evidence", container.evidence, kMaxEvidence);
}

void fields(auto& wire, Is<Report> auto& report) {
  wire.required_count("version", report.version, kVersion, kVersion);
  wire.text("node", report.node, kNameBytes);
  wire.required_text("boot_id", report.boot_id, kWordBytes);
  wire.required_count("seq", report.seq, 0, kMaxCount);
  wire.required_count("window_ms", report.window_ms, 1, kMaxWindowMs);
  wire.text("profiler_version", report.profiler_version, kWordBytes);
  wire.list("hooks", report.hooks, kMaxHooks);
  wire.texts("degraded", report.degraded, kMaxDegraded);
  wire.required_object("totals", report.totals);
  wire.required_list("containers", report.containers, kMaxContainers);
  wire.shares("system", report.system, kMaxThreads);
  wire.list("names_wanted", report.names_wanted, kMaxContainers);
}

void fields(auto& wire, Is<Reply> auto& reply) {
  wire.count("window_ms", reply.window_ms, kMaxWindowMs);
  wire.list("names", reply.names, kMaxContainers);
}

}  // namespace kernwise::report
