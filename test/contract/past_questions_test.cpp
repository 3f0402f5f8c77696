// SPDX-License-Identifier: Apache-2.0
// What a Prometheus is asked about the past of workloads.
#include <catch2/catch_all.hpp>

#include "common/base/file.hpp"
#include "orchestrator/app/orchestrator.hpp"
#include "orchestrator/history/past_queries.hpp"
#include "test/support/fake_prometheus.hpp"
#include "test/unit/base/scratch.hpp"

namespace kernwise::orchestrator {
namespace {

using history::past_query;
using test::always;
using test::FakePrometheus;
using test::reading_of;
using test::vector_of;
using view::Past;
using namespace std::chrono_literals;

constexpr std::chrono::minutes kDay{24 * 60};

TEST_CASE("past: the questions, letter for letter", "[past]") {
  const std::vector<std::pair<Past, std::string>> questions{
      {Past::pods,
       "count by (namespace, workload, node) (group by (namespace, workload, node, pod) "
       "(last_over_time(kernwise_container_wait_seconds_total{workload!=\"\",share=\"on_cpu\"}"
       "[1440m])))"},
      {Past::cpu,
       "sum by (namespace, workload, node) (increase(kernwise_container_wait_seconds_total"
       "{workload!=\"\",share=~\"on_cpu|runqueue\"}[1440m]))"},
      {Past::runqueue,
       "sum by (namespace, workload, node) (increase(kernwise_container_wait_seconds_total"
       "{workload!=\"\",share=\"runqueue\"}[1440m]))"},
      {Past::disk,
       "sum by (namespace, workload, node) (increase(kernwise_container_wait_seconds_total"
       "{workload!=\"\",share=\"disk\"}[1440m]))"},
      {Past::memory,
       "sum by (namespace, workload, node) (increase(kernwise_container_wait_seconds_total"
       "{workload!=\"\",share=\"memory\"}[1440m]))"},
      {Past::active,
       "sum by (namespace, workload, node) (increase(kernwise_container_wait_seconds_total"
       "{workload!=\"\",share!=\"idle\"}[1440m]))"},
      {Past::cores,
       "avg by (namespace, workload, node) (quantile_over_time(0.9, sum by (namespace, workload, "
       "node, pod) (rate(kernwise_container_wait_seconds_total{workload!=\"\",share=~"
       "\"on_cpu|runqueue\"}[10m]))[1440m:10m]))"},
      {Past::disk_part,
       "avg by (namespace, workload, node) (quantile_over_time(0.9, sum by (namespace, workload, "
       "node, pod) (rate(kernwise_container_wait_seconds_total{workload!=\"\",share=\"disk\"}"
       "[10m]))[1440m:10m]))"},
      {Past::memory_bytes,
       "avg by (namespace, workload, node) (quantile_over_time(0.9, sum by (namespace, pod, node) "
       "(kpod_mem_cgroup_usage_bytes - kpod_mem_cgroup_cache_bytes)[1440m:10m]) * on (namespace, "
       "pod, node) group_left (workload) topk by (namespace, pod, node) (1, group by (namespace, "
       "workload, node, pod) (last_over_time(kernwise_container_wait_seconds_total{workload!=\"\","
       "share=\"on_cpu\"}[1440m]))))"},
  };
  REQUIRE(questions.size() == view::kPasts);
  for (const auto& [past, text] : questions) CHECK(past_query(past, kDay) == text);
  // A short look back has a moment a minute, and rates that a slow scrape does not miss.
  CHECK(past_query(Past::disk_part, 10min).find("[5m]))[10m:1m]") != std::string::npos);

  FakePrometheus prometheus(always(vector_of("")));
  CHECK(reading_of({.url = prometheus.url()}).result == "ok");
  const auto asked = prometheus.questions();
  REQUIRE(asked.size() == questions.size());
  for (std::size_t i = 0; i < asked.size(); ++i) CHECK(asked[i] == questions[i].second);
}

TEST_CASE("past: a Prometheus understands them, and its answers are the numbers that were meant",
          "[past]") {
  if (std::system("promtool --version >/dev/null 2>&1") != 0) SKIP("promtool is not installed");
  // Two pods, per minute: 12 s on a CPU, 3 s waiting for one, 30 s for a disk, 15 s idle.
  std::string series;
  for (const char* pod : {"cart-a", "cart-b"}) {
    const std::string labels =
        std::string(R"({namespace="shop",pod=")") + pod + R"(",container="app",node="n1")";
    for (const auto& [share, step] : {std::pair("on_cpu", 12), std::pair("runqueue", 3),
                                      std::pair("disk", 30), std::pair("idle", 15)}) {
      series += "    - {series: 'kernwise_container_wait_seconds_total" + labels +
                R"(,workload="Deployment/cart",share=")" + share + "\"}', values: '0+" +
                std::to_string(step) + "x1440'}\n";
    }
    series += "    - {series: 'kpod_mem_cgroup_usage_bytes" + labels + "}', values: '3000x1440'}\n";
    series += "    - {series: 'kpod_mem_cgroup_cache_bytes" + labels + "}', values: '1000x1440'}\n";
  }
  const std::vector<std::pair<Past, double>> expected{
      {Past::pods, 2},        {Past::cpu, 2 * 15 * 1440},    {Past::runqueue, 2 * 3 * 1440},
      {Past::disk, 86'400},   {Past::active, 2 * 45 * 1440}, {Past::cores, 0.25},
      {Past::disk_part, 0.5}, {Past::memory_bytes, 2000}};
  std::string text =
      "rule_files: []\nevaluation_interval: 1m\ntests:\n- interval: 1m\n"
      "  input_series:\n" +
      series + "  promql_expr_test:\n";
  for (const auto& [past, value] : expected) {
    text += "  - expr: '" + past_query(past, kDay) + "'\n    eval_time: 1440m\n    exp_samples:\n";
    text += R"(    - {labels: '{namespace="shop",workload="Deployment/cart",node="n1"}', value: )" +
            std::to_string(value) + "}\n";
  }
  const Scratch scratch;
  const std::string command = "promtool test rules " + scratch.write("test.yml", text) + " >" +
                              scratch.path("said") + " 2>&1";
  const int code = std::system(command.c_str());
  INFO(read_file(scratch.path("said")).value());
  CHECK(code == 0);
}

TEST_CASE("config: what is said of the Prometheus must fit together", "[past]") {
  const auto problem = [](const std::vector<std::string>& flags) {
    const auto loaded = options::load(program(), flags, {});
    if (!loaded) return loaded.error().message();
    const auto config = config_of(*loaded->settings, {});
    return config ? std::string() : config.error().message();
  };
  CHECK(problem({"--prometheus.url=https://p:9090/prom", "--prometheus.ca=/ca.pem",
                 "--prometheus.certificate=/c.pem", "--prometheus.key=/k.pem",
                 "--prometheus.token_file=/t"})
            .empty());
  CHECK(problem({"--prometheus.url=http://127.0.0.1:9090", "--prometheus.token_file=/t"}).empty());
  const std::vector<std::pair<std::vector<std::string>, std::string>> wrong{
      {{"--prometheus.url=p:9090"}, "prometheus.url"},
      {{"--prometheus.url=http://p:9090", "--prometheus.ca=/ca.pem"}, "prometheus.ca"},
      {{"--prometheus.url=http://p:9090", "--prometheus.token_file=/t"}, "prometheus.token_file"},
      {{"--prometheus.url=https://p", "--prometheus.certificate=/c.pem"}, "prometheus.key"},
      {{"--placement.profiles.range=5m"}, "placement.profiles.range"}};
  for (const auto& [flags, named] : wrong) {
    CAPTURE(named);
    CHECK(problem(flags).find(named) != std::string::npos);
  }
}

}  // namespace
}  // namespace kernwise::orchestrator
