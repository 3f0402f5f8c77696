// SPDX-License-Identifier: Apache-2.0
#include "test/controlplane/kernwise.hpp"

#include <atomic>

#include "common/http/client.hpp"
#include "common/report/codec.hpp"
#include "test/controlplane/credentials.hpp"

namespace kernwise::test {
namespace {

using namespace std::chrono_literals;

constexpr auto kStartPatience = 60s;  // with sanitizers, beside a control plane
constexpr double kCores = 32, kMemory = 256.0 * 1024 * 1024 * 1024;

}  // namespace

namespace {

using Arguments = std::vector<std::string>;

Result<RunningOrchestrator> start(const std::string& folder, const std::string& program,
                                  Arguments before, const Arguments& after) {
  demo::Command command{.program = program,
                        .arguments = std::move(before),
                        .log = folder + "/orchestrator.log",
                        .death_signal = SIGKILL};
  command.arguments.insert(command.arguments.end(), after.begin(), after.end());
  auto process = demo::Process::start(command);
  if (!process) return process.error();
  const auto line = process->await_line("listening ", kStartPatience);
  if (!line) return line.error();
  auto endpoints = demo::parse_endpoints(*line);
  if (!endpoints) return endpoints.error();
  return RunningOrchestrator{std::move(*process), std::move(*endpoints)};
}

// An opinion from the first report on: what the warm-up is for has tests of its own.
const Arguments kAnyPorts{"--scheduler.listen", "127.0.0.1:0", "--ingest.listen",     "127.0.0.1:0",
                          "--api.listen",       "127.0.0.1:0", "--placement.warm_up", "0"};

/// $1 CA file, $2 token file, $3 namespace; then the program and its arguments.
constexpr const char* kAsInPod =
    "set -e; files=/run/secrets/kubernetes.io/serviceaccount; ca=$(cat \"$1\"); token=$(cat "
    "\"$2\"); "
    "name=$3; shift 3; mount -t tmpfs none /run; mkdir -p $files; "
    "printf '%s\\n' \"$ca\" >$files/ca.crt; printf %s \"$token\" >$files/token; "
    "printf %s \"$name\" >$files/namespace; exec \"$@\"";

}  // namespace

Result<RunningOrchestrator> start_orchestrator(const std::string& folder,
                                               const std::vector<std::string>& arguments) {
  return start(folder, KERNWISE_ORCHESTRATOR, kAnyPorts, arguments);
}

Result<RunningOrchestrator> start_orchestrator_in_pod(const std::string& folder,
                                                      const PodIdentity& identity,
                                                      const std::vector<std::string>& arguments) {
  const std::string token = folder + "/pod-token";
  if (auto written = write_private(token, identity.token); !written) return written.error();
  Arguments before{"--mount",
                   "sh",
                   "-c",
                   kAsInPod,
                   "sh",
                   identity.ca_file,
                   token,
                   identity.name_space,
                   "/usr/bin/env",
                   "KUBERNETES_SERVICE_HOST=" + identity.host,
                   "KUBERNETES_SERVICE_PORT=" + identity.port,
                   KERNWISE_ORCHESTRATOR};
  before.insert(before.end(), kAnyPorts.begin(), kAnyPorts.end());
  return start(folder, "/usr/bin/unshare", std::move(before), arguments);
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
