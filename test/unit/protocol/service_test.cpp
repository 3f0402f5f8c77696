// SPDX-License-Identifier: Apache-2.0
#include "extender/protocol/service.hpp"

#include <rapidcheck.h>

#include <catch2/catch_all.hpp>
#include <set>

#include "common/base/json.hpp"

namespace kernwise::protocol {
namespace {

using placement::NodeRow;
using placement::NodeTable;

NodeRow row(std::string name, double cpu_contention, double disk_contention = 0) {
  NodeRow node;
  node.name = std::move(name);
  node.contention = {cpu_contention, disk_contention, 0};
  node.capacity = {8, 1, 32e9};
  node.windows_over_limit = {9, 9, 9};
  return node;
}

/// Workloads that read disks by name, everything else by its prior.
class TestBook final : public placement::ProfileBook {
 public:
  [[nodiscard]] placement::PodProfile profile_of(const placement::PodFacts& pod) const override {
    placement::PodProfile profile;
    if (pod.label("app") == "reader") profile.mix = {0.2, 0.8, 0};
    return profile;
  }
};

struct Fixture {
  std::shared_ptr<const NodeTable> nodes =
      std::make_shared<const NodeTable>(std::vector{row("n1", 0), row("n2", 1), row("n3", 0, 1)});
  TestBook profiles;
  Cluster cluster{.nodes = nodes, .profiles = profiles, .snapshot = 812};
  Service service;
  Outcome outcome;
};

std::string asking(const std::string& pod, const std::string& names) {
  return R"({"Pod":)" + pod + R"(,"Nodes":null,"NodeNames":)" + names + "}";
}

const std::string kReader = R"({"metadata":{"name":"r","labels":{"app":"reader"}}})";
const std::string kAnnotated = R"({"metadata":{"annotations":{"kernwise.io/)";
const std::string kAll = R"(["n1","n2","n3"])";

TEST_CASE_METHOD(Fixture, "prioritize: each pod's own order of the same nodes", "[protocol]") {
  // cpu pod: C(n2) = .30 * 1 -> .70 -> 7; reader: n2 .30 * .2 -> .94 -> 9, n3 .30 * .8 -> .76 -> 8
  CHECK(service.prioritize(asking("{}", kAll), cluster, outcome) ==
        R"([{"Host":"n1","Score":10},{"Host":"n2","Score":7},{"Host":"n3","Score":10}])");
  CHECK(service.prioritize(asking(kReader, kAll), cluster, outcome) ==
        R"([{"Host":"n1","Score":10},{"Host":"n2","Score":9},{"Host":"n3","Score":8}])");
  CHECK(outcome.status == 200);
  CHECK(outcome.effect == Effect::answered);
  CHECK(outcome.pod.name == "r");
  CHECK(outcome.profile.mix[1] == 0.8);
  CHECK(outcome.snapshot == 812);
  CHECK(outcome.asked == 3);
  CHECK(outcome.unknown.empty());
  CHECK(outcome.nodes == nodes);
  CHECK(outcome.candidates == std::vector<std::uint32_t>{0, 1, 2});
  CHECK(outcome.ranking.scores == std::vector<std::uint8_t>{10, 9, 8});
}

TEST_CASE_METHOD(Fixture, "prioritize_relative: the same preference in fewer bytes", "[protocol]") {
  CHECK(service.prioritize_relative(asking("{}", kAll), cluster, outcome) ==
        R"([{"Host":"n2","Score":-3}])");
  CHECK(service.prioritize_relative("{", cluster, outcome).empty());
  CHECK(service.prioritize_relative(asking("{}", "[]"), cluster, outcome) == "[]");
}

TEST_CASE_METHOD(Fixture, "prioritize: what is expected on a node counts, and is kept",
                 "[protocol]") {
  pending::Speculation speculation;
  speculation.advance(nodes, {}, {});
  placement::Ranking first;
  first.scores = {9, 8, 8};
  const std::uint32_t all[] = {0, 1, 2};
  speculation.place("other", all, first, {6.4, 0, 0});  // 6.4 of 8 cores: (.8/.8)^2 = 1
  cluster.speculation = &speculation;
  // .45 * 1 + .20 * 1/1.6 = .575 -> .425 -> floor(4.25 + .5) = 4
  CHECK(service.prioritize(asking("{}", kAll), cluster, outcome) ==
        R"([{"Host":"n1","Score":4},{"Host":"n2","Score":7},{"Host":"n3","Score":10}])");
  REQUIRE(outcome.expected.size() == 1);
  CHECK(outcome.expected[0].row == 0);
  CHECK(outcome.expected[0].demand == placement::PerResource{6.4, 0, 0});
}

TEST_CASE_METHOD(Fixture, "prioritize: no opinion", "[protocol]") {
  struct Case {
    const char* name;
    std::string body;
    Mode mode;
    Effect effect;
  };
  const auto [name, body, mode, effect] = GENERATE(values<Case>({
      {"nothing asked", asking("{}", "[]"), Mode::act, Effect::abstained},
      {"neither list", R"({"Pod":{}})", Mode::act, Effect::abstained},
      {"too few known", asking("{}", R"(["n1","x","y"])"), Mode::act, Effect::abstained},
      {"mode Observe", asking("{}", kAll), Mode::observe, Effect::observed},
      {"the pod asks to be observed", asking(kAnnotated + R"(placement-mode":"Observe"}}})", kAll),
       Mode::act, Effect::observed},
      {"the pod asks for a recommendation",
       asking(kAnnotated + R"(placement-mode":"Recommend"}}})", kAll), Mode::act, Effect::observed},
      {"the pod is to be ignored", asking(kAnnotated + R"(ignore":"true"}}})", kAll), Mode::act,
       Effect::ignored},
  }));
  CAPTURE(name);
  cluster.mode = mode;
  CHECK(service.prioritize(body, cluster, outcome) == "[]");
  CHECK(outcome.status == 200);
  CHECK(outcome.effect == effect);
  // Observing computes what acting would have done.
  CHECK(outcome.ranking.scores.size() == (effect == Effect::observed ? 3 : 0));
}

