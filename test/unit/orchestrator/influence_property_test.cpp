// SPDX-License-Identifier: Apache-2.0
#include <rapidcheck.h>

#include <algorithm>
#include <catch2/catch_all.hpp>
#include <cmath>

#include "common/report/codec.hpp"
#include "orchestrator/ingest/report_route.hpp"
#include "orchestrator/view/profiles.hpp"
#include "test/unit/orchestrator/reports.hpp"
#include "test/unit/orchestrator/routes.hpp"
#include "test/unit/placement/rating.hpp"

/// Whatever node-0 reports with its own token, nothing of another node changes, and what all nodes
/// have in common moves by no more than its share.
namespace kernwise::ingest {
namespace {

using placement::example::Rating;

constexpr const char* kWeb = "shop/Deployment/web";

std::string node_name(int number) {
  return "node-" + std::to_string(number);
}

std::string uid_of(int number) {
  return "web-uid-" + std::to_string(number);
}

/// One pod of `web` on each node; no other pod exists.
std::shared_ptr<const view::NameBook> book_of(int nodes) {
  view::NameBook::Tables tables;
  view::SharedMap<std::shared_ptr<const view::NamedPod>>::Edit pods(tables.pods);
  for (int i = 0; i < nodes; ++i) {
    view::NamedPod pod;
    pod.uid = uid_of(i);
    pod.node = node_name(i);
    pod.name = test::pod_name("shop", "web-" + std::to_string(i));
    pod.name.workload = "Deployment/web";
    pods.at(pod.uid) = std::make_shared<const view::NamedPod>(std::move(pod));
  }
  tables.pods = pods.done();
  return std::make_shared<const view::NameBook>(std::move(tables));
}

rc::Gen<double> any_amount(double most) {
  return rc::gen::map(rc::gen::inRange(0, 1'000'001),
                      [most](int part) { return most * part / 1'000'000; });
}

report::Container any_container(int nodes) {
  const int whose = *rc::gen::inRange(0, nodes + 2);
  auto container = test::container(uid_of(whose), Verdict::cpu_saturated, 0);
  container.cgroup_id = *rc::gen::arbitrary<std::uint64_t>();
  // A name of its own choice, too.
  container = test::named(std::move(container), "shop", "web-7", "Deployment/web");
  for (std::size_t share = 0; share < kShareCount; ++share) {
    container.shares[static_cast<Share>(share)] = *any_amount(1e6);
  }
  container.cpu_limit = *any_amount(1e5);
  container.memory_working_set_bytes = *rc::gen::arbitrary<std::uint64_t>();
  return container;
}

report::Report any_report(int nodes) {
  auto report = test::report_of(*rc::gen::element<std::string>("node-0", "node-0", "", "node-1"),
                                *rc::gen::arbitrary<std::uint64_t>());
  report.boot_id = *rc::gen::element<std::string>("boot-1", "boot-2");
  report.window_ms = static_cast<std::uint32_t>(*rc::gen::inRange(1, 3'600'000));
  report.totals.cores = *any_amount(1e5);
  report.totals.busy = *any_amount(1e5);
  report.totals.contention = *any_amount(1e6);
  report.totals.memory_capacity_bytes = *rc::gen::arbitrary<std::uint64_t>();
  report.totals.memory_used_bytes = *rc::gen::arbitrary<std::uint64_t>();
  report.totals.disks = {{.device = "254:0", .busy = *any_amount(1), .depth = *any_amount(1e6)}};
  const int containers = *rc::gen::inRange(0, 6);
  for (int i = 0; i < containers; ++i) report.containers.push_back(any_container(nodes));
  return report;
}

/// A cluster in which every node has reported once; node-0 sends through the real route.
struct World {
  explicit World(int count) : nodes(count) {
    reducer.rename(book_of(nodes));
    for (int i = 0; i < nodes; ++i) {
      auto pod = test::container(uid_of(i), Verdict::steady, 0.1 * (i + 1));
      pod.shares[Share::disk] = 0.3;
      auto report = test::report_of(node_name(i), 7, {std::move(pod)});
      report.totals.busy = 0.5 * i;
      report.totals.contention = 0.1 * i;
      static_cast<void>(reducer.accept(std::move(report), test::arrival(0)));
    }
  }

  int send(const report::Report& report) {
    http::Request request = test::request("POST", "/v1/report");
    request.body = report::encode(report);
    request.headers = {{"authorization", "Bearer token"}};
    int status = 0;
    route.handler(request, [&](const http::Response& given) { status = given.status; });
    return status;
  }
  std::shared_ptr<const view::Snapshot> look() { return reducer.snapshot(test::at(1), {}); }

