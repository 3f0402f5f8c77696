// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_all.hpp>

#include "orchestrator/view/network.hpp"
#include "orchestrator/view/profiles.hpp"
#include "orchestrator/view/workloads.hpp"
#include "test/unit/orchestrator/reports.hpp"

namespace kernwise::view {
namespace {

using test::arrival;
using test::at;
using test::container;
using test::named;
using test::report_of;

report::Container replica(const std::string& uid, Verdict verdict, double on_cpu) {
  return named(container(uid, verdict, on_cpu), "shop", "cart-" + uid, "Deployment/cart");
}

TEST_CASE("workloads: the verdict of most pods, weighted by what they do", "[view]") {
  Reducer reducer;
  static_cast<void>(reducer.accept(
      report_of("n1", 1, {replica("a", Verdict::idle, 0), replica("b", Verdict::idle, 0)}),
      arrival(0)));
  static_cast<void>(
      reducer.accept(report_of("n2", 1, {replica("c", Verdict::cpu_saturated, 2)}), arrival(0)));
  const auto workloads = workloads_of(*reducer.snapshot(at(1), {}), at(1));
  const Workload& cart = workloads.at("shop/Deployment/cart");
  CHECK(cart.pods.size() == 3);
  CHECK(cart.verdict == Verdict::cpu_saturated);
  CHECK(cart.used_cores() == Catch::Approx(2));
  CHECK(cart.coverage() == 1);
}

TEST_CASE("workloads: old data lowers the coverage, dead nodes do not count", "[view]") {
  Reducer reducer;
  static_cast<void>(
      reducer.accept(report_of("n1", 1, {replica("a", Verdict::steady, 1)}), arrival(0)));
  static_cast<void>(
      reducer.accept(report_of("n2", 1, {replica("b", Verdict::steady, 1)}), arrival(100)));
  const auto snapshot = reducer.snapshot(at(100), {});
  const auto soon = workloads_of(*snapshot, at(101));
  CHECK(soon.begin()->second.coverage() == 0.5);
  CHECK(soon.begin()->second.data_age_seconds == Catch::Approx(1));
  const auto later = workloads_of(*snapshot, at(181));
  CHECK(later.begin()->second.pods.size() == 1);
  CHECK(later.begin()->second.verdict == Verdict::unknown);
  CHECK(workloads_of(*snapshot, at(1000)).empty());
}

report::Peer outbound(double share, double blocked) {
  return {.address = "127.0.0.1",
          .port = 80,
          .direction = report::Direction::outbound,
          .share = share,
          .blocked = blocked};
}

TEST_CASE("network: blocked time is relative to the time with requests in flight", "[view]") {
  struct Row {
    const char* name;
    std::optional<report::PodTimes> times;
    double expected;
  };
  const Row row = GENERATE(values<Row>({
      {"with inbound sockets",
       report::PodTimes{.busy = .1, .inbound = .5, .blocked = .4, .has_inbound = true},
       .8},  // .4 / .5
      {"without", report::PodTimes{.busy = .1, .inbound = 0, .blocked = .4}, .4},
      {"no pod times: share of own", std::nullopt, .75},  // 3 / (1 + 3)
      {"never a request", report::PodTimes{.has_inbound = true}, 0},
  }));
  CAPTURE(row.name);
  auto caller = replica("a", Verdict::downstream_wait, 1);
  caller.shares[Share::network] = 3;
  caller.times = row.times;
  caller.peers = {outbound(3, .4)};
  NodeState node;
  node.name = "n1";
  const Pod pod;
  const auto party = party_of({&node, &pod}, caller, {}, "w");
  REQUIRE(party.calls.size() == 1);
  CHECK(party.calls[0].blocked == Catch::Approx(row.expected));
}

placement::PodFacts facts(std::string owner_kind, std::string owner) {
  placement::PodFacts pod;
  pod.pod_namespace = "shop";
  pod.owners = {{std::move(owner_kind), std::move(owner), "uid", true}};
  return pod;
}

TEST_CASE("profiles: a replica is placed by what the others did", "[view]") {
  Reducer reducer;
  auto disk = replica("a", Verdict::disk_bound, 0.25);
  disk.shares[Share::disk] = 0.75;
  disk.memory_working_set_bytes = 1000;
  static_cast<void>(reducer.accept(report_of("n1", 1, {disk}), arrival(0)));
  ProfileLearner learner;
  learner.observe(workloads_of(*reducer.snapshot(at(0), {}), at(0)), at(0));
  const auto book = learner.book();

  SECTION("by its owner") {
    auto pod = facts("ReplicaSet", "cart-7d4b9c6f5d");
    pod.labels = {{"pod-template-hash", "7d4b9c6f5d"}};
    pod.requests.cores = 1.0;
    const auto profile = book->profile_of(pod);
    CHECK(profile.source == "owner");
    CHECK(profile.confidence == Catch::Approx(1.0 / 6));
    CHECK(profile.mix[0] == Catch::Approx(0.25));
    CHECK(profile.mix[1] == Catch::Approx(0.75));
    CHECK(profile.demand[0] == Catch::Approx(0.25 / 6 + 0.85 * 5 / 6));  // 1/6 learned, rest prior
  }
  SECTION("a stranger gets the prior") {
    const auto profile = book->profile_of(facts("Deployment", "other"));
    CHECK(profile.source == "prior");
    CHECK(profile.confidence == 0);
  }
}

TEST_CASE("profiles: without an owner by app label, then by image", "[view]") {
  Reducer reducer;
  auto entry = test::pod_entry("a", "shop", "cart-a");
  entry.app = "cart";
  entry.image = "cart:1";
  reducer.rename(std::make_shared<const NameBook>(std::vector{entry}));
  static_cast<void>(
      reducer.accept(report_of("n1", 1, {container("a", Verdict::steady, 1)}), arrival(0)));
  ProfileLearner learner;
  learner.observe(workloads_of(*reducer.snapshot(at(0), {}), at(0)), at(0));
  placement::PodFacts pod;
  pod.pod_namespace = "shop";
  pod.labels = {{"app", "cart"}};
  CHECK(learner.book()->profile_of(pod).source == "app");
  pod.pod_namespace = "elsewhere";
  CHECK(learner.book()->profile_of(pod).source == "prior");
  pod.images = {"cart:1"};
  CHECK(learner.book()->profile_of(pod).source == "image");
}

TEST_CASE("profiles: idle windows do not wash out what the work is like", "[view]") {
  Reducer reducer;
  ProfileLearner learner;
  for (std::uint64_t seq = 1; seq < 20; ++seq) {
    auto pod = replica("a", Verdict::idle, 0);
    if (seq == 1) pod.shares[Share::disk] = 1;
    const double seconds = 5.0 * static_cast<double>(seq);
    static_cast<void>(reducer.accept(report_of("n1", seq, {pod}), arrival(seconds)));
    learner.observe(workloads_of(*reducer.snapshot(at(seconds), {}), at(seconds)), at(seconds));
  }
  const auto book = learner.book();
  CHECK(book->of_workload("shop/Deployment/cart")->mix[1] == Catch::Approx(1));
}

TEST_CASE("profiles: from three nodes on none writes more than a third", "[view]") {
  Reducer reducer;
  std::vector<report::Container> liars;
  for (int i = 0; i < 20; ++i) {
    auto liar = replica("liar" + std::to_string(i), Verdict::disk_bound, 0);
    liar.shares[Share::disk] = 10;
    liars.push_back(liar);
  }
  static_cast<void>(reducer.accept(report_of("n1", 1, liars), arrival(0)));
  static_cast<void>(
      reducer.accept(report_of("n2", 1, {replica("b", Verdict::steady, 1)}), arrival(0)));
  static_cast<void>(
      reducer.accept(report_of("n3", 1, {replica("c", Verdict::steady, 1)}), arrival(0)));
  ProfileLearner learner;
  learner.observe(workloads_of(*reducer.snapshot(at(0), {}), at(0)), at(0));
  const auto book = learner.book();
  CHECK(book->of_workload("shop/Deployment/cart")->mix[1] <= 1.0 / 3 + 1e-9);
}

TEST_CASE("profiles: the cost of a request and the most a replica used", "[view]") {
  Reducer reducer;
  auto busy = replica("a", Verdict::steady, 0.5);
  busy.inbound = {.requests = 50, .completed = 50, .in_flight = 1};
  static_cast<void>(reducer.accept(report_of("n1", 1, {busy}), arrival(0)));
  ProfileLearner learner;
  learner.observe(workloads_of(*reducer.snapshot(at(0), {}), at(0)), at(0));
  CHECK(learner.cores_per_request("shop/Deployment/cart") == Catch::Approx(0.05));  // .5 / 10 rps
  CHECK(learner.most_cores("shop/Deployment/cart") == Catch::Approx(0.5));
  CHECK(learner.most_cores("other") == 0);
}

/// One look at `cart` with one pod on each node, of that CPU use and that many requests in 5 s.
ProfileLearner looked_at(const std::vector<std::pair<double, std::uint64_t>>& nodes) {
  Reducer reducer;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    auto pod =
        test::named(test::container("u" + std::to_string(i), Verdict::steady, nodes[i].first),
                    "shop", "cart-" + std::to_string(i), "Deployment/cart");
    pod.inbound = {.requests = nodes[i].second, .completed = nodes[i].second, .in_flight = 1};
    auto report = test::report_of("n" + std::to_string(i), 1, {pod});
    static_cast<void>(reducer.accept(std::move(report), test::arrival(0)));
  }
  const auto snapshot = reducer.snapshot(test::at(1), {});
  ProfileLearner learner;
  learner.observe(workloads_of(*snapshot, test::at(1)), test::at(1));
  return learner;
}

TEST_CASE("learner: from three nodes on, one of them alone is not believed", "[view]") {
  const std::string cart = "shop/Deployment/cart";
  // 1 + 3 cores for 10 + 10 requests per second: two nodes have only each other.
  CHECK(looked_at({{1, 50}, {3, 50}}).most_cores(cart) == Catch::Approx(3));
  CHECK(looked_at({{1, 50}, {3, 50}}).cores_per_request(cart) == Catch::Approx(0.2));
  const auto lied = looked_at({{1, 50}, {2, 50}, {1e6, 1}});
  CHECK(lied.most_cores(cart) == Catch::Approx(2));
  CHECK(lied.cores_per_request(cart) == Catch::Approx(0.2));  // .1, .2, 5e6: the middle
}

}  // namespace
}  // namespace kernwise::view