TEST_CASE_METHOD(Fixture, "overload: no opinion at once, and a filter that passes everything",
                 "[protocol]") {
  cluster.overloaded = true;
  cluster.filter.enabled = true;
  CHECK(service.prioritize("not even read", cluster, outcome) == "[]");
  CHECK(outcome.status == 200);
  CHECK(outcome.effect == Effect::overloaded);
  CHECK(service.prioritize_relative("not even read", cluster, outcome) == "[]");
  CHECK(service.filter(asking(kReader, kAll), cluster, outcome).joined() ==
        R"({"Nodes":null,"NodeNames":["n1","n2","n3"],"FailedNodes":{},)"
        R"("FailedAndUnresolvableNodes":{},"Error":""})");
  CHECK(outcome.effect == Effect::overloaded);
}

TEST_CASE_METHOD(Fixture, "prioritize: a pod's own Act beats Observe around it", "[protocol]") {
  cluster.mode = Mode::observe;
  const std::string body = asking(kAnnotated + R"(placement-mode":"Act"}}})", kAll);
  CHECK(service.prioritize(body, cluster, outcome) != "[]");
  CHECK(outcome.effect == Effect::answered);
}

TEST_CASE_METHOD(Fixture, "prioritize: what surrounds a pod speaks where it says nothing itself",
                 "[protocol]") {
  struct Case {
    std::string own, around;  ///< placement-mode, ignore
    Effect effect;
  };
  const auto [own, around, effect] = GENERATE(values<Case>({
      {"", "placement-mode=Observe", Effect::observed},
      {"", "ignore=true", Effect::ignored},
      {"", "ignore=false", Effect::answered},
      {R"(placement-mode":"Act"}}})", "placement-mode=Observe", Effect::answered},
      {R"(ignore":"false"}}})", "ignore=true", Effect::answered},
  }));
  CAPTURE(own, around);
  cluster.inherited = [&around = around](const placement::PodFacts&, std::string_view key) {
    const std::string_view text = around;
    const auto equals = text.find('=');
    const bool asked = key.ends_with("/" + std::string(text.substr(0, equals)));
    return asked ? text.substr(equals + 1) : std::string_view();
  };
  const std::string pod = own.empty() ? "{}" : kAnnotated + own;
  static_cast<void>(service.prioritize(asking(pod, kAll), cluster, outcome));
  CHECK(outcome.effect == effect);
}

