// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "orchestrator/view/reducer.hpp"

/// Reports as a profiler would send them, for tests.
namespace kernwise::test {

inline MonoTime at(double seconds) {
  return MonoTime(std::chrono::duration_cast<MonoTime::duration>(Seconds(1'000 + seconds)));
}

inline view::Arrival arrival(double seconds, std::string address = "127.0.0.1") {
  return {at(seconds), WallTime(std::chrono::milliseconds(std::int64_t(seconds * 1000))),
          std::move(address)};
}

/// One busy container of a pod with that UID.
inline report::Container container(std::string uid, Verdict verdict, double on_cpu) {
  report::Container container;
  container.cgroup_id = std::hash<std::string>{}(uid);
  container.path = "kubepods/pod" + uid + "/c0";
  container.pod_uid = std::move(uid);
  container.verdict = verdict;
  container.confidence = 0.8;
  container.shares[Share::on_cpu] = on_cpu;
  container.evidence = {"evidence"};
  return container;
}

inline report::Container named(report::Container container, std::string pod_namespace,
                               std::string pod, std::string workload) {
  container.name.pod_namespace = std::move(pod_namespace);
  container.name.pod = std::move(pod);
  container.name.workload = std::move(workload);
  return container;
}

inline report::Name pod_name(std::string pod_namespace, std::string pod) {
  report::Name name;
  name.pod_namespace = std::move(pod_namespace);
  name.pod = std::move(pod);
  return name;
}

inline report::PodEntry pod_entry(std::string uid, std::string pod_namespace, std::string pod) {
  report::PodEntry entry;
  entry.uid = std::move(uid);
  entry.name = pod_name(std::move(pod_namespace), std::move(pod));
  return entry;
}

/// A node of four cores with one disk, five seconds per window.
inline report::Report report_of(std::string node, std::uint64_t seq,
                                std::vector<report::Container> containers = {}) {
  report::Report report;
  report.node = std::move(node);
  report.boot_id = "boot-1";
  report.seq = seq;
  report.window_ms = 5'000;
  report.totals.cores = 4;
  report.totals.busy = 1;
  report.totals.disks = {{.device = "254:0", .busy = 0.1, .depth = 0.1}};
  report.totals.memory_capacity_bytes = 1000;
  report.totals.memory_used_bytes = 250;
  report.containers = std::move(containers);
  return report;
}

}  // namespace kernwise::test
