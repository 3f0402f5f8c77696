// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch_all.hpp>
#include <set>
#include <string>

#include "common/base/json.hpp"
#include "extender/protocol/encode.hpp"
#include "extender/protocol/service.hpp"

/// What kube-scheduler's extender client does with our bytes. The bodies are the ones that
/// kube-scheduler's own compatibility test fixes for extender/v1: v1.28 to v1.37 send and read
/// them.
namespace kernwise::protocol {
namespace {

// Go 1.24 stopped writing the null creationTimestamp; both forms are on the wire.
const std::string kNodeRest =
    R"(,"spec":{},"status":{"daemonEndpoints":{"kubeletEndpoint":{"Port":0}},"nodeInfo":{"machineID":"",)"
    R"("systemUUID":"","bootID":"","kernelVersion":"","osImage":"","containerRuntimeVersion":"",)"
    R"("kubeletVersion":"","kubeProxyVersion":"","operatingSystem":"","architecture":""}}})";
const std::string kNode = R"({"metadata":{"name":"nodename"})" + kNodeRest;
const std::string kOldNode =
    R"({"metadata":{"name":"nodename","creationTimestamp":null})" + kNodeRest;

std::string args_of(const std::string& pod_metadata, const std::string& node) {
  return R"({"Pod":{"metadata":)" + pod_metadata +
         R"(,"spec":{"containers":null},"status":{}},"Nodes":{"metadata":{},"items":[)" + node +
         R"(]},"NodeNames":["node1"]})";
}
const std::string kArgs = args_of(R"({"name":"podname"})", kNode);
const std::string kOldArgs = args_of(R"({"name":"podname","creationTimestamp":null})", kOldNode);

const std::string kFilterResult =
    R"({"Nodes":{"metadata":{},"items":[)" + kNode +
    R"(]},"NodeNames":["node1"],"FailedNodes":{"foo":"bar"},)"
    R"("FailedAndUnresolvableNodes":{"baz":"qux"},"Error":"myerror"})";

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

std::shared_ptr<const placement::NodeTable> nodes_of(const std::vector<std::string>& names) {
  std::vector<placement::NodeRow> rows;
  double contention = 0;
  for (const std::string& name : names) {
    placement::NodeRow& row = rows.emplace_back();
    row.name = name;
    row.contention = {contention, 0, 0};
    row.windows_over_limit = {9, 9, 9};
    contention = std::min(1.0, contention + .25);
  }
  return std::make_shared<const placement::NodeTable>(std::move(rows));
}

struct Scheduler {
  std::shared_ptr<const placement::NodeTable> nodes =
      nodes_of({"n1", "n2", "n3", "n4", "n5", "node1", "nodename"});
  placement::PriorBook profiles;
  Cluster cluster{.nodes = nodes, .profiles = profiles};
  Service service;
  Outcome outcome;

