// SPDX-License-Identifier: Apache-2.0
#include "profiler/export/seed_json.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/json.hpp"
#include "profiler/export/display.hpp"

namespace kernwise::profiler {
namespace {

struct Entry {
  const report::Container* container = nullptr;
  std::uint64_t value = 0;
  std::string detail;
};

/// Thread-seconds per second over the window, in whole milliseconds.
std::uint64_t milliseconds(double share, std::uint32_t window_ms) {
  const double waited = share * window_ms;
  constexpr double kMost = 1e15;
  if (!(waited > 0)) return 0;
  return static_cast<std::uint64_t>(std::llround(std::min(waited, kMost)));
}

void write_entries(json::Writer& writer, const report::Report& report, std::string_view type,
                   std::vector<Entry> entries) {
  // Equal ones in the order of the report.
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return a.value != b.value ? a.value > b.value : a.container < b.container;
  });
  for (const auto& entry : entries) {
    if (entry.value == 0) continue;
    const Shown name = shown(*entry.container);
    writer.begin_object()
        .member("type", type)
        .member("detail", entry.detail)
        .member("value", entry.value)
        .member("unit", type == "CPU" ? "samples" : "ms")
        .member("namespace", name.pod_namespace)
        .member("pod", name.pod)
        .member("uid", name.uid)
        .member("container", name.container)
        .member("workload", name.workload)
        .member("node", report.node)
        .key("window_seconds");
    if (report.window_ms % 1000 == 0) {
      writer.value(report.window_ms / 1000);
    } else {
      writer.value(report.window_ms / 1000.0);
    }
    writer.end_object();
  }
}

}  // namespace

std::string seed_json(const report::Report& report) {
  std::vector<Entry> cpu;
  std::vector<Entry> io;
  std::vector<Entry> off;
  for (const auto& container : report.containers) {
    const auto& shares = container.shares;
    cpu.push_back({&container, container.samples, top_function(container)});
    io.push_back({&container, milliseconds(shares[Share::disk], report.window_ms),
                  disk_cause(container.block)});
    off.push_back({&container, milliseconds(off_cpu(shares), report.window_ms),
                   off_cpu_cause(report, container)});
  }
  json::Writer writer;
  writer.begin_array();
  write_entries(writer, report, "CPU", std::move(cpu));
  write_entries(writer, report, "IO", std::move(io));
  write_entries(writer, report, "OFF-CPU", std::move(off));
  writer.end_array();
  return writer.take();
}

}  // namespace kernwise::profiler
