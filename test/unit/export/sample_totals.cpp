// SPDX-License-Identifier: Apache-2.0
#include "test/unit/export/sample_totals.hpp"

#include "test/unit/export/sample_report.hpp"

namespace kernwise::test {

using namespace profiler;  // NOLINT(google-build-using-namespace): values of its words

namespace {

sense::Totals some_totals() {
  sense::Totals totals;
  totals.switches_voluntary = 10;
  totals.switches_forced = 3;
  totals.runqueue.counts[0] = 5;   // below 2 us
  totals.runqueue.counts[4] = 2;   // 16 to 32 us
  totals.runqueue.counts[19] = 1;  // 524 ms and more
  totals.runqueue.sum_ns = 1'500'000'000;
  totals.disk_reads = 7;
  totals.disk_read_bytes = 28672;
  totals.disk_writes = 8;
  totals.disk_written_bytes = 32768;
  totals.tcp_sent_bytes = 1000;
  totals.tcp_received_bytes = 2000;
  totals.connections_inbound = 4;
  totals.connections_outbound = 5;
  totals.share_seconds[static_cast<std::size_t>(Share::on_cpu)] = 12.5;
  auto& disk = totals.disks[254U << 16U];
  disk.reads = 7;
  disk.read_bytes = 28672;
  disk.writes = 8;
  disk.written_bytes = 32768;
  disk.latency.counts[9] = 15;  // 512 us to 1 ms
  disk.latency.sum_ns = 9'000'000;
  totals.retransmits = 6;
  totals.drops = 9;
  totals.rtt.counts[6] = 3;  // 64 to 128 us
  totals.rtt.sum_ns = 300'000;
  totals.oom_kills = 1;
  totals.major_faults = 101;
  totals.syscalls.resize(2);
  totals.syscalls[0].calls = 107;
  totals.syscalls[0].errors = 2;
  totals.syscalls[0].latency.counts[4] = 107;
  totals.syscalls[0].latency.sum_ns = 2'000'000;
  return totals;
}

sense::FileTotals some_files() {
  sense::FileTotals files;
  files.interfaces = {{.name = "eth0",
                       .received = {.bytes = 1, .packets = 2, .errors = 3, .drops = 4},
                       .sent = {.bytes = 5, .packets = 6, .errors = 7, .drops = 8}}};
  files.file_systems = {
      {.mountpoint = "/", .capacity_bytes = 100, .used_bytes = 60, .available_bytes = 35}};
  files.memory = {.usage_bytes = 4096, .peak_bytes = 8192, .cache_bytes = 1024, .swap_bytes = 0};
  return files;
}

}  // namespace

void add_everything(profiler::ExportInput& to, std::uint64_t cgroup_id) {
  to.totals[cgroup_id] = some_totals();
  to.files[cgroup_id] = some_files();
}

ExportOptions of_profile(Profile profile, Histograms histograms) {
  ExportOptions options;
  options.collected = collectors_of(profile);
  options.histograms = histograms;
  options.syscalls = {"read", "close"};
  options.device_names = {{254U << 16U, "vda"}};
  return options;
}

ExportInput one_container() {
  ExportInput input;
  input.report = three_services();
  input.report.containers = {input.report.containers[1]};  // svc-cpu
  add_everything(input, 101);
  return input;
}

}  // namespace kernwise::test
