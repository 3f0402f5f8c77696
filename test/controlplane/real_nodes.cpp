// SPDX-License-Identifier: Apache-2.0
#include "test/controlplane/real_nodes.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <sstream>
#include <utility>

#include "common/http/client.hpp"
#include "test/controlplane/report_keeper.hpp"
#include "test/demo/api.hpp"
#include "test/demo/services.hpp"

namespace kernwise::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* kWindow = "2s";
constexpr double kTakenUp = .9, kSpare = .5;  ///< parts of the CPUs
constexpr double kSaturated = .7;             ///< of a disk's time

template <class T>
T taken(Result<T> result) {
  require(result);
  return *std::move(result);
}

/// Constraints on a label that no node has take the place of the default ones, which would keep
/// replicas apart and so seem to know what only we know.
std::string pod_spec(const std::string& scheduler) {
  return "{schedulerName: " + scheduler +
         ", containers: [{name: app, image: app}], topologySpreadConstraints: [{maxSkew: 1, "
         "topologyKey: no-node-has-it, whenUnsatisfiable: ScheduleAnyway, labelSelector: {}}]}";
}

std::string deployment(const std::string& service, std::size_t replicas) {
  return "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: " + service +
         "}\nspec:\n  replicas: " + std::to_string(replicas) +
         "\n  selector: {matchLabels: {app: " + service + "}}\n  template:\n" +
         "    metadata: {labels: {app: " + service +
         "}}\n    spec: " + pod_spec("kernwise-scheduler") + "\n";
}

std::string binding(const std::string& pod, const std::string& node) {
  return "---\napiVersion: v1\nkind: Binding\nmetadata: {name: " + pod +
         "}\ntarget: {apiVersion: v1, kind: Node, name: " + node + "}\n";
}

std::size_t cpus() {
  return static_cast<std::size_t>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)));
}

double disk_of(const report::Node& node) {
  double busiest = 0;
  for (const report::Disk& disk : node.disks) busiest = std::max(busiest, disk.busy);
  return busiest;
}

/// What of the work of the containers was waiting for a disk, 0..1. Nothing where the profiler left
/// the reasons of waits out, as it does when it would cost too much.
double waiting_for_disk(const report::Report& report) {
  double disk = 0, active = 0;
  for (const report::Container& container : report.containers) {
    disk += container.shares[Share::disk];
    active += container.shares.active();
  }
  return active > 0 ? disk / active : 0;
}

std::string text_of(const report::Node& node) {
  return "busy CPUs " + std::to_string(node.busy) + " of " + std::to_string(node.cores) +
         ", waited for by " + std::to_string(node.contention) + ", busiest disk " +
         std::to_string(disk_of(node));
}

double number_at(const json::Cursor& object, std::string_view key) {
  return taken(taken(object.at(key)).number());
}

}  // namespace

RealNodes::RealNodes(Cluster& cluster)
    : cluster_(cluster),
      scratch_(taken(demo::Scratch::make())),
      cgroups_(taken(demo::CgroupTree::make())) {
  require(cluster_.add_nodes({kCpuNode, kDiskNode}));
  require(cluster_.await_nodes());
  require(cluster_.make_namespace(kSpace));
  tokens_ = taken(make_profilers(cluster_, {kCpuNode, kDiskNode}));
  orchestrator_.emplace(
      taken(start_orchestrator(cluster_.folder(), {"--kubernetes.kubeconfig", cluster_.kubeconfig(),
                                                   "--scaling.interval", "1s"})));
}

std::vector<std::string> RealNodes::fields(const std::string& service, const std::string& path) {
  const auto text =
      taken(cluster_.kubectl({"get", "pods", "-n", kSpace, "-l", "app=" + service,
                              "-o=jsonpath={range .items[*]}{" + path + "}{\"\\n\"}{end}"}));
  std::vector<std::string> found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) found.push_back(line);
  return found;
}