TEST_CASE_METHOD(Fixture, "prioritize: an unknown node gets the neutral score", "[protocol]") {
  CHECK(service.prioritize(asking("{}", R"(["n1","n2","new"])"), cluster, outcome) ==
        // median of 1 and .7 = .85 -> floor(8.5 + .5) = 9
        R"([{"Host":"n1","Score":10},{"Host":"n2","Score":7},{"Host":"new","Score":9}])");
  CHECK(outcome.unknown == std::vector<std::string>{"new"});
}

TEST_CASE_METHOD(Fixture, "prioritize: data that has aged since the snapshot fades", "[protocol]") {
  cluster.elapsed_seconds = 60;
  CHECK(service.prioritize(asking("{}", kAll), cluster, outcome) == "[]");
  CHECK(outcome.ranking.abstention == placement::Abstention::too_few_fresh);
}

TEST_CASE_METHOD(Fixture, "a bad request: an empty body and a reason", "[protocol]") {
  const std::string body = R"({"Pod":{},"NodeNames":[7]})";
  CHECK(service.prioritize(body, cluster, outcome).empty());
  CHECK(outcome.status == 400);
  CHECK(outcome.effect == Effect::refused);
  CHECK(outcome.problem.starts_with("NodeNames[0]: expected a string"));
  CHECK(service.filter(body, cluster, outcome).joined().empty());
  CHECK(outcome.status == 400);
  // The next call starts afresh.
  CHECK_FALSE(service.filter(asking("{}", kAll), cluster, outcome).joined().empty());
  CHECK(outcome.status == 200);
  CHECK(outcome.problem.empty());
}

TEST_CASE_METHOD(Fixture, "filter: passes everything by default", "[protocol]") {
  CHECK(service.filter(asking(kReader, R"(["n3","n1","x","n3"])"), cluster, outcome).joined() ==
        R"({"Nodes":null,"NodeNames":["n3","n1","x"],"FailedNodes":{},)"
        R"("FailedAndUnresolvableNodes":{},"Error":""})");
  CHECK(outcome.asked == 4);
  CHECK(outcome.candidates.size() == 3);
}

TEST_CASE_METHOD(Fixture, "filter: vetoes a contended node when it is switched on", "[protocol]") {
  cluster.filter.enabled = true;
  const std::string vetoed =
      R"({"Nodes":null,"NodeNames":["n1","n2"],"FailedNodes":{},)"
      R"-("FailedAndUnresolvableNodes":{"n3":"disk saturated (kernel I/O stall)"},"Error":""})-";
  CHECK(service.filter(asking(kReader, kAll), cluster, outcome).joined() == vetoed);
  CHECK(outcome.filtering.rejected.at(2) == placement::Resource::disk);

  cluster.mode = Mode::observe;
  CHECK(service.filter(asking(kReader, kAll), cluster, outcome).joined() ==
        R"({"Nodes":null,"NodeNames":["n1","n2","n3"],"FailedNodes":{},)"
        R"("FailedAndUnresolvableNodes":{},"Error":""})");
  CHECK(outcome.effect == Effect::observed);
  CHECK(outcome.filtering.rejected.at(2) == placement::Resource::disk);
}

