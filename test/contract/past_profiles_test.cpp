// SPDX-License-Identifier: Apache-2.0
// A whole orchestrator beside a Prometheus that knows the past.
#include <catch2/catch_all.hpp>

#include "orchestrator/app/orchestrator.hpp"
#include "orchestrator/history/past_queries.hpp"
#include "test/support/eventually.hpp"
#include "test/support/fake_prometheus.hpp"
#include "test/unit/base/scratch.hpp"

namespace kernwise::orchestrator {
namespace {

using history::past_query;
using test::always;
using test::FakePrometheus;
using test::sample;
using test::vector_of;
using view::Past;
using namespace std::chrono_literals;

constexpr std::chrono::minutes kDay{24 * 60};

/// A value of the API's metrics; empty without it.
std::string metric(std::uint16_t port, const std::string& series) {
  const http::Url api{"http", "127.0.0.1", std::to_string(port), ""};
  const auto page = http::fetch(api, {.target = "/metrics"});
  if (!page) return {};
  const std::size_t at = page->body.find("\n" + series + " ");
  if (at == std::string::npos) return {};
  const std::size_t begin = at + series.size() + 2;
  return page->body.substr(begin, page->body.find('\n', begin) - begin);
}

Config with_prometheus(const http::Url& url) {
  Config config;
  config.scheduler_listen = config.ingest_listen = config.api_listen = "127.0.0.1:0";
  config.prometheus = Prometheus{.url = url};
  return config;
}

TEST_CASE("past: a fresh orchestrator knows what workloads needed, and says where from", "[past]") {
  FakePrometheus prometheus([](const std::string& query) {
    const std::map<std::string, std::string> known{
        {past_query(Past::pods, kDay), "5"},        {past_query(Past::disk, kDay), "600"},
        {past_query(Past::active, kDay), "600"},    {past_query(Past::cores, kDay), "0.1"},
        {past_query(Past::disk_part, kDay), "0.5"}, {past_query(Past::memory_bytes, kDay), "1e9"}};
    const auto found = known.find(query);
    return http::Response{.body = vector_of(found == known.end() ? "" : sample(found->second))};
  });
  const auto program = Orchestrator::start(with_prometheus(prometheus.url())).value();
  const std::uint16_t api = program->ports().api;
  REQUIRE(test::eventually(
      30s, [&] { return metric(api, R"(kernwise_profile_reads_total{result="ok"})") == "1"; }));
  CHECK(metric(api, R"(kernwise_degraded{reason="profiles_prometheus"})") == "0");
  CHECK(metric(api, "kernwise_profile_read_workloads") == "1");
  placement::PodFacts pod;
  pod.pod_namespace = "shop";
  pod.owners = {{"Deployment", "cart", "uid", true}};
  REQUIRE(test::eventually(
      30s, [&] { return program->snapshot()->profiles->profile_of(pod).source == "prometheus"; }));
  const auto profile = program->snapshot()->profiles->profile_of(pod);
  CHECK(profile.mix[1] == Catch::Approx(1));
  CHECK(profile.confidence == Catch::Approx(0.25));  // 5 / (5 + 5) / 2
}

TEST_CASE("past: a Prometheus that fails is a named reason and nothing else", "[past]") {
  FakePrometheus prometheus(always("<html>"));
  const auto program = Orchestrator::start(with_prometheus(prometheus.url())).value();
  const std::uint16_t api = program->ports().api;
  REQUIRE(test::eventually(30s, [&] {
    return metric(api, R"(kernwise_degraded{reason="profiles_prometheus"})") == "1";
  }));
  CHECK(metric(api, R"(kernwise_profile_reads_total{result="unusable"})") == "1");
  const http::Url scheduler{"http", "127.0.0.1", std::to_string(program->ports().scheduler), ""};
  const auto ready = http::fetch(scheduler, {.target = "/readyz"});
  REQUIRE(ready.has_value());
  CHECK(ready->status == 200);
}

TEST_CASE("past: what is asked through us goes below the path of the URL, and in nobody's name",
          "[past]") {
  FakePrometheus prometheus(always(vector_of("")));
  auto config = with_prometheus(prometheus.url());
  const Scratch scratch;
  config.prometheus->token_file = scratch.write("token", "secret");
  config.placement.past = false;
  const auto program = Orchestrator::start(config).value();
  const http::Url api{"http", "127.0.0.1", std::to_string(program->ports().api), ""};
  const auto answer = http::fetch(api, {.target = "/v1/query?query=up"});
  REQUIRE(answer.has_value());
  CHECK(answer->status == 200);
  CHECK(prometheus.questions() == std::vector<std::string>{"up"});
  CHECK(prometheus.authorization().empty());
}

}  // namespace
}  // namespace kernwise::orchestrator
