// SPDX-License-Identifier: Apache-2.0
#include <rapidcheck.h>

#include <catch2/catch_all.hpp>

#include "orchestrator/view/reducer.hpp"
#include "test/unit/orchestrator/reports.hpp"

namespace kernwise::view {
namespace {

using test::arrival;
using test::at;
using test::container;
using test::named;
using test::report_of;

TEST_CASE("reducer: reports are ordered by boot id and sequence", "[view]") {
  struct Row {
    const char* name;
    std::string boot;
    std::uint64_t seq;
    double seconds;
    Admission admission;
  };
  // Known: boot-1, seq 7, at 0 s.
  const Row row = GENERATE(values<Row>({
      {"the next", "boot-1", 8, 5, Admission::accepted},
      {"after lost ones", "boot-1", 20, 5, Admission::accepted},
      {"the same again", "boot-1", 7, 5, Admission::repeated},
      {"an older one", "boot-1", 6, 5, Admission::outdated},
      {"another boot", "boot-2", 3, 5, Admission::accepted},
      {"the profiler began again", "boot-1", 1, 5, Admission::accepted},
      {"and its first report was lost", "boot-1", 2, 16, Admission::accepted},  // silent > 15 s
  }));
  CAPTURE(row.name);
  Reducer reducer;
  REQUIRE(reducer.accept(report_of("n1", 7), arrival(0)) == Admission::accepted);
  auto report = report_of("n1", row.seq);
  report.boot_id = row.boot;
  CHECK(reducer.accept(std::move(report), arrival(row.seconds)) == row.admission);
  const auto snapshot = reducer.snapshot(at(row.seconds), {});
  const bool taken = row.admission == Admission::accepted;
  CHECK(snapshot->nodes.at("n1")->report.seq == (taken ? row.seq : 7));
}

TEST_CASE("reducer: nodes are bounded and forgotten after an hour of silence", "[view]") {
  Reducer reducer(Bounds{.nodes = 2});
  CHECK(reducer.accept(report_of("n1", 1), arrival(0)) == Admission::accepted);
  CHECK(reducer.accept(report_of("n2", 1), arrival(1)) == Admission::accepted);
  CHECK(reducer.accept(report_of("n3", 1), arrival(2)) == Admission::full);
  CHECK(reducer.accept(report_of("n2", 2), arrival(3)) == Admission::accepted);
  reducer.forget(at(3600.5));
  CHECK(reducer.snapshot(at(3601), {})->nodes.size() == 1);
  CHECK(reducer.accept(report_of("n3", 1), arrival(3602)) == Admission::accepted);
}

TEST_CASE("reducer: the number of a snapshot grows with changes only", "[view]") {
  Reducer reducer;
  const auto first = reducer.snapshot(at(0), {})->number;
  CHECK(reducer.snapshot(at(1), {})->number == first);
  static_cast<void>(reducer.accept(report_of("n1", 1), arrival(2)));
  CHECK(reducer.snapshot(at(2), {})->number == first + 1);
  CHECK(reducer.accept(report_of("n1", 1), arrival(3)) == Admission::repeated);
  CHECK(reducer.snapshot(at(3), {})->number == first + 1);
}

TEST_CASE("reducer: data older than three windows is not fresh", "[view]") {
  Reducer reducer;
  static_cast<void>(
      reducer.accept(report_of("n1", 1, {container("u", Verdict::steady, 1)}), arrival(0)));
  const auto snapshot = reducer.snapshot(at(0), {});
  const NodeState& node = *snapshot->nodes.at("n1");
  CHECK(node.fresh(at(15)));
  CHECK_FALSE(node.fresh(at(15.1)));
  CHECK(verdict_of(node.pods[0], node, at(15)) == Verdict::steady);
  CHECK(verdict_of(node.pods[0], node, at(15.1)) == Verdict::unknown);
}

TEST_CASE("reducer: names come from the pods file, then from the report", "[view]") {
  Reducer reducer;
  const auto unnamed = container("uid-1", Verdict::steady, 1);
  static_cast<void>(reducer.accept(report_of("n1", 1, {unnamed}), arrival(0)));
  CHECK(reducer.snapshot(at(0), {})->nodes.at("n1")->pods[0].name == "uid-1");

  auto entry = test::pod_entry("uid-1", "shop", "cart-0");
  entry.app = "cart";
  entry.name.workload = "StatefulSet/cart";
  entry.name.request = 0.5;
  entry.name.limit = 1.0;
  reducer.rename(std::make_shared<const NameBook>(std::vector{entry}));
  const auto renamed = reducer.snapshot(at(1), {});
  const Pod& pod = renamed->nodes.at("n1")->pods[0];
  CHECK(pod.pod_namespace == "shop");
  CHECK(pod.workload == "shop/StatefulSet/cart");
  CHECK(pod.request == 0.5);
  CHECK(pod.limit == 1.0);
  CHECK(pod.app == "cart");
}

TEST_CASE("names: what a profiler asks for and the book knows", "[view]") {
  const auto entry = test::pod_entry("a", "ns", "p");
  const NameBook book({entry});
  const auto answer = book.answer("n1", {{"a", "c1", "/x"}, {"b", "c2", "/y"}, {"", "", "/z"}});
  REQUIRE(answer.size() == 1);
  CHECK(answer[0].container_id == "c1");
  CHECK(answer[0].name.pod == "p");
}

TEST_CASE("names: workloads from pod names", "[view]") {
  const auto [pod, workload] = GENERATE(table<std::string, std::string>({
      {"cart-7d4b9c6f5d-x2x4z", "ns/Deployment/cart"},
      {"cart-service-7d4b9c6f5d-x2x4z", "ns/Deployment/cart-service"},
      {"db-0", "ns/StatefulSet/db"},
      {"db-12", "ns/StatefulSet/db"},
      {"ssh.service", "ns/Pod/ssh.service"},
      {"svc-cpu", "ns/Pod/svc-cpu"},
      {"cart-apple-x2x4z", "ns/Pod/cart-apple-x2x4z"},  // vowels are never generated
      {"-0", "ns/Pod/-0"},
      {"", "ns/Pod/"},
  }));
  CHECK(workload_of(test::pod_name("ns", pod)) == workload);
}

TEST_CASE("names: cgroups without a pod are named by their path", "[view]") {
  const auto [path, pod_namespace, pod] = GENERATE(table<std::string, std::string, std::string>({
      {"system.slice/ssh.service", "system.slice", "ssh.service"},
      {"/a/b/c", "a/b", "c"},
      {"a", "/", "a"},
      {"", "/", "/"},
  }));
  report::Container plain;
  plain.path = path;
  const report::Name name = join_names("n1", plain, {});
  CHECK(name.pod_namespace == pod_namespace);
  CHECK(name.pod == pod);
}

TEST_CASE("pods: containers of one pod add up and the busiest speaks", "[view]") {
  auto app = named(container("u", Verdict::cpu_saturated, 0.9), "ns", "p", "Deployment/p");
  auto sidecar = named(container("u", Verdict::idle, 0.1), "ns", "p", "Deployment/p");
  app.cpu_limit = 1.0;
  sidecar.cpu_limit = 0.5;
  app.inbound = {.requests = 10, .completed = 5, .in_flight = 2};
  Reducer reducer;
  static_cast<void>(reducer.accept(report_of("n1", 1, {sidecar, app}), arrival(0)));
  const auto snapshot = reducer.snapshot(at(0), {});
  REQUIRE(snapshot->nodes.at("n1")->pods.size() == 1);
  const Pod& pod = snapshot->nodes.at("n1")->pods[0];
  CHECK(pod.verdict == Verdict::cpu_saturated);
  CHECK(pod.shares[Share::on_cpu] == Catch::Approx(1.0));
  CHECK(pod.limit == 1.5);
  CHECK(pod.requests_per_second == Catch::Approx(2.0));   // 10 in 5 s
  CHECK(pod.completed_per_second == Catch::Approx(1.0));  // 5 in 5 s
}

/// The row of a node after these reports, five seconds apart.
placement::NodeRow row_after(const std::vector<report::Report>& reports) {
  NodeMemory memory;
  placement::NodeRow row;
  double seconds = 0;
  for (const auto& report : reports) {
    row = memory.observe(report, at(seconds), {});
    seconds += 5;
  }
  return row;
}

TEST_CASE("row: load and capacity per resource", "[view]") {
  const auto row = row_after({report_of("n1", 1)});
  CHECK(row.load == placement::PerResource{0.25, 0.1, 0.25});  // 1/4 cores, disk, 250/1000 bytes
  CHECK(row.capacity == placement::PerResource{4, 1, 1000});
  CHECK(row.churn == 0);
}

TEST_CASE("row: CPU contention is waiting behind others as far as no CPU is free", "[view]") {
  auto report = report_of("n1", 1);
  report.totals.busy = 3;
  report.totals.contention = 1;
  // 1 / (1 + 3) of the runnable time; 3 of 4 CPUs are busy, for two of them (3/4)^2.
  CHECK(row_after({report}).contention[0] == Catch::Approx(0.25 * 0.5625));
  report.totals.cores = 1;
  report.totals.busy = 0.5;
  CHECK(row_after({report}).contention[0] == Catch::Approx(1 / 1.5 * 0.5));
}

TEST_CASE("row: disk contention is the blocked share times the latency inflation", "[view]") {
  auto busy = container("u", Verdict::disk_bound, 0.5);
  busy.shares[Share::disk] = 1.5;  // active 2, of which 1.5 on disk
  auto quiet = report_of("n1", 1, {busy});
  quiet.totals.disk_wait = 1.5;
  quiet.totals.disks[0].latency_p99_us = 200;
  auto slow = quiet;
  slow.seq = 2;
  slow.totals.disks[0].latency_p99_us = 1100;  // 5.5 x quiet: (5.5 - 1) / 9 = .5
  CHECK(row_after({quiet}).contention[1] == 0);
  CHECK(row_after({quiet, slow}).contention[1] == Catch::Approx(0.75 * 0.5));
  slow.totals.disks[0].latency_p99_us = 200'000;
  CHECK(row_after({quiet, slow}).contention[1] == Catch::Approx(0.75));
}

TEST_CASE("row: a disk first seen saturated is held to five milliseconds", "[view]") {
  auto busy = container("u", Verdict::disk_bound, 0);
  busy.shares[Share::disk] = 1;
  auto report = report_of("n1", 1, {busy});
  report.totals.disk_wait = 1;
  report.totals.disks[0].latency_p99_us = 50'000;  // 10 x 5 ms
  CHECK(row_after({report}).contention[1] == Catch::Approx(1.0));
}

TEST_CASE("row: memory contention is the PSI full share between reports", "[view]") {
  auto first = report_of("n1", 1);
  first.totals.pressure.memory = report::Pressure{.some_us = 0, .full_us = 1'000'000};
  auto second = report_of("n1", 2);
  second.totals.pressure.memory = report::Pressure{.some_us = 0, .full_us = 2'000'000};
  CHECK(row_after({first}).contention[2] == 0);
  CHECK(row_after({first, second}).contention[2] == Catch::Approx(0.2));  // 1 s of 5 s
  second.seq = 3;  // one report lost: 1 s of 10 s
  CHECK(row_after({first, second}).contention[2] == Catch::Approx(0.1));
}

TEST_CASE("row: deviation over the last minute only", "[view]") {
  std::vector<report::Report> reports;
  for (std::uint64_t seq = 1; seq <= 20; ++seq) {
    reports.push_back(report_of("n1", seq));
    reports.back().totals.busy = seq <= 4 ? 4 : (seq % 2 == 0 ? 1 : 3);
  }
  // 13 samples within 60 s alternate between .25 and .75, seven of them .25:
  // mean .4808, squares .3053: deviation sqrt(.3053 - .2311) = .2721... without the 1.0 before.
  CHECK(row_after(reports).deviation[0] == Catch::Approx(0.25).margin(0.002));
}

TEST_CASE("row: containers that start are churn, those that were there are not", "[view]") {
  const auto first = report_of("n1", 1, {container("a", Verdict::idle, 0)});
  const auto second =
      report_of("n1", 2, {container("a", Verdict::idle, 0), container("b", Verdict::idle, 0)});
  CHECK(row_after({first}).churn == 0);
  CHECK(row_after({first, second}).churn == Catch::Approx(0.1));  // one start, ten are full
}

report::Report any_report(const std::string& node) {
  std::vector<report::Container> containers;
  for (int left = *rc::gen::inRange(0, 3); left > 0; --left) {
    containers.push_back(container(*rc::gen::element<std::string>("a", "b", "c"),
                                   static_cast<Verdict>(*rc::gen::inRange(0, 11)),
                                   *rc::gen::inRange(0, 100) / 10.0));
  }
  auto report = report_of(node, *rc::gen::inRange<std::uint64_t>(0, 6), std::move(containers));
  report.boot_id = *rc::gen::element<std::string>("boot-1", "boot-2");
  report.totals.busy = *rc::gen::inRange(0, 50) / 10.0;
  report.totals.contention = *rc::gen::inRange(0, 50) / 10.0;
  return report;
}

TEST_CASE("reducer: a report changes only its own node's part", "[view]") {
  REQUIRE(rc::check("the other parts are the very same objects", [] {
    Reducer reducer;
    double seconds = 0;
    for (int left = *rc::gen::inRange(1, 20); left > 0; --left) {
      const auto before = reducer.snapshot(at(seconds), {});
      const std::string node = *rc::gen::element<std::string>("n1", "n2", "n3");
      seconds += *rc::gen::inRange(0, 20);
      const auto admission = reducer.accept(any_report(node), arrival(seconds));
      const auto after = reducer.snapshot(at(seconds), {});
      for (const auto& [name, part] : before->nodes) {
        if (name != node) RC_ASSERT(after->nodes.at(name) == part);
        if (name == node && admission != Admission::accepted) {
          RC_ASSERT(after->nodes.at(name) == part);
        }
      }
      const std::size_t added = before->nodes.contains(node) ? 0 : 1;
      RC_ASSERT(after->nodes.size() == before->nodes.size() + added);
      RC_ASSERT(after->table->rows().size() == after->nodes.size());
    }
  }));
}

TEST_CASE("row: every number stays within its range", "[view]") {
  REQUIRE(rc::check("whatever a node reports", [] {
    NodeMemory memory;
    for (std::uint64_t seq = 1; seq < 5; ++seq) {
      auto report = any_report("n1");
      report.seq = seq;
      report.totals.disk_wait = *rc::gen::element(0.0, 1.0, 1e7);
      report.totals.disks[0].latency_p99_us = *rc::gen::element(0.0, 1.0, 1e12);
      report.totals.pressure.memory = report::Pressure{0, *rc::gen::arbitrary<std::uint64_t>()};
      report.window_ms = *rc::gen::element(0U, 1U, 5000U);
      const auto row = memory.observe(report, at(static_cast<double>(seq)), {});
      for (std::size_t r = 0; r < placement::kResources; ++r) {
        for (const double value :
             {row.load[r], row.contention[r], row.sensitivity[r], row.deviation[r], row.churn}) {
          RC_ASSERT(value >= 0 && value <= 1);
        }
      }
    }
  }));
}

}  // namespace
}  // namespace kernwise::view