  int nodes;
  view::Reducer reducer;
  http::Route route = report_route(
      {.authenticate =
           [](const std::string&, const std::string&, const Authenticator::Done& done) {
             done({.access = Access::granted, .node = "node-0"});
           },
       .accept =
           [this](report::Report report, const std::string& address) {
             return reducer.accept(std::move(report), test::arrival(1, address));
           },
       .reply =
           [this](const std::string& node, const auto& wanted) {
             return report::Reply{.window_ms = 0, .names = reducer.names().answer(node, wanted)};
           },
       .count = [](std::string_view) {}});
};

/// One report of node-0 about anything, and the view around it.
struct OneReport {
  World world{*rc::gen::inRange(3, 8)};
  std::shared_ptr<const view::Snapshot> before = world.look(), after = sent();

 private:
  std::shared_ptr<const view::Snapshot> sent() {
    auto report = any_report(world.nodes);
    report.node = "node-0";
    world.send(report);
    return world.look();
  }
};

/// All nodes for a pod without a profile, and behind them one that nobody knows, which gets the
/// median.
Rating rate(const view::Snapshot& snapshot) {
  std::vector<const placement::NodeRow*> rows;
  for (const auto& row : snapshot.table->rows()) rows.push_back(&row);
  rows.push_back(nullptr);
  return placement::example::rate_all(rows, placement::PodProfile());
}

placement::PerResource mix_of(const view::Snapshot& snapshot) {
  view::ProfileLearner learner;
  learner.observe(view::workloads_of(snapshot, test::at(1)), test::at(1));
  const auto book = learner.book();
  const auto* profile = book->of_workload(kWeb);
  return profile == nullptr ? placement::PerResource{} : profile->mix;
}

}  // namespace

TEST_CASE("influence: a node's report changes its own part of the view and no other", "[ingest]") {
  REQUIRE(rc::check("other nodes stay the same objects", [] {
    World world(*rc::gen::inRange(2, 6));
    const auto before = world.look();
    const int sent = *rc::gen::inRange(1, 4);
    for (int i = 0; i < sent; ++i) {
      auto report = any_report(world.nodes);
      const bool foreign = report.node == "node-1";
      const int status = world.send(report);
      RC_ASSERT((status == 403) == foreign);
    }
    const auto after = world.look();
    RC_ASSERT(after->nodes.size() == before->nodes.size());
    for (const auto& [name, node] : after->nodes) {
      if (name != "node-0") RC_ASSERT(node == before->nodes.at(name));
    }
    for (const auto& pod : after->nodes.at("node-0")->pods) {
      RC_ASSERT(pod.workload != kWeb || pod.uid == uid_of(0));
    }
  }));
}

TEST_CASE("influence: no other node's score moves; the median moves by one rank", "[ingest]") {
  REQUIRE(rc::check("scores", [] {
    OneReport one;
    const auto before = rate(*one.before), after = rate(*one.after);
    const auto known = static_cast<std::size_t>(one.world.nodes);
    RC_ASSERT(before.ranking.qualities.size() == known + 1);
    RC_ASSERT(after.ranking.qualities.size() == known + 1);
    for (std::size_t i = 1; i < known; ++i) {
      RC_ASSERT(after.ranking.qualities[i] == before.ranking.qualities[i]);
      RC_ASSERT(after.ranking.scores[i] == before.ranking.scores[i]);
    }
    RC_ASSERT(after.ranking.scores[0] <= 10);
    RC_ASSERT(std::isfinite(after.ranking.qualities[0]));
    std::vector<double> sorted(before.ranking.qualities.begin(),
                               before.ranking.qualities.begin() + one.world.nodes);
    std::ranges::sort(sorted);
    const std::size_t low = (known - 1) / 2, high = known / 2;  // the median's place, or both
    RC_ASSERT(after.ranking.neutral >= sorted[low - 1] - 1e-9);
    RC_ASSERT(after.ranking.neutral <= sorted[std::min(high + 1, known - 1)] + 1e-9);
  }));
}

TEST_CASE("influence: a third of a profile at most is one node's word", "[ingest]") {
  REQUIRE(rc::check("mix", [] {
    OneReport one;
    const auto before = mix_of(*one.before), after = mix_of(*one.after);
    for (std::size_t r = 0; r < placement::kResources; ++r) {
      RC_ASSERT(std::abs(after[r] - before[r]) <= 1.0 / 3 + 1e-9);
    }
  }));
}

}  // namespace kernwise::ingest
