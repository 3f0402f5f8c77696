// SPDX-License-Identifier: Apache-2.0
// Bodies that real kube-schedulers sent, answered again on machines that have none.
#include <algorithm>
#include <catch2/catch_all.hpp>
#include <filesystem>
#include <memory>
#include <set>
#include <string>

#include "common/base/file.hpp"
#include "common/base/json.hpp"
#include "extender/protocol/service.hpp"

namespace kernwise::protocol {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargest = 1024UL * 1024;
const std::vector<std::string> kNodes{"node-000", "node-001", "node-002"};

/// The folders `kube-scheduler-VERSION`.
std::vector<std::string> schedulers() {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(KERNWISE_RECORDED))
    if (entry.is_directory()) found.push_back(entry.path());
  std::ranges::sort(found);
  REQUIRE_FALSE(found.empty());
  return found;
}

std::shared_ptr<const placement::NodeTable> three_nodes() {
  std::vector<placement::NodeRow> rows;
  for (const auto& name : kNodes) {
    auto& row = rows.emplace_back();
    row.name = name;
    row.contention[0] = .1 * static_cast<double>(rows.size());
  }
  return std::make_shared<const placement::NodeTable>(std::move(rows));
}

struct Replay {
  std::shared_ptr<const placement::NodeTable> nodes = three_nodes();
  placement::PriorBook profiles;
  Cluster cluster{.nodes = nodes, .profiles = profiles};
  Service service;
  Outcome outcome;

  static std::string body(const std::string& folder, const std::string& name) {
    const std::string file = folder + "/" + name + ".json";
    INFO(file);
    auto text = read_file(file, kLargest);
    REQUIRE(text.has_value());
    return std::move(*text);
  }
  /// The hosts of a HostPriorityList.
  std::set<std::string> prioritize(const std::string& text) {
    std::set<std::string> hosts;
    const json::Value answer = parsed(service.prioritize(text, cluster, outcome));
    for (const auto& host : answer.items()) hosts.emplace(host.find("Host")->text());
    return hosts;
  }
  json::Value filter(const std::string& text) {
    return parsed(service.filter(text, cluster, outcome).joined());
  }
  static json::Value parsed(const std::string& text) {
    auto value = json::parse(text, {.depth = 64});
    REQUIRE(value.has_value());
    return std::move(*value);
  }
};

std::vector<std::string> texts(const json::Value& list) {
  std::vector<std::string> all;
  for (const auto& item : list.items()) all.emplace_back(item.text());
  return all;
}

const std::set<std::string> kAll(kNodes.begin(), kNodes.end());

}  // namespace

TEST_CASE_METHOD(Replay, "recorded kube-scheduler: a pod that says everything about itself",
                 "[contract]") {
  const std::string folder = GENERATE(from_range(schedulers()));
  const std::string name =
      GENERATE("filter-bare", "prioritize-bare", "filter-whole-nodes", "prioritize-whole-nodes");
  CAPTURE(folder, name);
  const std::string text = body(folder, name);
  CHECK(prioritize(text) == kAll);
  CHECK(outcome.effect == Effect::answered);
  CHECK(outcome.unknown.empty());
  const placement::PodFacts& pod = outcome.pod;
  CHECK(pod.name == "bare");
  CHECK(pod.uid.size() == 36);
  CHECK(pod.scheduler_name == "kernwise-scheduler");
  CHECK(pod.controller() == nullptr);
  CHECK(pod.label("app.kubernetes.io/name") == "shop");
  CHECK(pod.annotation("kernwise.io/placement-mode") == "Act");
  CHECK(pod.annotation("example.com/note").empty());
  CHECK(pod.images == std::vector<std::string>{"registry/app:2"});
  // max(300m of the init container, 250m); of the limits only the main container's.
  CHECK(pod.requests.cores == .3);
  CHECK(pod.requests.memory_bytes == 64.0 * 1024 * 1024);
  CHECK(pod.limits.memory_bytes == 128.0 * 1024 * 1024);
}

TEST_CASE_METHOD(Replay, "recorded kube-scheduler: filter keeps the nodes in the form they came in",
                 "[contract]") {
  const std::string folder = GENERATE(from_range(schedulers()));
  CAPTURE(folder);
  const auto names = filter(body(folder, "filter-bare"));
  auto kept = texts(*names.find("NodeNames"));
  std::ranges::sort(kept);
  CHECK(kept == kNodes);
  CHECK(names.find("Nodes")->is_null());

  const std::string text = body(folder, "filter-whole-nodes");
  const auto whole = filter(text);
  CHECK(whole.find("NodeNames")->is_null());
  REQUIRE(whole.find("Nodes") != nullptr);
  // What the scheduler gets back is what it sent, to the byte.
  const std::string answer = service.filter(text, cluster, outcome).joined();
  const auto begin = text.find(R"("items":[{"metadata")"), end = text.rfind(R"(]},"NodeNames")");
  CHECK(answer.find(text.substr(begin, end - begin)) != std::string::npos);
}

TEST_CASE_METHOD(Replay, "recorded kube-scheduler: pods of controllers name who made them",
                 "[contract]") {
  const std::string folder = GENERATE(from_range(schedulers()));
  CAPTURE(folder);
  CHECK(prioritize(body(folder, "prioritize-deployment")) == kAll);
  REQUIRE(outcome.pod.controller() != nullptr);
  CHECK(outcome.pod.controller()->kind == "ReplicaSet");
  CHECK(outcome.pod.controller()->name.starts_with("web-"));
  CHECK(outcome.pod.label("app") == "web");

  const auto one = filter(body(folder, "filter-daemonset"));
  CHECK(texts(*one.find("NodeNames")).size() == 1);
  REQUIRE(outcome.pod.controller() != nullptr);
  CHECK(outcome.pod.controller()->kind == "DaemonSet");
}

}  // namespace kernwise::protocol
