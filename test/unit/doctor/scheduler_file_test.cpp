// SPDX-License-Identifier: Apache-2.0
#include "cli/doctor/scheduler_file.hpp"

#include <catch2/catch_all.hpp>

#include "common/base/file.hpp"

namespace kernwise::doctor {
namespace {

using namespace std::chrono_literals;

constexpr const char* kKind = "kind: KubeSchedulerConfiguration\n";

}  // namespace

TEST_CASE("scheduler file: the shipped ones have none of the mistakes a file can have",
          "[doctor]") {
  const auto* const name =
      GENERATE("second-scheduler.yaml", "second-scheduler-with-filter.yaml",
               "default-scheduler-patch.yaml", "default-scheduler-remote.yaml");
  CAPTURE(name);
  const auto text = read_file(std::string(KERNWISE_SCHEDULER_CONFIG) + "/" + name);
  REQUIRE(text.has_value());
  const auto file = read_scheduler_file(*text);
  REQUIRE(file.has_value());
  REQUIRE(file->extenders.size() == 1);
  CHECK(file->elects_leader);
  CHECK_FALSE(file->lease.empty());
  SchedulerFacts facts{.extenders = file->extenders};
  for (const Finding& finding : examine(facts)) {
    CAPTURE(name_of(finding.mistake), finding.what);
    CHECK(finding.state != State::bad);
  }
}

TEST_CASE("scheduler file: what is left out is what kube-scheduler takes", "[doctor]") {
  const auto file = read_scheduler_file(std::string(kKind) + "extenders: [{urlPrefix: http://x}]");
  REQUIRE(file.has_value());
  REQUIRE(file->extenders.size() == 1);
  const Extender& extender = file->extenders.front();
  CHECK(extender.weight == 0);
  CHECK_FALSE(extender.node_cache_capable);
  CHECK_FALSE(extender.ignorable);
  CHECK(extender.timeout == 5s);
  CHECK(file->lease == "kube-system/kube-scheduler");
  CHECK(file->elects_leader);
  CHECK(file->profiles == std::vector<std::string>{"default-scheduler"});
}

TEST_CASE("scheduler file: among several extenders ours are those that name us", "[doctor]") {
  const auto file = read_scheduler_file(
      std::string(kKind) +
      "extenders: [{urlPrefix: 'http://gpu:80'}, {urlPrefix: 'http://127.0.0.1:8888'}]");
  REQUIRE(file.has_value());
  REQUIRE(file->extenders.size() == 1);
  CHECK(file->extenders.front().url_prefix == "http://127.0.0.1:8888");
}

TEST_CASE("scheduler file: what is wrong with it is said", "[doctor]") {
  const auto [text, complaint] = GENERATE(table<std::string, std::string>({
      {"[", "line 1"},
      {"a: b", "kind: expected KubeSchedulerConfiguration"},
      {std::string(kKind) + "extenders: 3", "extenders: expected a list"},
      {std::string(kKind) + "extenders: [3]", "extenders: expected a map"},
      {std::string(kKind) + "extenders: [{weight: many}]", "weight: expected a whole number"},
      {std::string(kKind) + "extenders: [{ignorable: perhaps}]", "ignorable: expected true"},
      {std::string(kKind) + "extenders: [{httpTimeout: soon}]", "httpTimeout: expected a duration"},
  }));
  CAPTURE(text);
  const auto file = read_scheduler_file(text);
  REQUIRE_FALSE(file.has_value());
  CHECK(file.error().message().find(complaint) != std::string::npos);
}

TEST_CASE("go_duration: as Go writes and reads them", "[doctor]") {
  const auto [text, value] = GENERATE(table<std::string, std::chrono::milliseconds>({
      {"200ms", 200ms},
      {"1s", 1s},
      {"1.5s", 1'500ms},
      {"1m0s", 60s},
      {"1h2m3s4ms", 3'723'004ms},
      {"0", 0ms},
      {"1500us", 1ms},
  }));
  CAPTURE(text);
  const auto duration = go_duration(text);
  REQUIRE(duration.has_value());
  CHECK(*duration == value);
}

TEST_CASE("go_duration: anything else is none", "[doctor]") {
  const auto* const text =
      GENERATE("", "5", "s", "-1s", "1 s", "1e9s", "999999h", "1d", "nan", "inf");
  CAPTURE(text);
  CHECK_FALSE(go_duration(text).has_value());
}

}  // namespace kernwise::doctor
