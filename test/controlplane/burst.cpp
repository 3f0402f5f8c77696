// SPDX-License-Identifier: Apache-2.0
#include "test/controlplane/burst.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <random>
#include <sstream>
#include <thread>

#include "common/base/fd.hpp"
#include "common/report/codec.hpp"

namespace kernwise::test {
namespace {

using namespace std::chrono_literals;

constexpr double kCores = 32, kHot = .8;
constexpr auto kOld = 15s, kReportEvery = 2s, kBatchEvery = 1s;
constexpr int kBatch = 60;

/// As scheduler-config/ has it but for the verb, and patient: beside sanitizers a call that times
/// out would prove nothing.
std::string scheduler_for(const BurstPlan& plan, const http::Url& at) {
  std::string text =
      "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n"
      "percentageOfNodesToScore: 100\nleaderElection: {leaderElect: false}\n"
      "profiles: [{schedulerName: " +
      plan.name + "}]\n";
  if (plan.verb.empty()) return text;
  return text + "extenders: [{urlPrefix: \"http://" + at.host + ":" + at.port +
         "\", prioritizeVerb: " + plan.verb +
         ", weight: 3, nodeCacheCapable: true, ignorable: true, httpTimeout: 2s}]\n";
}

report::Container container_of(const std::string& uid, double use) {
  report::Container container;
  container.cgroup_id = std::hash<std::string>{}(uid) >> 12U;
  container.path = "kubepods/pod" + uid + "/c0";
  container.pod_uid = uid;
  container.verdict = Verdict::steady;
  container.shares[Share::on_cpu] = use;
  return container;
}

/// What is answered to a request that comes from that loopback address: how many new tokens one
/// address may show is limited, and every node has its own.
std::string post_from(std::uint32_t from, const std::string& port, const std::string& request) {
  const Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(from);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  bool done = ::bind(socket.value(), any, sizeof(address)) == 0;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoul(port)));
  done = done && ::connect(socket.value(), any, sizeof(address)) == 0;
  for (std::size_t sent = 0; done && sent < request.size();) {
    const auto count =
        ::send(socket.value(), request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
    done = count > 0;
    sent += static_cast<std::size_t>(std::max<ssize_t>(count, 0));
  }
  std::string answer(4096, '\0');
  const auto count = done ? ::recv(socket.value(), answer.data(), answer.size(), 0) : 0;
  answer.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  return answer;
}

}  // namespace

std::string text_of(const BurstPlan& plan, const BurstOutcome& outcome) {
  char line[160];
  std::snprintf(line, sizeof(line),
                "%-24s %3d of %d pods in %4.0f s: highest use %3.0f %%, mean %2.0f %%, nodes above "
                "80 %%: %d",
                plan.name.c_str(), outcome.bound, Burst::kPods, outcome.seconds,
                100 * outcome.highest, 100 * outcome.mean, outcome.hot);
  return line;
}

