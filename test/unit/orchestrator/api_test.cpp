// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch_all.hpp>
#include <set>
#include <sstream>

#include "orchestrator/api/health.hpp"
#include "orchestrator/api/metrics.hpp"
#include "orchestrator/api/parameters.hpp"
#include "orchestrator/api/prometheus_route.hpp"
#include "orchestrator/api/routes.hpp"
#include "orchestrator/api/scheduler_routes.hpp"
#include "orchestrator/view/reducer.hpp"
#include "test/unit/orchestrator/reports.hpp"
#include "test/unit/orchestrator/routes.hpp"

namespace kernwise::api {
namespace {

using test::arrival;
using test::at;
using test::container;
using test::get;
using test::named;
using test::parsed;
using test::report_of;

constexpr std::chrono::seconds kWall{1'795'347'480};  // 2026-11-22T11:38:00Z

/// One view with two nodes, the routes over it, and a clock that stands still.
struct Shown {
  view::Published view;
  history::DecisionLog decisions;
  history::PlacementLog placements{16};
  metrics::Registry registry;
  Sources sources{view, decisions, placements, nullptr, registry, {}};
  Clock clock = [] { return Now{at(2), WallTime(kWall)}; };
  std::vector<http::Route> lists = list_routes(sources, clock);
  std::vector<http::Route> explanations = explain_routes(sources, clock);
  std::vector<http::Route> histories = history_routes(sources, clock);

  Shown() {
    auto server =
        named(container("a", Verdict::cpu_saturated, 0.9), "demo", "svc-cpu", "Deployment/svc-cpu");
    server.netns = 5;
    server.listening_ports = {81};
    server.top_functions = {{"main.burnCycles", 45}};
    auto caller = named(container("b", Verdict::downstream_wait, 0.1), "demo", "svc-chain",
                        "Deployment/svc-chain");
    caller.netns = 5;
    caller.peers = {{.address = "127.0.0.1", .port = 81, .share = 0.9, .blocked = 0.9},
                    {.address = "10.1.2.3", .port = 5432, .share = 0.1, .blocked = 0.0}};
    view::Reducer reducer;
    static_cast<void>(reducer.accept(report_of("n1", 1, {server, caller}), arrival(0)));
    static_cast<void>(reducer.accept(report_of("n2", 1), arrival(1)));
    view.store(reducer.snapshot(at(1), WallTime(kWall)));
    history::DecisionRecord record;
    record.decision = {.workload = "demo/Deployment/svc-cpu",
                       .action = scaling::Action::scale_up,
                       .target = "demo/Deployment/svc-cpu",
                       .from = 1,
                       .to = 2,
                       .reason = "cpu_saturated",
                       .evidence = {"offered load 0.90 cores"}};
    record.snapshot = 1;
    record.time = WallTime(kWall);
    decisions.record(record);
  }
};

const json::Value& item(const json::Value& list, std::size_t at) {
  return list.find("items")->items().at(at);
}

TEST_CASE("lists: apiVersion, kind and items", "[api]") {
  const auto [path, kind, count] = GENERATE(table<std::string, std::string, std::size_t>({
      {"/v1/nodes", "NodeList", 2},
      {"/v1/pods", "PodList", 2},
      {"/v1/workloads", "WorkloadList", 2},
      {"/v1/decisions", "DecisionList", 1},
      {"/v1/placements", "PlacementList", 0},
  }));
  CAPTURE(path);
  const Shown shown;
  const auto list = parsed(get(shown.lists, path));
  CHECK(list.find("apiVersion")->text() == "kernwise.io/v1alpha1");
  CHECK(list.find("kind")->text() == kind);
  CHECK(list.find("items")->items().size() == count);
  CHECK(list.find("remaining")->text() == "0");
}

TEST_CASE("lists: a pod shows its shares, functions and named peers", "[api]") {
  const Shown shown;
  const auto pods = parsed(get(shown.lists, "/v1/pods"));
  const auto& chain = item(pods, 0);
  CHECK(chain.find("name")->text() == "demo/svc-chain");
  CHECK(chain.find("verdict")->text() == "downstream_wait");
  const auto& peers = chain.find("peers")->items();
  CHECK(peers.at(0).find("name")->text() == "demo/svc-cpu");
  CHECK(peers.at(1).find("name")->text() == "10.1.2.3:5432");
  const auto& cpu = item(pods, 1);
  CHECK(cpu.find("top_functions")->items().at(0).find("name")->text() == "main.burnCycles");
  CHECK(cpu.find("shares")->find("on_cpu")->text() == "0.9");
}

TEST_CASE("lists: limits and filters", "[api]") {
  const Shown shown;
  const auto one = parsed(get(shown.lists, "/v1/pods", "limit=1"));
  CHECK(one.find("items")->items().size() == 1);
  CHECK(one.find("remaining")->text() == "1");
  CHECK(parsed(get(shown.lists, "/v1/pods", "node=n2")).find("items")->items().empty());
  const auto named_pods = get(shown.lists, "/v1/pods", "workload=demo%2FDeployment%2Fsvc-cpu");
  CHECK(parsed(named_pods).find("items")->items().size() == 1);
  for (const char* bad : {"limit=0", "limit=x", "limit=1e3", "limit=99999999999999999999"}) {
    const auto refused = get(shown.lists, "/v1/pods", bad);
    CHECK(refused.status == 400);
    CHECK(parsed(refused).find("field")->text() == "limit");
  }
}

TEST_CASE("view: everything at once, with the graph", "[api]") {
  const Shown shown;
  const auto whole = parsed(get(shown.lists, "/v1/view"));
  CHECK(whole.find("nodes")->items().size() == 2);
  CHECK(whole.find("workloads")->items().size() == 2);
  const auto& edges = whole.find("edges")->items();
  REQUIRE(edges.size() == 2);
  CHECK(edges[0].find("to")->text() == "demo/Deployment/svc-cpu");
  CHECK(edges[1].find("to")->text().empty());
}

TEST_CASE("explain: pods, nodes and workloads", "[api]") {
  const Shown shown;
  const auto pod = parsed(get(shown.explanations, "/v1/explain/pod/demo/svc-cpu"));
  CHECK(pod.find("kind")->text() == "PodExplanation");
  CHECK(pod.find("decision")->find("action")->text() == "scale_up");
  CHECK(pod.find("nodes")->items().size() == 2);
  const auto node = parsed(get(shown.explanations, "/v1/explain/node/n1"));
  CHECK(node.find("pods")->items().size() == 2);
  const auto workload =
      parsed(get(shown.explanations, "/v1/explain/workload/demo/Deployment/svc-cpu"));
  CHECK(workload.find("changes")->items().size() == 1);
  CHECK(workload.find("edges")->items().size() == 1);
}

TEST_CASE("explain: what nobody knows is 404 and named", "[api]") {
  const auto [path, status] = GENERATE(table<const char*, int>({
      {"/v1/explain/pod/demo/nobody", 404},
      {"/v1/explain/pod/nobody", 400},
      {"/v1/explain/node/n9", 404},
      {"/v1/explain/workload/demo/Deployment/nobody", 404},
      {"/v1/explain/workload/", 404},
  }));
  CAPTURE(path);
  const Shown shown;
  const auto answer = get(shown.explanations, path);
  CHECK(answer.status == status);
  CHECK(parsed(answer).find("field") != nullptr);
}

TEST_CASE("history: without a file the ring answers, and says what it cannot", "[api]") {
  const Shown shown;
  const auto list = parsed(get(shown.histories, "/v1/history", "kind=decision"));
  REQUIRE(list.find("items")->items().size() == 1);
  CHECK(item(list, 0).find("content")->find("to")->text() == "2");
  CHECK(get(shown.histories, "/v1/history", "kind=node").status == 501);
  CHECK(get(shown.histories, "/v1/history", "kind=x").status == 400);
  CHECK(get(shown.histories, "/v1/history", "since=yesterday").status == 400);
  const auto later = get(shown.histories, "/v1/history", "since=2026-11-22T11:38:01Z");
  CHECK(parsed(later).find("items")->items().empty());
}

TEST_CASE("since: absolute, in seconds, and ago", "[api]") {
  const auto [text, expected] = GENERATE(table<const char*, long>({
      {"2026-11-22T11:38:00Z", 1'795'347'480},
      {"1970-01-01T00:00:00Z", 0},
      {"2026-11-22T11:38:00.5Z", 1'795'347'480},
      {"1795347480", 1'795'347'480},
      {"15m", kWall.count() - 900},
      {"2h", kWall.count() - 7'200},
      {"1d", kWall.count() - 86'400},
      {"", -1},
      {"m", -1},
      {"-5m", -1},
      {"5w", -1},
      {"2026-13-22T11:38:00Z", -1},
      {"2026-02-30T11:38:00Z", -1},
      {"2026-11-22T25:38:00Z", -1},
      {"1e400", -1},
      {"nan", -1},
  }));
  CAPTURE(text);
  const auto since = parse_since(text, WallTime(kWall));
  REQUIRE(since.has_value() == (expected >= 0));
  if (since)
    CHECK(std::chrono::floor<std::chrono::seconds>(since->time_since_epoch()).count() == expected);
}

TEST_CASE("prometheus: without one, 501 says how to configure it", "[api]") {
  const auto answer = get(prometheus_routes(nullptr), "/v1/query", "query=up");
  CHECK(answer.status == 501);
  CHECK(parsed(answer).find("field")->text() == "prometheus.url");
}

TEST_CASE("health: what failed is named, verbose names all", "[api]") {
  bool good = false;
  const auto routes =
      health_routes({{"loop", [] { return true; }}},
                    {{"loop", [] { return true; }}, {"store", [&] { return good; }}});
  CHECK(get(routes, "/livez").status == 200);
  CHECK(get(routes, "/healthz").body == "ok");
  CHECK(get(routes, "/readyz").status == 503);
  CHECK(get(routes, "/readyz").body == "[-]store failed\nfailed");
  good = true;
  CHECK(get(routes, "/readyz", "verbose").body == "[+]loop ok\n[+]store ok\nok");
}

TEST_CASE("metrics: every family has help, a type and a name of the product", "[api]") {
  Shown shown;
  request_counter(shown.registry, "scheduler")("/prioritize", 200, std::chrono::milliseconds(1));
  shown.registry.add(metric::kReports, {{"result", "accepted"}});
  shown.registry.add(metric::kPlacements, {{"verb", "filter"}, {"outcome", "answered"}});
  shown.registry.add(metric::kScaling, {{"action", "hold"}, {"reason", "steady"}});
  const auto answer = get(shown.lists, "/metrics");
  CHECK(answer.content_type == metrics::kTextFormat);
  std::istringstream lines(answer.body);
  std::set<std::string> helped, typed;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string hash, what, name;
    words >> hash >> what >> name;
    if (hash != "#") continue;
    CHECK(name.starts_with("kernwise_"));
    if (what == "HELP") CHECK(helped.insert(name).second);
    if (what == "TYPE") CHECK(typed.insert(name).second);
  }
  CHECK(helped == typed);
  CHECK(helped.size() >= 12);
  CHECK(answer.body.find("kernwise_node_data_age_seconds{node=\"n1\"} 2\n") != std::string::npos);
  CHECK(answer.body.find("kernwise_pods{verdict=\"cpu_saturated\"} 1\n") != std::string::npos);
}

/// The scheduler's routes over a view, and what was told after each answer.
struct Scheduler {
  Shown shown;
  std::vector<protocol::Outcome> told;
  std::vector<http::Route> routes;

  explicit Scheduler(protocol::Mode mode)
      : routes(scheduler_routes(shown.view, {.prefix = "/scheduler", .mode = mode}, shown.clock,
                                [this](const char*, protocol::Outcome&& outcome) {
                                  told.push_back(std::move(outcome));
                                })) {}

  http::Response post(const std::string& verb, std::string body) {
    auto request = test::request("POST", "/scheduler/" + verb);
    request.body = std::move(body);
    return test::ask(routes, std::move(request));
  }
};

constexpr const char* kAsk =
    R"({"Pod":{"metadata":{"name":"p","namespace":"demo"}},"Nodes":null,"NodeNames":["n1","n2"]})";

TEST_CASE("scheduler: every candidate is scored from the snapshot", "[api]") {
  Scheduler scheduler(protocol::Mode::act);
  const auto scores = parsed(scheduler.post("prioritize", kAsk)).items();
  REQUIRE(scores.size() == 2);
  CHECK(scores[0].find("Host")->text() == "n1");
  REQUIRE(scheduler.told.size() == 1);
  CHECK(scheduler.told[0].snapshot == scheduler.shown.view.load()->number);
  const auto kept = parsed(scheduler.post("filter", kAsk));
  CHECK(kept.find("NodeNames")->items().size() == 2);
}

TEST_CASE("scheduler: observing has no opinion and records what it would have said", "[api]") {
  Scheduler scheduler(protocol::Mode::observe);
  CHECK(scheduler.post("prioritize", kAsk).body == "[]");
  CHECK(parsed(scheduler.post("filter", kAsk)).find("NodeNames")->items().size() == 2);
  CHECK(scheduler.told[0].effect == protocol::Effect::observed);
  CHECK(scheduler.told[0].ranking.scores.size() == 2);
}

TEST_CASE("scheduler: a bad request is 400 without a body", "[api]") {
  Scheduler scheduler(protocol::Mode::act);
  const auto answer = scheduler.post("prioritize", "{");
  CHECK(answer.status == 400);
  CHECK(answer.body.empty());
  CHECK_FALSE(scheduler.told[0].problem.empty());
}

}  // namespace
}  // namespace kernwise::api
