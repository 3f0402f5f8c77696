// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/report/vocabulary.hpp"

/// What a profiler says of one window: plain values. The wire form is `codec.hpp` and SCHEMA.md.
/// Unless a unit is in the name, rates are per second of wall time and shares are thread-seconds
/// per second; `std::optional` means "this node cannot know", never zero.
namespace kernwise::report {

inline constexpr std::uint32_t kVersion = 1;

/// Whether one kernel hook runs, how, and if not why.
struct HookState {
  std::string hook;    ///< `sched_switch`, `sock_send_length`, ...
  std::string mode;    ///< `tp_btf`, `perf_event`, `iter`, `off`
  std::string reason;  ///< empty when it runs as intended
  bool operator==(const HookState&) const = default;
};

struct Disk {
  std::string device;  ///< `254:0`
  double busy = 0;     ///< part of the window with at least one request in flight, 0..1
  double depth = 0;    ///< mean requests in flight
  double latency_p50_us = 0;
  double latency_p99_us = 0;
  bool operator==(const Disk&) const = default;
};

/// Totals of a *.pressure file, microseconds since boot.
struct Pressure {
  std::uint64_t some_us = 0;
  std::uint64_t full_us = 0;
  bool operator==(const Pressure&) const = default;
};

struct PressureSet {
  std::optional<Pressure> cpu, io, memory;
  bool operator==(const PressureSet&) const = default;
};

/// What the profiler itself cost in the window.
struct SelfCost {
  std::uint64_t program_ns = 0;  ///< kernel programs, where statistics are on
  std::uint64_t cpu_ns = 0;      ///< user space of the profiler
  std::uint64_t maps_bytes = 0;
  std::uint64_t resident_bytes = 0;
  std::uint64_t drops = 0;  ///< failed map updates and lost ring buffer records since start
  bool operator==(const SelfCost&) const = default;
};

struct Node {
  double cores = 0;
  double busy = 0;        ///< CPUs busy, 0..cores
  double contention = 0;  ///< thread-seconds per second that waited behind another cgroup
  double runqueue = 0;    ///< thread-seconds per second of all run queue waiting
  double disk_wait = 0;   ///< thread-seconds per second blocked on disk, all cgroups
  double memory_wait = 0;
  std::vector<Disk> disks;
  PressureSet pressure;
  std::uint64_t switches_voluntary = 0;  ///< in the window
  std::uint64_t switches_forced = 0;
  std::uint64_t major_faults = 0;  ///< in the window
  std::uint64_t memory_allocated_bytes = 0;
  std::uint64_t file_reads = 0, file_writes = 0;
  std::uint64_t file_read_bytes = 0, file_written_bytes = 0;
  std::uint64_t memory_capacity_bytes = 0;
  std::uint64_t memory_used_bytes = 0;
  SelfCost self;
  bool operator==(const Node&) const = default;
};

/// Parts of wall time, 0..1, from the socket and run state of the whole container.
struct PodTimes {
  double busy = 0;           ///< something running or runnable
  double inbound = 0;        ///< at least one inbound request in flight
  double blocked = 0;        ///< an outbound request open and nothing running or runnable
  bool has_inbound = false;  ///< it has (or had) accepted connections
  bool operator==(const PodTimes&) const = default;
};

struct CpuStat {
  std::uint64_t usage_us = 0;  ///< since the cgroup was made
  std::optional<std::uint64_t> periods, throttled_periods, throttled_us;
  bool operator==(const CpuStat&) const = default;
};

struct BlockIo {
  std::uint64_t reads = 0, writes = 0;  ///< completed in the window
  std::uint64_t read_bytes = 0, written_bytes = 0;
  double read_latency_p50_us = 0, read_latency_p99_us = 0;
  double write_latency_p50_us = 0, write_latency_p99_us = 0;
  std::string device;  ///< the one with most waiting, `254:0`; empty without I/O
  bool operator==(const BlockIo&) const = default;
};

struct Function {
  std::string name;
  std::uint64_t samples = 0;  ///< at 99 Hz
  bool operator==(const Function&) const = default;
};

enum class Direction : std::uint8_t { inbound, outbound };

struct Peer {
  std::string address;
  std::uint16_t port = 0;  ///< of the server side
  Direction direction = Direction::outbound;
  double share = 0;    ///< thread-seconds per second spent waiting for it
  double blocked = 0;  ///< its part of PodTimes::blocked
  std::uint64_t requests = 0;
  double wait_ms = 0;  ///< mean time to an answer
  bool operator==(const Peer&) const = default;
};

struct Inbound {
  std::uint64_t requests = 0, completed = 0;
  double in_flight = 0;  ///< mean
  bool operator==(const Inbound&) const = default;
};

/// Whose threads held the CPU while this container waited for one.
struct Culprit {
  std::uint64_t cgroup_id = 0;  ///< 0: kernel threads, 1: the root cgroup and what has no slot
  std::string name;             ///< namespace/pod, `system` or `kernel`
  double share = 0;
  bool operator==(const Culprit&) const = default;
};

/// Who a container is, as far as the profiler knows; empty until names arrive.
struct Name {
  std::string pod_namespace;
  std::string pod;
  std::string container;
  std::string workload;                  ///< `Deployment/svc-cpu`
  std::optional<double> request, limit;  ///< cores
  bool operator==(const Name&) const = default;
};

struct Container {
  std::uint64_t cgroup_id = 0;
  std::string path;     ///< below the cgroup2 root
  std::string pod_uid;  ///< empty for cgroups that are not Kubernetes pods
  std::string container_id;
  Name name;
  std::uint32_t threads = 0;
  std::optional<double> cpu_limit;  ///< cores, from cpu.max
  WaitShares shares;
  double behind_others = 0;  ///< the part of `runqueue` spent behind another cgroup
  std::optional<PodTimes> times;
  CpuStat cpu;
  PressureSet pressure;
  std::optional<std::uint64_t> memory_working_set_bytes;
  BlockIo block;
  std::uint64_t samples = 0;  ///< on-CPU samples in the window, rescaled to 99 Hz
  std::vector<Function> top_functions;
  std::vector<Peer> peers;
  Inbound inbound;
  std::uint64_t listen_overflows = 0;
  std::vector<std::uint16_t> listening_ports;
  std::uint32_t netns = 0;  ///< inode of its network namespace; joins loopback peers
  std::vector<Culprit> culprits;
  Verdict verdict = Verdict::unknown;
  double confidence = 0;
  std::vector<std::string> evidence;
  bool operator==(const Container&) const = default;
};

/// A cgroup whose names the profiler asks for.
struct NameRequest {
  std::string pod_uid;
  std::string container_id;
  std::string path;
  bool operator==(const NameRequest&) const = default;
};

struct Report {
  std::uint32_t version = kVersion;
  std::string node;
  std::string boot_id;
  std::uint64_t seq = 0;
  std::uint32_t window_ms = 0;
  std::string profiler_version;
  std::vector<HookState> hooks;
  std::vector<std::string> degraded;
  Node totals;
  std::vector<Container> containers;
  WaitShares system;  ///< every cgroup that is not reported by itself, added up
  std::vector<NameRequest> names_wanted;
  bool operator==(const Report&) const = default;
};

/// One answer to a NameRequest.
struct NameEntry {
  std::string pod_uid;
  std::string container_id;
  std::string path;
  Name name;
  bool operator==(const NameEntry&) const = default;
};

struct Reply {
  std::uint32_t window_ms = 0;  ///< what the orchestrator would like; 0 = no wish
  std::vector<NameEntry> names;
  bool operator==(const Reply&) const = default;
};

}  // namespace kernwise::report