Burst::Burst(Cluster& cluster) : cluster_(cluster) {
  std::mt19937 chance(6);  // NOLINT(cert-msc51-cpp): the same burst each time
  std::uniform_real_distribution<double> base(.05, .55);
  std::uniform_int_distribution<int> request(250, 2'400);
  std::uniform_real_distribution<double> use(.5, 2.1);
  for (const std::string& node : node_names(kNodes)) base_[node] = kCores * base(chance);
  for (int number = 0; number < kPods; ++number) {
    pods_.push_back({.use = use(chance), .request_milli = request(chance)});
  }
  auto tokens = make_profilers(cluster_, node_names(kNodes));
  require(tokens);
  tokens_ = *std::move(tokens);
}

void Burst::create_pods(const std::string& name_space, int first, int count) {
  std::string text;
  for (int number = first; number < std::min(first + count, kPods); ++number) {
    const Pod& pod = pods_[static_cast<std::size_t>(number)];
    text.append("---\napiVersion: v1\nkind: Pod\nmetadata: {name: pod-" + std::to_string(number));
    text.append("}\nspec:\n  schedulerName: " + name_space);
    text.append("\n  containers: [{name: app, image: app, resources: {requests: {cpu: ");
    text.append(std::to_string(pod.request_milli)).append("m}}}]\n");
  }
  if (!text.empty()) require(cluster_.kubectl({"create", "-n", name_space, "-f", "-"}, text));
}

bool Burst::look(const std::string& name_space) {
  const auto text = cluster_.kubectl(
      {"get", "pods", "-n", name_space, "--field-selector=spec.nodeName!=",
       "-o=jsonpath={range .items[*]}{.metadata.name} {.metadata.uid} {.spec.nodeName} {end}"});
  require(text);
  std::istringstream words(*text);
  const MonoTime now = Monotonic::now();
  std::size_t bound = 0;
  for (std::string name, uid, node; words >> name >> uid >> node; ++bound) {
    Pod& pod = pods_.at(std::stoul(name.substr(name.find('-') + 1)));
    if (!pod.node.empty()) continue;
    pod.uid = uid;
    pod.node = node;
    pod.bound = now;
  }
  return bound == pods_.size();
}

report::Report Burst::report_of(const std::string& node, MonoTime as_of) const {
  report::Report report = node_report(node, 0);
  report.totals.busy = base_.at(node);
  for (const Pod& pod : pods_) {
    if (pod.node != node || pod.bound > as_of) continue;
    report.totals.busy += pod.use;
    report.containers.push_back(container_of(pod.uid, pod.use));
  }
  // Whoever wants more than there is waits for it.
  report.totals.contention = std::max(0.0, report.totals.busy - kCores);
  report.totals.runqueue = report.totals.contention;
  report.totals.busy = std::min(report.totals.busy, kCores);
  return report;
}

void Burst::report(const http::Url& ingest) {
  const MonoTime as_of = Monotonic::now() - kOld;
  std::uint32_t address = INADDR_LOOPBACK + 1;
  for (const auto& [node, token] : tokens_) {
    const std::string body = report::encode(report_of(node, as_of));
    std::string request =
        "POST /v1/report HTTP/1.1\r\nHost: ingest\r\nConnection: close\r\n"
        "Content-Type: application/json\r\nAuthorization: Bearer ";
    request.append(token).append("\r\nContent-Length: ").append(std::to_string(body.size()));
    request.append("\r\n\r\n").append(body);
    const std::string answer = post_from(address++, ingest.port, request);
    INFO(answer);
    REQUIRE(answer.starts_with("HTTP/1.1 200"));
  }
}

void Burst::begin(const BurstPlan& plan, const RunningOrchestrator& orchestrator) {
  for (Pod& pod : pods_) pod.node.clear();
  require(cluster_.make_namespace(plan.name));
  report(orchestrator.at.ingest);
  require(cluster_.start_scheduler(plan.name, scheduler_for(plan, orchestrator.at.scheduler)));
}

BurstOutcome Burst::outcome() const {
  BurstOutcome outcome;
  std::map<std::string, double> used = base_;
  for (const Pod& pod : pods_) {
    if (pod.node.empty()) continue;
    used.at(pod.node) += pod.use;
    ++outcome.bound;
  }
  for (const auto& [node, cores] : used) {
    const double part = cores / kCores;
    outcome.highest = std::max(outcome.highest, part);
    outcome.mean += part / static_cast<double>(used.size());
    if (part > kHot) ++outcome.hot;
  }
  return outcome;
}

BurstOutcome Burst::place(const BurstPlan& plan) {
  const std::string folder = cluster_.folder() + "/" + plan.name;
  std::filesystem::create_directories(folder);
  std::vector<std::string> arguments{"--kubernetes.kubeconfig", cluster_.kubeconfig()};
  arguments.insert(arguments.end(), plan.arguments.begin(), plan.arguments.end());
  auto orchestrator = start_orchestrator(folder, arguments);
  require(orchestrator);
  begin(plan, *orchestrator);
  const MonoTime start = Monotonic::now();
  MonoTime reported = start;
  int created = 0;
  bool done = false;
  while (!done && Monotonic::now() - start < 180s) {
    const MonoTime round = Monotonic::now();
    create_pods(plan.name, created, kBatch);
    created = std::min(created + kBatch, kPods);
    if (round - reported >= kReportEvery) {
      reported = round;
      report(orchestrator->at.ingest);
    }
    done = look(plan.name);
    std::this_thread::sleep_until(round + kBatchEvery);
  }
  BurstOutcome found = outcome();
  found.seconds = Seconds(Monotonic::now() - start).count();
  require(cluster_.stop(plan.name));
  require(cluster_.kubectl(
      {"delete", "--raw", "/api/v1/namespaces/" + plan.name + "/pods?gracePeriodSeconds=0"}));
  return found;
}

}  // namespace kernwise::test
