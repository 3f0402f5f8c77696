// SPDX-License-Identifier: Apache-2.0
#include "test/unit/report/sample.hpp"

namespace kernwise::report {
namespace {

PressureSet full_pressure() {
  return {.cpu = Pressure{1, 2}, .io = Pressure{3, 4}, .memory = Pressure{5, 6}};
}

WaitShares full_shares() {
  WaitShares shares;
  for (std::size_t at = 0; at < kShareCount; ++at) {
    shares[static_cast<Share>(at)] = 0.125 * static_cast<double>(at + 1);
  }
  return shares;
}

Node full_node() {
  return {.cores = 4,
          .busy = 1.5,
          .contention = 0.25,
          .runqueue = 0.5,
          .disk_wait = 0.125,
          .memory_wait = 0.0625,
          .disks = {{"254:0", 0.5, 1.25, 120, 4000}},
          .pressure = full_pressure(),
          .switches_voluntary = 10,
          .switches_forced = 11,
          .major_faults = 12,
          .memory_allocated_bytes = 13,
          .file_reads = 14,
          .file_writes = 15,
          .file_read_bytes = 16,
          .file_written_bytes = 17,
          .memory_capacity_bytes = 18,
          .memory_used_bytes = 19,
          .self = {
              .program_ns = 20, .cpu_ns = 21, .maps_bytes = 22, .resident_bytes = 23, .drops = 24}};
}

Name full_name() {
  return {.pod_namespace = "demo",
          .pod = "svc-cpu-0",
          .container = "app",
          .workload = "Deployment/svc-cpu",
          .request = 0.5,
          .limit = 1.0};
}

BlockIo full_block() {
  return {.reads = 1,
          .writes = 2,
          .read_bytes = 3,
          .written_bytes = 4,
          .read_latency_p50_us = 5,
          .read_latency_p99_us = 6,
          .write_latency_p50_us = 7,
          .write_latency_p99_us = 8,
          .device = "254:0"};
}

Container full_container() {
  Container container;
  container.cgroup_id = 18'446'744'073'709'551'615U;
  container.path = "kubepods.slice/pod1/app";
  container.pod_uid = "0b1c2d3e-0000-4000-8000-000000000001";
  container.container_id = "c0ffee";
  container.name = full_name();
  container.threads = 12;
  container.cpu_limit = 1.0;
  container.shares = full_shares();
  container.behind_others = 0.25;
  container.times = PodTimes{.busy = 0.5, .inbound = 0.75, .blocked = 0.25, .has_inbound = true};
  container.cpu = {.usage_us = 1, .periods = 2, .throttled_periods = 3, .throttled_us = 4};
  container.pressure = full_pressure();
  container.memory_working_set_bytes = 1 << 20;
  container.block = full_block();
  container.samples = 99;
  container.top_functions = {{"main.burnCycles", 90}};
  container.peers = {{.address = "10.0.0.7",
                      .port = 8080,
                      .direction = Direction::inbound,
                      .share = 0.5,
                      .blocked = 0.25,
                      .requests = 7,
                      .wait_ms = 12.5}};
  container.inbound = {.requests = 5, .completed = 4, .in_flight = 1.5};
  container.listen_overflows = 3;
  container.listening_ports = {80, 443};
  container.netns = 4'026'531'840U;
  container.culprits = {{.cgroup_id = 77, .name = "demo/svc-cpu", .share = 0.125}};
  container.verdict = Verdict::cpu_saturated;
  container.confidence = 0.75;
  container.evidence = {"on_cpu 0.98 of limit 1"};
  return container;
}

}  // namespace

Report full_report() {
  return {.version = kVersion,
          .node = "n1",
          .boot_id = "b00t",
          .seq = 42,
          .window_ms = 5000,
          .profiler_version = "0.1.0",
          .hooks = {{"sched_switch", "tp_btf", "as intended"}},
          .degraded = {"sock_send_length: kernel below 6.3"},
          .totals = full_node(),
          .containers = {full_container()},
          .system = full_shares(),
          .names_wanted = {{"uid-2", "c0de", "kubepods.slice/pod2"}}};
}

Reply full_reply() {
  return {.window_ms = 5000, .names = {{"uid-2", "c0de", "kubepods.slice/pod2", full_name()}}};
}

}  // namespace kernwise::report
