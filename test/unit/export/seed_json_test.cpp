// SPDX-License-Identifier: Apache-2.0
#include "profiler/export/seed_json.hpp"

#include <rapidcheck.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <string>

#include "common/base/json.hpp"
#include "test/unit/export/sample_report.hpp"

namespace kernwise::profiler {
namespace {

using test::container;
using test::peer;
using test::shares;
using test::three_services;

TEST_CASE("seed json: nothing before the first window", "[export]") {
  CHECK(seed_json(report::Report{}) == "[]");
}

TEST_CASE("seed json: one entry for each container and type, exactly so", "[export]") {
  CHECK(seed_json(three_services()) ==
        R"([{"type":"CPU","detail":"main.burnCycles","value":445,"unit":"samples",)"
        R"("namespace":"shop","pod":"svc-cpu","uid":"uid-svc-cpu","container":"app",)"
        R"("workload":"Deployment/svc-cpu","node":"n1","window_seconds":5},)"
        R"({"type":"CPU","detail":"[unknown]","value":10,"unit":"samples",)"
        R"("namespace":"shop","pod":"svc-io","uid":"uid-svc-io","container":"app",)"
        R"("workload":"Deployment/svc-io","node":"n1","window_seconds":5},)"
        // 0.5 of 5000 ms
        R"({"type":"IO","detail":"254:0 write","value":2500,"unit":"ms",)"
        R"("namespace":"shop","pod":"svc-io","uid":"uid-svc-io","container":"app",)"
        R"("workload":"Deployment/svc-io","node":"n1","window_seconds":5},)"
        // (0.7 + 0.1) of 5000 ms
        R"({"type":"OFF-CPU","detail":"10.0.0.7:8080","value":4000,"unit":"ms",)"
        R"("namespace":"shop","pod":"svc-web","uid":"uid-svc-web","container":"app",)"
        R"("workload":"Deployment/svc-web","node":"n1","window_seconds":5}])");
}

TEST_CASE("seed json: without names the uid stands for the pod", "[export]") {
  report::Report report;
  report.node = "n1";
  report.window_ms = 2500;
  auto one = container("p", shares({}));
  one.name = {};
  one.pod_uid = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
  one.container_id = std::string(64, 'a');
  one.samples = 7;
  report.containers = {one};
  CHECK(seed_json(report) ==
        R"([{"type":"CPU","detail":"[unknown]","value":7,"unit":"samples","namespace":"",)"
        R"("pod":"0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",)"
        R"("uid":"0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0","container":"aaaaaaaaaaaa",)"
        R"("workload":"","node":"n1","window_seconds":2.5}])");
}

TEST_CASE("seed json: run queue, throttling and idling are no waiting of the seed", "[export]") {
  report::Report report;
  report.window_ms = 5000;
  report.containers = {
      container("p", shares({{Share::runqueue, 2}, {Share::throttled, 1}, {Share::idle, 9}}))};
  CHECK(seed_json(report) == "[]");
}

TEST_CASE("seed json: less than half a millisecond is not above zero", "[export]") {
  report::Report report;
  report.window_ms = 1000;
  report.containers = {container("p", shares({{Share::disk, 0.0004}}))};
  CHECK(seed_json(report) == "[]");
  report.containers = {container("p", shares({{Share::disk, 0.0006}}))};
  CHECK(seed_json(report).find(R"("value":1,)") != std::string::npos);
}

/// The detail of the only OFF-CPU entry.
std::string detail_of(const report::Container& one) {
  report::Report report;
  report.window_ms = 5000;
  report.containers = {one};
  const auto parsed = json::parse(seed_json(report));
  REQUIRE(parsed.has_value());
  REQUIRE(parsed->items().size() == 1);
  return std::string(parsed->items()[0].find("detail")->text());
}

TEST_CASE("seed json: OFF-CPU names its largest cause", "[export]") {
  CHECK(detail_of(container("p", shares({{Share::lock, 2}, {Share::network, 1}}))) == "lock");
  CHECK(detail_of(container("p", shares({{Share::ipc, 2}, {Share::lock, 1}}))) == "ipc");
  CHECK(detail_of(container("p", shares({{Share::memory, 2}, {Share::ipc, 1}}))) == "memory");
  auto web = container("p", shares({{Share::network, 1}}));
  CHECK(detail_of(web) == "network");
  web.peers = {peer("fd00::1", 443, 0.2), peer("10.0.0.1", 80, 0.1)};
  CHECK(detail_of(web) == "[fd00::1]:443");
  web.peers[0].direction = report::Direction::inbound;
  CHECK(detail_of(web) == "10.0.0.1:80");
}

TEST_CASE("seed json: numbers that are none count as nothing", "[export]") {
  for (const double share : {-1.0, 0.0, std::numeric_limits<double>::quiet_NaN()}) {
    report::Report report;
    report.window_ms = 5000;
    report.containers = {container("p", shares({{Share::disk, share}}))};
    CHECK(seed_json(report) == "[]");
  }
  report::Report report;
  report.window_ms = 5000;
  const double infinite = std::numeric_limits<double>::infinity();
  report.containers = {container("p", shares({{Share::disk, infinite}}))};
  CHECK(json::parse(seed_json(report)).has_value());
}

TEST_CASE("seed json: hostile names stay inside their strings", "[export]") {
  for (const auto& name : test::hostile_names()) {
    auto report = three_services();
    for (auto& one : report.containers) {
      one.name.pod = one.name.pod_namespace = one.name.container = one.name.workload = name;
      one.pod_uid = one.container_id = one.path = one.block.device = name;
      for (auto& function : one.top_functions) function.name = name;
      for (auto& p : one.peers) p.address = name;
    }
    const auto text = seed_json(report);
    const auto parsed = json::parse(text);
    REQUIRE(parsed.has_value());
    CHECK(parsed->items().size() == 4);
    CHECK(text.find('\n') == std::string::npos);
    CHECK(text.find('<') == std::string::npos);
  }
}

TEST_CASE("seed json: the types come in order, each largest first", "[export]") {
  REQUIRE(rc::check("order", [] {
    report::Report report;
    report.window_ms = 5000;
    const auto values = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 100));
    for (const int value : values) {
      auto one = container("p", shares({{Share::disk, value / 10.0}, {Share::lock, value % 7}}));
      one.samples = static_cast<std::uint64_t>(value * 3 % 50);
      report.containers.push_back(one);
    }
    const auto parsed = json::parse(seed_json(report));
    RC_ASSERT(parsed.has_value());
    const auto rank = [](std::string_view type) {
      return type == "CPU" ? 0 : type == "IO" ? 1 : 2;
    };
    std::pair<int, double> last{0, 1e18};
    for (const auto& item : parsed->items()) {
      const std::pair<int, double> now{rank(item.find("type")->text()),
                                       std::stod(std::string(item.find("value")->text()))};
      RC_ASSERT(now.second > 0);
      RC_ASSERT(now.first >= last.first);
      if (now.first == last.first) RC_ASSERT(now.second <= last.second);
      last = now;
    }
  }));
}

}  // namespace
}  // namespace kernwise::profiler
