// SPDX-License-Identifier: Apache-2.0
#include "cli/doctor/scheduler_checks.hpp"

#include <catch2/catch_all.hpp>
#include <functional>

namespace kernwise::doctor {
namespace {

using namespace std::chrono_literals;

/// Wired as scheduler-config/default-scheduler-remote.yaml has it, with all that can be looked at.
SchedulerFacts well_wired() {
  Extender extender{.url_prefix = "https://10.0.0.8:8888",
                    .prioritize_verb = "prioritize",
                    .weight = 3,
                    .node_cache_capable = true,
                    .ignorable = true,
                    .enable_https = true,
                    .has_ca = true,
                    .has_certificate = true,
                    .timeout = 200ms};
  return {.extenders = {extender},
          .answer = Answer::encrypted,
          .service_account = true,
          .profiler_security = "privileged",
          .replicas = std::vector<Replica>{{"a", "kernwise/kernwise-scheduler", true},
                                           {"b", "kernwise/kernwise-scheduler", true}},
          .election = Election{true, "kernwise/kernwise-scheduler", false},
          .lease = LeaseSeen{.exists = true, .holder = "a_5d2f", .since_renewed = 2s},
          .scheduler = KubeVersion{1, 36},
          .api_server = KubeVersion{1, 36}};
}

struct Seeded {
  const char* name;
  Mistake mistake;
  std::function<void(SchedulerFacts& facts, Extender& extender)> make;
};

using F = SchedulerFacts;
using E = Extender;

const std::vector<Seeded> kSeeded{
    {"no extender", Mistake::no_extender, [](F& facts, E&) { facts.extenders.clear(); }},
    {"two of ours", Mistake::no_extender,
     [](F& facts, E&) { facts.extenders.push_back(facts.extenders.front()); }},
    {"nothing there", Mistake::wrong_port, [](F& f, E&) { f.answer = Answer::nothing; }},
    {"the port of the API", Mistake::wrong_port, [](F& f, E&) { f.answer = Answer::other; }},
    {"https to a plain listener", Mistake::http_or_https,
     [](F& f, E&) { f.answer = Answer::plain; }},
    {"http to a TLS listener", Mistake::http_or_https,
     [](F&, E& e) {
       e.url_prefix = "http://10.0.0.8:8888";
       e.enable_https = false;
     }},
    {"enableHTTPS with http", Mistake::http_or_https,
     [](F&, E& e) { e.url_prefix = "http://10.0.0.8:8888"; }},
    {"no CA", Mistake::no_ca, [](F&, E& e) { e.has_ca = false; }},
    {"no client certificate", Mistake::no_ca, [](F&, E& e) { e.has_certificate = false; }},
    {"another verb", Mistake::wrong_verb, [](F&, E& e) { e.prioritize_verb = "prioritise"; }},
    {"no verb", Mistake::wrong_verb, [](F&, E& e) { e.prioritize_verb = ""; }},
    {"another filter", Mistake::wrong_verb, [](F&, E& e) { e.filter_verb = "predicates"; }},
    {"bind", Mistake::wrong_verb, [](F&, E& e) { e.bind_verb = "bind"; }},
    {"another path", Mistake::wrong_verb, [](F&, E& e) { e.url_prefix += "/scheduler"; }},
    {"weight 0", Mistake::weight, [](F&, E& e) { e.weight = 0; }},
    {"whole nodes", Mistake::whole_nodes, [](F&, E& e) { e.node_cache_capable = false; }},
    {"not ignorable", Mistake::not_ignorable, [](F&, E& e) { e.ignorable = false; }},
    {"the default timeout", Mistake::slow_timeout, [](F&, E& e) { e.timeout = 5s; }},
    {"just too slow", Mistake::slow_timeout, [](F&, E& e) { e.timeout = 1'001ms; }},
    {"no service account", Mistake::no_service_account,
     [](F& f, E&) { f.service_account = false; }},
    {"restricted pods", Mistake::pod_security,
     [](F& f, E&) { f.profiler_security = "restricted"; }},
    {"one leads by itself", Mistake::two_leaders,
     [](F& f, E&) { f.replicas->back().elects_leader = false; }},
    {"two leases", Mistake::two_leaders,
     [](F& f, E&) { f.replicas->back().lease = "kube-system/kube-scheduler"; }},
    {"the lease of the cluster's own scheduler", Mistake::two_leaders,
     [](F& f, E&) { f.election->lease = "kube-system/kube-scheduler"; }},
    {"a lease that another scheduler holds", Mistake::two_leaders,
     [](F& f, E&) { f.lease->holder = "ab_5d2f"; }},
    {"no lease", Mistake::two_leaders, [](F& f, E&) { f.lease = LeaseSeen{}; }},
    {"a lease of nobody", Mistake::two_leaders, [](F& f, E&) { f.lease->holder = ""; }},
    {"a lease that is not renewed", Mistake::two_leaders,
     [](F& f, E&) { f.lease->since_renewed = 16s; }},
    {"too old", Mistake::version_skew, [](F& f, E&) { f.scheduler->minor = 34; }},
    {"newer than the API server", Mistake::version_skew, [](F& f, E&) { f.scheduler->minor = 37; }},
};

}  // namespace

TEST_CASE("doctor: nothing is wrong with what is wired as shipped", "[doctor]") {
  const auto findings = examine(well_wired());
  REQUIRE(findings.size() == kMistakes);
  for (const Finding& finding : findings) {
    CAPTURE(name_of(finding.mistake), finding.what);
    CHECK(finding.state == State::good);
    CHECK(finding.next.empty());
  }
}

TEST_CASE("doctor: each seeded mistake is named, and nothing else", "[doctor]") {
  for (const Seeded& seeded : kSeeded) {
    CAPTURE(seeded.name);
    SchedulerFacts facts = well_wired();
    seeded.make(facts, facts.extenders.front());
    for (const Finding& finding : examine(facts)) {
      CAPTURE(name_of(finding.mistake), finding.what);
      if (finding.mistake == seeded.mistake) {
        CHECK(finding.state == State::bad);
        CHECK_FALSE(finding.what.empty());
        CHECK_FALSE(finding.next.empty());
      } else {
        CHECK(finding.state != State::bad);
      }
    }
  }
}

TEST_CASE("doctor: the cluster's own scheduler has its lease, wherever it runs", "[doctor]") {
  SchedulerFacts facts = well_wired();
  facts.election = Election{true, "kube-system/kube-scheduler", true};
  facts.lease = LeaseSeen{.exists = true, .holder = "control-plane-1_77aa", .since_renewed = 15s};
  facts.replicas->clear();  // it runs in no namespace of ours
  for (const Finding& finding : examine(facts)) {
    CAPTURE(name_of(finding.mistake), finding.what);
    CHECK(finding.state == State::good);
  }
}

TEST_CASE("doctor: each of the twelve mistakes of wiring has a row that names it", "[doctor]") {
  struct Row {
    const char* mistake;
    Mistake named;
    std::string_view row;
  };
  const std::vector<Row> rows{
      {"http vs https", Mistake::http_or_https, "http or https"},
      {"CA missing", Mistake::no_ca, "certificates"},
      {"nodeCacheCapable mismatch", Mistake::whole_nodes, "nodeCacheCapable"},
      {"weight 0", Mistake::weight, "weight"},
      {"not ignorable", Mistake::not_ignorable, "ignorable"},
      {"timeout > 1 s", Mistake::slow_timeout, "timeout"},
      {"wrong verb", Mistake::wrong_verb, "verbs"},
      {"wrong port", Mistake::wrong_port, "address"},
      {"SA missing", Mistake::no_service_account, "service account"},
      {"PSS", Mistake::pod_security, "pod security"},
      {"two leaders", Mistake::two_leaders, "leaders"},
      {"version skew", Mistake::version_skew, "versions"}};
  REQUIRE(rows.size() == 12);
  for (const Row& row : rows) {
    CAPTURE(row.mistake);
    CHECK(name_of(row.named) == row.row);
    CHECK(std::any_of(kSeeded.begin(), kSeeded.end(),
                      [&](const Seeded& seeded) { return seeded.mistake == row.named; }));
  }
}

TEST_CASE("doctor: what could not be looked at is neither good nor bad", "[doctor]") {
  SchedulerFacts facts{.extenders = well_wired().extenders};
  for (const Finding& finding : examine(facts)) {
    CAPTURE(name_of(finding.mistake));
    const bool of_file =
        finding.mistake == Mistake::no_extender ||
        (finding.mistake >= Mistake::no_ca && finding.mistake <= Mistake::slow_timeout);
    CHECK(finding.state == (of_file ? State::good : State::not_known));
  }
}

TEST_CASE("doctor: a lone scheduler may do without an election, a minor behind is allowed",
          "[doctor]") {
  SchedulerFacts facts = well_wired();
  facts.replicas = std::vector<Replica>{{"a", "", false}};
  facts.election->elects_leader = false;
  facts.scheduler = KubeVersion{1, 35};
  for (const Finding& finding : examine(facts)) CHECK(finding.state == State::good);
}

}  // namespace kernwise::doctor
