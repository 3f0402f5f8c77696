// SPDX-License-Identifier: Apache-2.0
#include "test/e2e/machine.hpp"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <string_view>
#include <system_error>

#include "common/base/fd.hpp"
#include "common/base/file.hpp"
#include "test/demo/api.hpp"
#include "test/demo/cgroups.hpp"

namespace kernwise::e2e {
namespace {

namespace fs = std::filesystem;

void cannot(const std::string& reason) {
  const char* required = std::getenv("KERNWISE_REQUIRE_KERNEL");
  if (required != nullptr && std::string_view(required) == "1") FAIL(reason);
  SKIP(reason);
}

std::string cgroup2() {
  const auto mountinfo = read_file("/proc/self/mountinfo");
  if (!mountinfo) return {};
  const auto mount = demo::cgroup2_mount(*mountinfo);
  return mount ? *mount : std::string();
}

std::set<std::string> entries_named(const std::string& folder, std::string_view prefix) {
  std::set<std::string> found;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(folder, failure))
    if (entry.path().filename().string().starts_with(prefix)) found.insert(entry.path());
  return found;
}

/// This test program, and ctest's other ones, are of this build too and stay out.
std::set<std::string> processes_of_build() {
  std::set<std::string> found;
  const std::string build = KERNWISE_BUILD_DIR;
  for (const auto& process : entries_named("/proc", "")) {
    std::error_code failure;
    const std::string program = fs::read_symlink(process + "/exe", failure);
    const bool ours = program.starts_with(build + "/profiler/app/") ||
                      program.starts_with(build + "/orchestrator/app/") ||
                      program.starts_with(build + "/test/workloads/") ||
                      program.starts_with(build + "/test/demo/");
    if (ours) found.insert(fs::path(process).filename().string() + " " + program);
  }
  return found;
}

std::set<std::string> bpf_programs() {
  std::set<std::string> found;
  for (__u32 id = 0; bpf_prog_get_next_id(id, &id) == 0;) {
    const Fd program(bpf_prog_get_fd_by_id(id));
    bpf_prog_info info{};
    __u32 size = sizeof info;
    if (program.valid() && bpf_obj_get_info_by_fd(program.value(), &info, &size) == 0)
      found.insert(std::to_string(id) + " " + info.name);
  }
  return found;
}

void add_new(std::string& text, const char* what, const std::set<std::string>& now,
             const std::set<std::string>& before) {
  std::vector<std::string> added;
  std::ranges::set_difference(now, before, std::back_inserter(added));
  for (const auto& entry : added) text += std::string(what) + " " + entry + "\n";
}

/// A port that was free just now: Prometheus does not tell which one it took.
std::string free_port() {
  const Fd probe(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  REQUIRE(bind(probe.value(), generic, size) == 0);
  REQUIRE(getsockname(probe.value(), generic, &size) == 0);
  return std::to_string(ntohs(address.sin_port));
}

demo::Process start_prometheus(const demo::Scratch& scratch,
                               const std::vector<Prometheus::Target>& targets,
                               const http::Url& origin) {
  std::string text = "global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n";
  for (const auto& [job, address] : targets) {
    text += "  - job_name: ";
    text += job;
    text += "\n    static_configs: [{targets: [\"";
    text += address;
    text += "\"]}]\n";
  }
  return required(demo::Process::start(
      {.program = "/usr/bin/env",
       .arguments = {"prometheus",
                     "--config.file=" + required(scratch.write("prometheus.yml", text)),
                     "--web.listen-address=" + origin.host + ":" + origin.port,
                     "--storage.tsdb.path=" + scratch.path() + "/tsdb", "--log.level=error"},
       .log = scratch.path() + "/prometheus.log"}));
}

}  // namespace

void need_kernel() {
  if (geteuid() != 0) cannot("loading kernel programs needs root");
  if (access("/sys/kernel/btf/vmlinux", R_OK) != 0) cannot("this kernel has no BTF");
  if (cgroup2().empty()) cannot("no cgroup2 hierarchy is mounted");
  if (access(cgroup2().c_str(), W_OK) != 0) cannot("the cgroup2 hierarchy is read-only here");
}

void need_program(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::string folders = path == nullptr ? "" : path;
  for (std::size_t end = 0; !folders.empty(); folders.erase(0, end)) {
    end = std::min(folders.find(':'), folders.size());
    if (access((folders.substr(0, end) + "/" + program).c_str(), X_OK) == 0) return;
    end = std::min(end + 1, folders.size());
  }
  cannot(program + " is not installed");
}

Prometheus::Prometheus(const demo::Scratch& scratch, const std::vector<Target>& targets)
    : origin_(required(demo::origin_of("127.0.0.1:" + free_port()))),
      process_(start_prometheus(scratch, targets, origin_)) {}

demo::Places places() {
  const std::string build = KERNWISE_BUILD_DIR;
  return {.workloads = build + "/test/workloads",
          .profiler = build + "/profiler/app/kernwise-profiler",
          .orchestrator = build + "/orchestrator/app/kernwise-orchestrator",
          .recorded = KERNWISE_DEMO_RECORDED,
          .scratch = {}};
}

std::string demo_program() {
  return std::string(KERNWISE_BUILD_DIR) + "/test/demo/kernwise-demo";
}

std::string Traces::beyond(const Traces& before) const {
  std::string text;
  add_new(text, "process", processes, before.processes);
  add_new(text, "cgroup", cgroups, before.cgroups);
  add_new(text, "folder", folders, before.folders);
  add_new(text, "BPF program", programs, before.programs);
  return text;
}

Traces traces() {
  return {.processes = processes_of_build(),
          .cgroups = entries_named(cgroup2(), "kernwise-demo-"),
          .folders = entries_named("/var/tmp", "kernwise-demo-"),
          .programs = bpf_programs()};
}

}  // namespace kernwise::e2e
