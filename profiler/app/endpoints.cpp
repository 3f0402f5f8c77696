// SPDX-License-Identifier: Apache-2.0
#include "profiler/app/endpoints.hpp"

#include <cmath>
#include <utility>

#include "common/base/log.hpp"
#include "common/metrics/registry.hpp"
#include "profiler/export/seed_json.hpp"
#include "profiler/kernel/process_files.hpp"

namespace kernwise::profiler {

void LatestWindow::update(const report::Report& report, const Reporter& reporter) {
  report_ = report;
  input_.report = report;
  input_.totals.clear();
  input_.past.clear();
  constexpr std::uint64_t kMillisecond = 1'000'000;
  ledger_.update(
      report, [&reporter](std::uint64_t id) { return reporter.standing(id); },
      report.seq * kMillisecond);
  ledger_.fill(input_);
  input_.maps = reporter.map_use();
  const auto& self = report.totals.self;
  input_.self.cpu_seconds += static_cast<double>(self.cpu_ns) * 1e-9;
  input_.self.program_seconds += static_cast<double>(self.program_ns) * 1e-9;
  input_.self.drops = self.drops;
  const auto own = reporter.own();
  input_.self.samples = own.samples;
  input_.self.untracked = own.untracked;
  input_.self.unknown_roles = own.unknown_roles;
  input_.self.parser = {own.parser.asked, own.parser.crashed, own.parser.timed_out,
                        own.parser.failed, own.parser.started};
  add_node(report.totals);
  complete_ = true;
}

void LatestWindow::programs(const sense::ByCollector& cost_ns, sense::ShedSet shed) {
  for (std::size_t i = 0; i < sense::kCollectors; ++i) {
    input_.self.collector_seconds.each.at(i) += cost_ns.each.at(i) * 1e-9;
  }
  input_.self.shed = shed;
}

void LatestWindow::files(std::map<std::uint64_t, sense::FileTotals> files) {
  input_.files = std::move(files);
  const auto name_disks = [this](const std::map<std::uint32_t, sense::DiskTotals>& disks) {
    for (const auto& [device, disk] : disks) {
      auto& name = options_.device_names[device];
      if (name.empty()) name = kernel::device_name("/sys", device);
    }
  };
  for (const auto& [id, totals] : input_.totals) name_disks(totals.disks);
  for (const auto& [id, totals] : input_.files) name_disks(totals.disks);
}

void LatestWindow::add_node(const report::Node& window) {
  auto& node = input_.node;
  node.switches_voluntary += window.switches_voluntary;
  node.switches_forced += window.switches_forced;
  node.major_faults += window.major_faults;
  node.memory_allocated_bytes += window.memory_allocated_bytes;
  node.file_reads += window.file_reads;
  node.file_writes += window.file_writes;
  node.file_read_bytes += window.file_read_bytes;
  node.file_written_bytes += window.file_written_bytes;
}

std::string LatestWindow::json() const {
  return complete_ ? seed_json(report_) : "[]";
}

std::string LatestWindow::metrics() const {
  std::uint64_t dropped = 0;
  const auto families = kpod_families(input_, options_);
  const auto series = series_count(families);
  if (series.exceeded() && !std::exchange(series_told_, true)) {
    log::warn("More series than estimated",
              {{"estimated", std::to_string(std::llround(series.estimated))},
               {"exported", std::to_string(std::llround(series.exported))}});
  }
  auto text = metrics::serialise(families, {}, &dropped);
  return text + metrics::serialise({dropped_family(input_.report.node, dropped)}, {});
}

std::vector<http::Route> routes(const LatestWindow& latest) {
  const auto metrics = [&latest](const http::Request&) {
    return http::Response{
        .status = 200, .content_type = metrics::kTextFormat, .body = latest.metrics()};
  };
  const auto alive = [](const http::Request&) { return http::text_response(200, "ok\n"); };
  const auto ready = [&latest](const http::Request&) {
    return latest.complete() ? http::text_response(200, "ok\n")
                             : http::text_response(503, "no window yet\n");
  };
  const auto json = [&latest](const http::Request&) {
    return http::Response{.status = 200, .body = latest.json()};
  };
  const auto get = [](const char* path, auto answer) {
    return http::Route{.method = "GET", .path = path, .handler = http::immediate(answer)};
  };
  return {get("/", json),       get("/metrics", metrics), get("/actuator/prometheus", metrics),
          get("/livez", alive), get("/healthz", alive),   get("/readyz", ready)};
}

}  // namespace kernwise::profiler
