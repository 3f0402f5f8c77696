// SPDX-License-Identifier: Apache-2.0
#include "test/controlplane/kernwise.hpp"

#include <atomic>

#include "common/http/client.hpp"
#include "common/report/codec.hpp"

namespace kernwise::test {
namespace {

using namespace std::chrono_literals;

constexpr auto kStartPatience = 60s;  // with sanitizers, beside a control plane
constexpr double kCores = 32, kMemory = 256.0 * 1024 * 1024 * 1024;

}  // namespace

Result<RunningOrchestrator> start_orchestrator(const std::string& folder,
                                               const std::vector<std::string>& arguments) {
  demo::Command command{.program = KERNWISE_ORCHESTRATOR,
                        .arguments = {"--scheduler.listen", "127.0.0.1:0", "--ingest.listen",
                                      "127.0.0.1:0", "--api.listen", "127.0.0.1:0"},
                        .log = folder + "/orchestrator.log",
                        .death_signal = SIGKILL};
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
  auto process = demo::Process::start(command);
  if (!process) return process.error();
  const auto line = process->await_line("listening ", kStartPatience);
  if (!line) return line.error();
  auto endpoints = demo::parse_endpoints(*line);
  if (!endpoints) return endpoints.error();
  return RunningOrchestrator{std::move(*process), std::move(*endpoints)};
}

report::Report node_report(const std::string& node, double contention) {
  static std::atomic<std::uint64_t> seq{0};
  report::Report report;
  report.node = node;
  report.boot_id = "7b1f2a54-9f50-4d7c-8a5b-0b8f4f6f5c11";
  report.seq = ++seq;
  report.window_ms = 2'000;
  report.profiler_version = "test";
  report.totals.cores = kCores;
  report.totals.memory_capacity_bytes = static_cast<std::uint64_t>(kMemory);
  report.totals.memory_used_bytes = static_cast<std::uint64_t>(kMemory / 10);
  // The view's contention is waiting / (waiting + working).
  report.totals.busy = kCores * contention;
  report.totals.contention = report.totals.busy * contention / (1 - contention);
  report.totals.runqueue = report.totals.contention;
  return report;
}

Result<> send_report(const http::Url& ingest, const report::Report& report) {
  const auto reply = http::fetch(ingest, {.method = "POST",
                                          .target = "/v1/report",
                                          .headers = {{"content-type", "application/json"}},
                                          .body = report::encode(report)});
  if (!reply) return wrap(reply.error(), "report for " + report.node);
  if (reply->status != 200)
    return invalid("report for " + report.node + ": status " + std::to_string(reply->status) + " " +
                   reply->body);
  return {};
}

}  // namespace kernwise::test