void RealNodes::deploy(const std::string& service, std::size_t replicas, const std::string& node) {
  require(cluster_.kubectl({"create", "-n", kSpace, "-f", "-"}, deployment(service, replicas)));
  REQUIRE(await(60s, [&] { return fields(service, ".metadata.uid").size() == replicas; }));
  std::string bindings;
  for (const std::string& pod : fields(service, ".metadata.name")) bindings += binding(pod, node);
  require(cluster_.kubectl({"create", "-n", kSpace, "-f", "-"}, bindings));
}

std::string RealNodes::cgroup_of(const std::string& uid) {
  std::string container = uid + uid;
  std::erase(container, '-');
  return taken(cgroups_.add(demo::burstable_path(uid, container)));
}

void RealNodes::start(const std::string& program, const std::vector<std::string>& arguments,
                      const std::string& cgroup) {
  running_.push_back(
      taken(demo::Process::start({.program = KERNWISE_WORKLOADS "/" + program,
                                  .arguments = arguments,
                                  .cgroup = cgroup,
                                  .log = scratch_.path() + "/" + program + ".log"})));
}

void RealNodes::report() {
  for (auto& [node, report] : recorded_) {
    ++report.seq;
    require(send_report(orchestrator_->at.ingest, report, tokens_.at(node)));
  }
}

bool RealNodes::await(std::chrono::seconds longest, const std::function<bool()>& holds) {
  return eventually(
      longest,
      [&] {
        report();
        return holds();
      },
      500ms);
}

/// The profiler's budget is one that a machine busy with other things does not use up, either: what
/// it leaves out beyond that has tests of its own.
void RealNodes::record(const std::string& node, std::chrono::seconds longest,
                       const Wanted& wanted) {
  const ReportKeeper keeper;
  const auto profiler = taken(demo::Process::start(
      {.program = KERNWISE_PROFILER,
       .arguments = {"--node", node, "--orchestrator.url", keeper.url(), "--listen", "127.0.0.1:0",
                     "--window", kWindow, "--bpf.budget", "20"},
       .log = cluster_.folder() + "/profiler-of-" + node + ".log"}));
  std::string missing = "it has not reported";
  // Not the first windows: then it still looks at what is there.
  const bool done = await(longest, [&] {
    const auto last = keeper.last();
    return last && last->seq >= 3 && (missing = wanted(*last)).empty();
  });
  INFO(node << ": " << missing << "\n" << profiler.last_words());
  REQUIRE(done);
  recorded_[node] = *keeper.last();
  std::printf("%s: %s\n", node.c_str(), text_of(recorded_[node].totals).c_str());
  while (!running_.empty()) running_.pop_back();
}

void RealNodes::record_cpu_node() {
  deploy("svc-cpu", 2 * cpus(), kCpuNode);
  for (const std::string& uid : fields("svc-cpu", ".metadata.uid")) {
    start("svc-cpu", {}, cgroup_of(uid));
    const std::string port = taken(running_.back().await_line("port ", 20s));
    start("load-gen", {"--port", port, "--connections", "4"}, {});
  }
  record(kCpuNode, 60s, [](const report::Report& report) {
    const report::Node& node = report.totals;
    const bool taken_up = node.busy >= kTakenUp * node.cores && node.contention >= node.busy / 2;
    return taken_up ? "" : "CPUs that are taken up, and waited for, were wanted: " + text_of(node);
  });
}

void RealNodes::record_disk_node() {
  deploy("svc-io", 1, kDiskNode);
  const std::string cgroup = cgroup_of(fields("svc-io", ".metadata.uid").front());
  for (int process = 0; process < 4; ++process) start("svc-io", {"--dir", scratch_.path()}, cgroup);
  record(kDiskNode, 240s, [](const report::Report& report) {
    const report::Node& node = report.totals;
    const double waiting = waiting_for_disk(report);
    const bool as_wanted =
        disk_of(node) >= kSaturated && node.busy <= kSpare * node.cores && waiting >= .5;
    return as_wanted ? ""
                     : "a saturated disk, work that waits for it, and CPUs to spare were wanted: " +
                           text_of(node) + ", waiting " + std::to_string(waiting);
  });
}

