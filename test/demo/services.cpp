// SPDX-License-Identifier: Apache-2.0
#include "test/demo/services.hpp"

#include <algorithm>

#include "common/base/file.hpp"

namespace kernwise::demo {
namespace {

using namespace std::chrono_literals;

// What they do is known in advance: svc-cpu needs more CPU than it requests, svc-io waits
// for the disk, svc-chain for svc-cpu, svc-idle for nobody, svc-lock for itself.
struct Kind {
  const char* name;
  const char* cpu_request;
};
constexpr Kind kKinds[] = {
    {"svc-cpu", "100m"}, {"svc-io", ""}, {"svc-chain", ""}, {"svc-idle", ""}, {"svc-lock", ""}};

constexpr const char* kConnections = "4";

Result<std::string> random_uuid() {
  auto text = read_file("/proc/sys/kernel/random/uuid");
  if (text) text->resize(36);
  return text;
}

Result<std::string> random_container_id() {
  std::string digits;
  for (int half = 0; half < 2; ++half) {
    const auto uuid = random_uuid();
    if (!uuid) return uuid.error();
    digits += *uuid;
  }
  std::erase(digits, '-');
  return digits;
}

/// Starts services one after another; each may need the port of an earlier one.
class Starter {
 public:
  Starter(const Places& places, std::vector<Process>& started)
      : places_(places), started_(started) {}

  Result<> start(const std::string& name, std::vector<std::string> arguments,
                 const std::string& cgroup) {
    auto process = Process::start({.program = places_.workloads + "/" + name,
                                   .arguments = std::move(arguments),
                                   .cgroup = cgroup,
                                   .log = places_.scratch + "/" + name + ".log"});
    if (!process) return process.error();
    started_.push_back(std::move(*process));
    return {};
  }

  /// Starts a server and gives the port it listens on.
  Result<std::string> serve(const Service& service, std::vector<std::string> arguments) {
    if (auto ok = start(service.name, std::move(arguments), service.cgroup); !ok) return ok.error();
    return started_.back().await_line("port ", 10s);
  }

  Result<> load(const std::string& port) {
    return start("load-gen", {"--port", port, "--connections", kConnections}, {});
  }

 private:
  const Places& places_;
  std::vector<Process>& started_;
};

const Service& named(const std::vector<Service>& services, std::string_view name) {
  return *std::ranges::find(services, name, &Service::name);
}

}  // namespace

Result<std::vector<Service>> make_services(CgroupTree& tree) {
  std::vector<Service> services;
  for (const auto& kind : kKinds) {
    const auto uid = random_uuid();
    if (!uid) return uid.error();
    const auto container = random_container_id();
    if (!container) return container.error();
    auto cgroup = tree.add(burstable_path(*uid, *container));
    if (!cgroup) return cgroup.error();
    services.push_back({kind.name, *uid, std::move(*cgroup), kind.cpu_request});
  }
  return services;
}

std::string pods_yaml(const std::vector<Service>& services) {
  std::string text;
  for (const auto& service : services) {
    text += "- uid: " + service.uid + "\n  namespace: demo\n  name: " + service.name +
            "\n  workload: Deployment/" + service.name +
            "\n  labels: {app.kubernetes.io/name: " + service.name + "}\n";
    if (!service.cpu_request.empty()) text += "  requests: {cpu: " + service.cpu_request + "}\n";
  }
  return text;
}

Result<> start_services(const std::vector<Service>& services, const Places& places,
                        std::vector<Process>& started) {
  Starter starter(places, started);
  const auto cpu = starter.serve(named(services, "svc-cpu"), {});
  if (!cpu) return cpu.error();
  const auto chain = starter.serve(named(services, "svc-chain"), {"--upstream", *cpu});
  if (!chain) return chain.error();
  if (auto idle = starter.serve(named(services, "svc-idle"), {}); !idle) return idle.error();
  if (auto lock = starter.start("svc-lock", {}, named(services, "svc-lock").cgroup); !lock)
    return lock.error();
  if (auto io =
          starter.start("svc-io", {"--dir", places.scratch}, named(services, "svc-io").cgroup);
      !io)
    return io.error();
  if (auto load = starter.load(*cpu); !load) return load.error();
  return starter.load(*chain);
}

}  // namespace kernwise::demo