TEST_CASE_METHOD(Fixture, "filter: gives the kept nodes back as they came", "[protocol]") {
  cluster.filter.enabled = true;
  const std::string n1 = R"({ "metadata": {"name":"n1"}, "big": 1.0 })";
  const std::string n3 = R"({"metadata":{"name":"n3"}})";
  const std::string body = R"({"Pod":)" + kReader + R"(,"Nodes":{"metadata":{},"items":[)" + n1 +
                           ", " + n3 + "," + n1 + R"(]},"NodeNames":null})";
  CHECK(
      service.filter(body, cluster, outcome).joined() ==
      R"({"Nodes":{"metadata":{},"items":[)" + n1 +
          R"(]},"NodeNames":null,"FailedNodes":{},)"
          R"-("FailedAndUnresolvableNodes":{"n3":"disk saturated (kernel I/O stall)"},"Error":""})-");
}

TEST_CASE_METHOD(Fixture, "filter: nothing asked, nothing kept", "[protocol]") {
  CHECK(
      service.filter(R"({"Pod":{},"Nodes":null,"NodeNames":null})", cluster, outcome).joined() ==
      R"({"Nodes":null,"NodeNames":[],"FailedNodes":{},"FailedAndUnresolvableNodes":{},"Error":""})");
  CHECK(outcome.effect == Effect::abstained);
}

TEST_CASE("service: every candidate or none, each once, and nobody else", "[protocol]") {
  const auto nodes = std::make_shared<const NodeTable>(
      std::vector{row("a", 0), row("b", .5), row("ab", 1), row("ba", 0, 1)});
  const TestBook profiles;
  Cluster cluster{.nodes = nodes, .profiles = profiles};
  cluster.filter.enabled = true;
  Service service;
  REQUIRE(rc::check("all or none", [&] {
    const auto names = *rc::gen::container<std::vector<std::string>>(
        rc::gen::suchThat(rc::gen::container<std::string>(rc::gen::element('a', 'b', '"', '<')),
                          [](const std::string& name) { return !name.empty(); }));
    json::Writer list;
    list.begin_array();
    for (const std::string& name : names) list.value(name);
    list.end_array();
    const std::string body = asking("{}", list.take());
    const std::set<std::string> asked(names.begin(), names.end());

    Outcome outcome;
    const auto scores = json::parse(service.prioritize(body, cluster, outcome));
    RC_ASSERT(scores.has_value());
    std::set<std::string> answered;
    for (const json::Value& host : scores->items()) {
      RC_ASSERT(answered.insert(std::string(host.find("Host")->text())).second);
    }
    RC_ASSERT(answered.empty() || answered == asked);

    const auto verdict = json::parse(service.filter(body, cluster, outcome).joined());
    RC_ASSERT(verdict.has_value());
    std::set<std::string> placed;
    for (const json::Value& name : verdict->find("NodeNames")->items()) {
      RC_ASSERT(placed.insert(std::string(name.text())).second);
    }
    RC_ASSERT(asked.empty() || !placed.empty());
    for (const auto& failed : verdict->find("FailedAndUnresolvableNodes")->members()) {
      RC_ASSERT(placed.insert(failed.key).second);
    }
    RC_ASSERT(placed == asked);
  }));
}

TEST_CASE("name_of: every effect", "[protocol]") {
  CHECK(name_of(Effect::answered) == "answered");
  CHECK(name_of(Effect::abstained) == "abstained");
  CHECK(name_of(Effect::overloaded) == "overloaded");
  CHECK(name_of(Effect::observed) == "observed");
  CHECK(name_of(Effect::ignored) == "ignored");
  CHECK(name_of(Effect::exempt) == "exempt");
  CHECK(name_of(Effect::refused) == "refused");
}

}  // namespace
}  // namespace kernwise::protocol