void RealNodes::await_profile(const std::string& service) {
  const auto workload = std::string(kSpace) + "/Deployment/" + service;
  REQUIRE(await(60s, [&] {
    const auto learned = taken(demo::get_json(orchestrator_->at.api, "/v1/profiles"));
    json::Writer text;
    text.value(learned);
    return text.take().find("\"" + workload + "\"") != std::string::npos;
  }));
}

void RealNodes::fill(const std::string& node) {
  require(cluster_.kubectl(
      {"create", "-n", kSpace, "-f", "-"},
      "apiVersion: v1\nkind: Pod\nmetadata: {name: filler-" + node +
          "}\nspec:\n  nodeName: " + node +
          "\n  containers: [{name: app, image: app, resources: {requests: {cpu: \"8\", memory: "
          "64Gi}}}]\n"));
}

void RealNodes::drain(const std::string& node) {
  require(cluster_.kubectl(
      {"delete", "pod", "filler-" + node, "-n", kSpace, "--force", "--grace-period=0"}));
}

std::string RealNodes::node_without_us() {
  require(cluster_.kubectl({"create", "-n", kSpace, "-f", "-"},
                           "apiVersion: v1\nkind: Pod\nmetadata: {name: without-us, labels: {app: "
                           "without-us}}\nspec: " +
                               pod_spec("default-scheduler") + "\n"));
  std::string node;
  CHECK(await(60s, [&] { return !(node = fields("without-us", ".spec.nodeName").at(0)).empty(); }));
  require(cluster_.kubectl(
      {"delete", "pod", "without-us", "-n", kSpace, "--force", "--grace-period=0"}));
  return node;
}

RealNodes::Placed RealNodes::place_one_more(const std::string& service) {
  const auto before = fields(service, ".metadata.name");
  require(cluster_.kubectl({"scale", "deployment/" + service, "-n", kSpace,
                            "--replicas=" + std::to_string(before.size() + 1)}));
  Placed placed;
  CHECK(await(90s, [&] {
    for (const std::string& line : fields(service, ".metadata.name} {.spec.nodeName")) {
      std::istringstream words(line);
      words >> placed.pod >> placed.node;
      const bool is_new = std::find(before.begin(), before.end(), placed.pod) == before.end();
      if (is_new && words) return true;
    }
    return false;
  }));
  return placed;
}

void RealNodes::take_back(const std::string& service, const std::string& pod) {
  const auto there = fields(service, ".metadata.name").size();
  // Which replica a ReplicaSet gives up is ours to say.
  require(cluster_.kubectl(
      {"annotate", "pod", pod, "-n", kSpace, "controller.kubernetes.io/pod-deletion-cost=-1"}));
  require(cluster_.kubectl(
      {"scale", "deployment/" + service, "-n", kSpace, "--replicas=" + std::to_string(there - 1)}));
  CHECK(await(60s, [&] {
    const auto left = fields(service, ".metadata.name");
    return std::find(left.begin(), left.end(), pod) == left.end();
  }));
}

Explained RealNodes::explained(const std::string& pod) {
  const auto answer = taken(
      demo::get_json(orchestrator_->at.api, "/v1/explain/pod/" + std::string(kSpace) + "/" + pod));
  json::Writer text;
  text.value(answer);
  Explained explained;
  explained.text = text.take();
  INFO(explained.text);
  const auto placements =
      taken(taken(json::Cursor(answer, "explanation").at("placements")).items(100));
  REQUIRE_FALSE(placements.empty());
  const json::Cursor profile = taken(placements.back().at("profile"));
  explained.source = taken(taken(profile.at("source")).string());
  const json::Cursor mix = taken(profile.at("mix"));
  explained.cpu = number_at(mix, "cpu");
  explained.disk = number_at(mix, "disk");
  for (const json::Cursor& node : taken(taken(placements.back().at("best")).items(10))) {
    explained.scores[taken(taken(node.at("node")).string())] =
        static_cast<int>(number_at(node, "score"));
  }
  return explained;
}

}  // namespace kernwise::test
