// SPDX-License-Identifier: Apache-2.0
#include "test/unit/export/sample_report.hpp"

#include <vector>

namespace kernwise::test {

WaitShares shares(std::initializer_list<std::pair<Share, double>> parts) {
  WaitShares all;
  for (const auto& [share, value] : parts) all[share] = value;
  return all;
}

report::Container container(const std::string& pod, const WaitShares& shares) {
  report::Container one;
  one.name.pod_namespace = "shop";
  one.name.pod = pod;
  one.name.container = "app";
  one.name.workload = "Deployment/" + pod;
  one.pod_uid = "uid-" + pod;
  one.shares = shares;
  return one;
}

report::Peer peer(const std::string& address, std::uint16_t port, double share) {
  report::Peer one;
  one.address = address;
  one.port = port;
  one.share = share;
  return one;
}

report::Report three_services() {
  auto cpu = container("svc-cpu", shares({{Share::on_cpu, 0.9}, {Share::runqueue, 0.1}}));
  cpu.cgroup_id = 101;
  cpu.samples = 445;
  cpu.top_functions = {{.name = "runtime.mallocgc", .samples = 20},
                       {.name = "main.burnCycles", .samples = 425}};
  cpu.verdict = Verdict::cpu_saturated;
  cpu.confidence = 0.8;
  cpu.evidence = {"on_cpu 0.90 of limit 1"};

  auto io = container("svc-io", shares({{Share::disk, 0.5}, {Share::on_cpu, 0.02}}));
  io.cgroup_id = 102;
  io.samples = 10;
  io.block.device = "254:0";
  io.block.writes = 100;
  io.block.write_latency_p50_us = 25'000;
  io.verdict = Verdict::disk_bound;
  io.confidence = 0.4;

  auto web =
      container("svc-web", shares({{Share::network, 0.7}, {Share::lock, 0.1}, {Share::idle, 3}}));
  web.cgroup_id = 103;
  web.peers = {peer("10.0.0.7", 8080, 0.6), peer("10.0.0.8", 5432, 0.1)};
  web.verdict = Verdict::downstream_wait;
  web.confidence = 1;

  report::Report report;
  report.node = "n1";
  report.window_ms = 5000;
  report.profiler_version = "0.1.0";
  report.totals.cores = 4;
  report.totals.busy = 1.5;
  report.containers = {web, cpu, io};
  return report;
}

std::vector<std::string> hostile_names() {
  return {"a\nkpod_evil_total 1",
          "a\"} 1\nkpod_evil_total{x=\"y",
          "back\\slash\\",
          "\xff\xfe bad \xc3",
          "\x1b[2J\x1b[31mred",
          "\xe2\x80\xae reversed",
          "</script><script>alert(1)</script>",
          std::string("nul\0nul", 7),
          std::string(5000, 'x'),
          "# HELP a b",
          "{}",
          ""};
}

}  // namespace kernwise::test