  json::Value read(const std::string& answer) {
    INFO(answer);
    auto parsed = json::parse(answer, {.depth = kMaxDepth});
    REQUIRE(parsed.has_value());
    return std::move(*parsed);
  }
};

std::string asking(const std::string& names) {
  return R"({"Pod":{},"Nodes":null,"NodeNames":)" + names + "}";
}
std::string asking_nodes(const std::string& items) {
  return R"({"Pod":{},"Nodes":{"metadata":{},"items":)" + items + R"(},"NodeNames":null})";
}

TEST_CASE_METHOD(Scheduler, "extender/v1: ExtenderArgs in the canonical bytes and in lower case",
                 "[contract]") {
  const std::string body = GENERATE(kArgs, kOldArgs, lower(kArgs), lower(kOldArgs));
  CHECK(service.prioritize(body, cluster, outcome).starts_with(R"([{"Host":"node1","Score":)"));
  CHECK(outcome.pod.name == "podname");
  CHECK(read(service.filter(body, cluster, outcome).joined())
            .find("NodeNames")
            ->items()
            .at(0)
            .text() == "node1");
}

TEST_CASE_METHOD(Scheduler, "extender/v1: whole nodes in the canonical bytes come back unchanged",
                 "[contract]") {
  const std::string node = GENERATE(kNode, kOldNode, lower(kNode), lower(kOldNode));
  const std::string body = asking_nodes("[" + node + "]");
  for (const std::string& cased : {body, lower(body)}) {
    const std::string answer = service.filter(cased, cluster, outcome).joined();
    const std::string back = cased == body ? node : lower(node);
    CHECK(
        answer ==
        R"({"Nodes":{"metadata":{},"items":[)" + back +
            R"(]},"NodeNames":null,"FailedNodes":{},"FailedAndUnresolvableNodes":{},"Error":""})");
    CHECK(
        service.prioritize(cased, cluster, outcome).starts_with(R"([{"Host":"nodename","Score":)"));
  }
}

TEST_CASE("extender/v1: ExtenderFilterResult and HostPriority in the canonical bytes",
          "[contract]") {
  FilterResult result;
  result.nodes = {{kNode}};
  result.node_names = {{"node1"}};
  result.failed_nodes = {{"foo", "bar"}};
  result.failed_and_unresolvable_nodes = {{"baz", "qux"}};
  result.error = "myerror";
  CHECK(encode_filter(result).joined() == kFilterResult);

  placement::Ranking ranking;
  ranking.scores = {1};
  const std::string_view names[] = {"myhost"};
  CHECK(encode_priorities(ranking, names) == R"([{"Host":"myhost","Score":1}])");
}

TEST_CASE_METHOD(Scheduler, "gotcha 1: prioritize answers a bare array, also without an opinion",
                 "[contract]") {
  for (const std::string& body : {asking(R"(["n1","n2"])"), asking("[]"), asking(R"(["x"])"),
                                  std::string(R"({"Pod":{},"Nodes":null,"NodeNames":null})")}) {
    CHECK(read(service.prioritize(body, cluster, outcome)).kind() == json::Kind::array);
  }
  cluster.mode = Mode::observe;
  CHECK(service.prioritize(asking(R"(["n1","n2"])"), cluster, outcome) == "[]");
}

TEST_CASE_METHOD(Scheduler, "gotchas 2 and 3: scores are integers from 0 to 10", "[contract]") {
  const auto answer =
      read(service.prioritize(asking(R"(["n1","n2","n3","n4","n5"])"), cluster, outcome));
  std::set<std::string> scores;
  for (const json::Value& host : answer.items()) {
    REQUIRE(host.find("Score")->kind() == json::Kind::number);
    const std::string score(host.find("Score")->text());
    CHECK(score.find_first_not_of("0123456789") == std::string::npos);
    CHECK(std::stoi(score) <= 10);
    scores.insert(score);
  }
  CHECK(scores.size() > 1);
}

TEST_CASE_METHOD(Scheduler, "gotcha 4: every candidate or none, nobody twice, nobody else",
                 "[contract]") {
  const auto answer = read(
      service.prioritize(asking(R"(["n2","new","n1","n2","new","n3","n4"])"), cluster, outcome));
  std::vector<std::string> hosts;
  for (const json::Value& host : answer.items()) hosts.emplace_back(host.find("Host")->text());
  CHECK(hosts == std::vector<std::string>{"n2", "new", "n1", "n3", "n4"});
}

TEST_CASE_METHOD(Scheduler, "gotcha 4: the relative form leaves out only hosts with the base score",
                 "[contract]") {
  const std::string body = asking(R"(["n1","n2","n3","n4","n5","new"])");
  const auto full = read(service.prioritize(body, cluster, outcome));
  const auto some = read(service.prioritize_relative(body, cluster, outcome));
  std::map<std::string, std::int64_t> relative;
  for (const json::Value& host : some.items()) {
    relative[std::string(host.find("Host")->text())] =
        std::stoll(std::string(host.find("Score")->text()));
  }
  std::set<std::int64_t> bases;
  for (const json::Value& host : full.items()) {
    bases.insert(std::stoll(std::string(host.find("Score")->text())) -
                 relative[std::string(host.find("Host")->text())]);
  }
  CHECK(bases.size() == 1);
  CHECK(some.items().size() < full.items().size());
}

TEST_CASE_METHOD(Scheduler,
                 "gotcha 5: filter answers in the form of the request, never with both null",
                 "[contract]") {
  const auto by_names = read(service.filter(asking(R"(["n1","x"])"), cluster, outcome).joined());
  CHECK(by_names.find("Nodes")->is_null());
  CHECK(by_names.find("NodeNames")->items().size() == 2);
  const auto by_nodes = read(
      service.filter(asking_nodes(R"([{"metadata":{"name":"n1"}}])"), cluster, outcome).joined());
  CHECK(by_nodes.find("NodeNames")->is_null());
  CHECK(by_nodes.find("Nodes")->find("items")->items().size() == 1);

  // A request with neither list asks about nothing; so nothing is kept, and it is no error.
  for (const char* body : {R"({"Pod":{},"Nodes":null,"NodeNames":null})", R"({"Pod":{}})"}) {
    const auto nothing = read(service.filter(body, cluster, outcome).joined());
    CHECK(outcome.status == 200);
    CHECK(nothing.find("NodeNames")->kind() == json::Kind::array);
    CHECK(nothing.find("NodeNames")->items().empty());
    CHECK(nothing.find("Error")->text().empty());
  }
}

TEST_CASE_METHOD(Scheduler, "gotchas 6 and 8: filter accounts for every candidate exactly once",
                 "[contract]") {
  cluster.filter.enabled = true;
  const auto answer = read(
      service.filter(asking(R"(["n1","n2","n3","n4","n5","new","n1","new"])"), cluster, outcome)
          .joined());
  std::vector<std::string> placed;
  for (const json::Value& name : answer.find("NodeNames")->items())
    placed.emplace_back(name.text());
  CHECK(answer.find("FailedNodes")->members().empty());
  const auto& rejected = answer.find("FailedAndUnresolvableNodes")->members();
  CHECK_FALSE(rejected.empty());
  for (const auto& node : rejected) placed.push_back(node.key);
  std::sort(placed.begin(), placed.end());
  CHECK(placed == std::vector<std::string>{"n1", "n2", "n3", "n4", "n5", "new"});
}

TEST_CASE_METHOD(Scheduler, "gotcha 7: Error stays empty whenever the status is 200",
                 "[contract]") {
  for (const std::string& body : {asking(R"(["n1"])"), asking("[]"), asking_nodes("[]")}) {
    CHECK(read(service.filter(body, cluster, outcome).joined()).find("Error")->text().empty());
    CHECK(outcome.status == 200);
  }
  CHECK(service.filter("[]", cluster, outcome).joined().empty());
  CHECK(outcome.status == 400);
}

TEST_CASE_METHOD(Scheduler, "gotcha 9: rejections of one kind have one text", "[contract]") {
  cluster.filter.enabled = true;
  const auto answer =
      read(service.filter(asking(R"(["n1","n2","n3","n4","n5"])"), cluster, outcome).joined());
  std::set<std::string> texts;
  const auto& rejected = answer.find("FailedAndUnresolvableNodes")->members();
  for (const auto& node : rejected) texts.emplace(node.value.text());
  CHECK(rejected.size() ==
        3);  // contention .75 and 1 over the limit; .5 over it before, not recovered
  CHECK(texts == std::set<std::string>{"cpu contended (kernel run-queue wait)"});
}

TEST_CASE_METHOD(Scheduler, "extender/v1: members nobody knows yet are no error", "[contract]") {
  CHECK(service
            .prioritize(R"({"Pod":{"new":{}},"NodeNames":["n1"],"DynamicResources":[1]})", cluster,
                        outcome)
            .starts_with(R"([{"Host":"n1")"));
}

TEST_CASE_METHOD(Scheduler, "extender/v1: the answer ends with its last bracket", "[contract]") {
  // kube-scheduler reads one JSON value and leaves the rest: one byte more costs the connection.
  CHECK(service.prioritize(asking(R"(["n1"])"), cluster, outcome).back() == ']');
  CHECK(service.filter(asking(R"(["n1"])"), cluster, outcome).joined().back() == '}');
}

}  // namespace
}  // namespace kernwise::protocol
