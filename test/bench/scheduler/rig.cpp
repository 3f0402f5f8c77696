// SPDX-License-Identifier: Apache-2.0
#include "test/bench/scheduler/rig.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>

#include "common/base/json.hpp"
#include "common/http/client.hpp"
#include "test/support/eventually.hpp"

namespace kernwise::bench {
namespace {

using namespace std::chrono_literals;

constexpr double kCores = 32;
constexpr std::chrono::seconds kReportEvery{8};  ///< so that none is old after 15
constexpr const char* kSpace = "bench";

template <class T>
T taken(Result<T>&& outcome) {
  if (!outcome) give_up(outcome.error().message());
  if constexpr (!std::is_void_v<T>) return std::move(*outcome);
}

std::string text_of(const http::Url& url) {
  return "http://" + url.host + ":" + url.port;
}

std::string config_of(const Setup& setup) {
  std::string text =
      "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n"
      "leaderElection: {leaderElect: false}\nprofiles: [{schedulerName: " +
      setup.name + "}]\n" + setup.settings;
  if (setup.url.empty()) return text;
  return text + "extenders: [{urlPrefix: \"" + setup.url + "\", prioritizeVerb: " + setup.verb +
         ", weight: 3, nodeCacheCapable: true, ignorable: true, httpTimeout: 2s}]\n";
}

/// What the peer reads: the loads that the reports say.
std::string rows_of(const std::map<std::string, double>& busy) {
  json::Writer json;
  json.begin_array();
  for (const auto& [node, part] : busy) {
    json.begin_object().member("Name", node).key("Load").begin_array();
    json.value(part).value(0.0).value(.1).end_array();
    for (const char* key : {"Contention", "Sensitivity"}) {
      json.key(key).begin_array().value(0.0).value(0.0).value(0.0).end_array();
    }
    json.key("Capacity").begin_array().value(kCores).value(0.0).value(256e9).end_array();
    json.end_object();
  }
  return json.end_array().take();
}

}  // namespace

void give_up(const std::string& why) {
  std::fprintf(stderr, "bench-scheduler: %s\n", why.c_str());
  std::exit(1);
}

Rig::Rig(unsigned nodes, const std::string& peer) {
  std::mt19937 chance(6);  // NOLINT(cert-msc51-cpp): the same cluster each time
  std::normal_distribution<double> busy(.35, .08);
  for (const std::string& node : test::node_names(nodes)) {
    const double more = chance() % 20 == 0 ? .6 : 0;
    busy_[node] = std::clamp(busy(chance) + more, 0.0, .99);
  }
  cluster_ = taken(test::Cluster::up(
      {.nodes = nodes,
       .scheduler = false,
       .api_server = {"--max-requests-inflight=0", "--max-mutating-requests-inflight=0",
                      "--enable-priority-and-fairness=false"}}));
  taken(cluster_->make_namespace(kSpace));
  silent_ = std::make_unique<test::LiveServer>(http::ServerOptions{
      .routes = {
          {"POST", "/prioritize", 64UL * 1024 * 1024,
           http::immediate([](const http::Request&) { return http::Response{.body = "[]"}; })}}});
  restart_orchestrator("Act");
  if (peer.empty()) return;
  const std::string file = cluster_->folder() + "/rows.json";
  std::ofstream(file) << rows_of(busy_);
  peer_.emplace(taken(demo::Process::start({.program = peer, .arguments = {"-nodes", file}})));
  peer_url_ = "http://" + taken(peer_->await_line("listening ", 20s));
}

void Rig::restart_orchestrator(const std::string& mode) {
  orchestrator_.reset();
  orchestrator_ = std::make_unique<test::RunningOrchestrator>(taken(test::start_orchestrator(
      cluster_->folder(), {"--kubernetes.enabled", "false", "--placement.mode", mode})));
}

Setup Rig::silent() const {
  return {.name = "silent",
          .url = "http://127.0.0.1:" + std::to_string(silent_->port()),
          .verb = "prioritize"};
}

Setup Rig::ours(const std::string& verb) const {
  const std::string last = verb.substr(verb.rfind('/') + 1);
  return {.name = "kernwise-" + last, .url = text_of(orchestrator_->at.scheduler), .verb = verb};
}

std::optional<Setup> Rig::go() const {
  if (!peer_) return std::nullopt;
  return Setup{.name = "go", .url = peer_url_, .verb = "prioritize"};
}

void Rig::report() {
  for (const auto& [node, part] : busy_) {
    auto report = test::node_report(node, 0);
    report.window_ms = 5'000;
    report.totals.busy = kCores * part;
    taken(test::send_report(orchestrator_->at.ingest, report));
  }
}

void Rig::create_pods(const std::string& scheduler, int pods) {
  std::string text;
  for (int number = 0; number < pods; ++number) {
    text.append("---\napiVersion: v1\nkind: Pod\nmetadata: {name: p")
        .append(std::to_string(number));
    text.append("}\nspec:\n  schedulerName: ").append(scheduler);
    text.append("\n  containers: [{name: app, image: app, resources: {requests: {cpu: ");
    text.append(std::to_string(50 + number * 37 % 200)).append("m, memory: ");
    text.append(std::to_string(32 + number * 53 % 256)).append("Mi}}}]\n");
  }
  taken(cluster_->kubectl({"create", "-n", kSpace, "-f", "-"}, text));
}

bool Rig::any(const std::string& selector) {
  const auto api = taken(http::parse_url(cluster_->url()));
  const auto answer = taken(
      http::fetch(api,
                  {.target = "/api/v1/namespaces/bench/pods?limit=1&fieldSelector=" + selector,
                   .headers = {{"authorization", "Bearer " + cluster_->admin_token()}}},
                  {.timeout = 10s}, {.ca_file = cluster_->ca_file()}));
  return answer.body.find("\"uid\":") != std::string::npos;
}

std::map<std::string, std::string> Rig::placement() {
  std::istringstream words(taken(
      cluster_->kubectl({"get", "pods", "-n", kSpace,
                         "-o=jsonpath={range .items[*]}{.metadata.name} {.spec.nodeName} {end}"})));
  std::map<std::string, std::string> placement;
  for (std::string pod, node; words >> pod >> node;) placement[pod] = node;
  return placement;
}

void Rig::start(const Setup& setup) {
  const bool known = std::find(started_.begin(), started_.end(), setup.name) != started_.end();
  if (known) return taken(cluster_->start(setup.name));
  started_.push_back(setup.name);
  taken(cluster_->start_scheduler(setup.name, config_of(setup), setup.flags));
}

std::map<std::string, std::string> Rig::place(const Setup& setup, int pods, double& seconds) {
  create_pods(setup.name, pods);
  report();
  start(setup);
  if (!test::eventually(60s, [&] { return any("spec.nodeName!%3D"); })) give_up("no pod is bound");
  const MonoTime begin = Monotonic::now();
  MonoTime reported = begin;
  const auto all_bound = [&] {
    if (Monotonic::now() - reported > kReportEvery) {
      report();
      reported = Monotonic::now();
    }
    return !any("spec.nodeName%3D");
  };
  if (!test::eventually(600s, all_bound)) give_up("pods are left");
  seconds = Seconds(Monotonic::now() - begin).count();
  auto found = placement();
  taken(cluster_->stop(setup.name));
  taken(
      cluster_->kubectl({"delete", "--raw", "/api/v1/namespaces/bench/pods?gracePeriodSeconds=0"}));
  if (!test::eventually(120s, [&] { return !any(""); })) give_up("pods do not go");
  return found;
}

std::string Rig::metrics() const {
  return taken(http::fetch(orchestrator_->at.api, {.target = "/metrics"})).body;
}

}  // namespace kernwise::bench
