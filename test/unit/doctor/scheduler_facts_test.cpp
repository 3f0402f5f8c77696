// SPDX-License-Identifier: Apache-2.0
#include "cli/doctor/scheduler_facts.hpp"

#include <catch2/catch_all.hpp>
#include <map>

#include "common/kube/times.hpp"
#include "test/support/live_server.hpp"

namespace kernwise::doctor {
namespace {

using Pages = std::map<std::string, std::string>;

constexpr const char* kPods = "/api/v1/namespaces/kernwise/pods";
constexpr const char* kAccount =
    "/api/v1/namespaces/kernwise/serviceaccounts/kernwise-orchestrator";
constexpr const char* kProfilers = "/api/v1/namespaces/kernwise-profiler";

constexpr const char* kLease =
    "/apis/coordination.k8s.io/v1/namespaces/kernwise/leases/kernwise-scheduler";
const WallTime kNow = kube::parse_time("2026-11-23T02:00:00Z").value();

Get pages(Pages known) {
  return [known = std::move(known)](const std::string& path) -> Result<std::optional<std::string>> {
    const auto found = known.find(path);
    return found == known.end() ? std::optional<std::string>() : std::optional(found->second);
  };
}

std::string url_of(const test::LiveServer& server) {
  return "http://127.0.0.1:" + std::to_string(server.port());
}

http::Route answering(const std::string& path, const std::string& body) {
  return {"POST", path, 64UL * 1024,
          http::immediate([body](const http::Request&) { return http::Response{.body = body}; })};
}

}  // namespace

TEST_CASE("probe: tells our listener from another and from none", "[doctor]") {
  test::LiveServer ours({.routes = {answering("/prioritize", "[]")}});
  test::LiveServer prefixed({.routes = {answering("/scheduler/prioritize", "[]")}});
  test::LiveServer other({.routes = {answering("/", "hello")}});
  std::string gone;
  {
    test::LiveServer short_lived({});
    gone = url_of(short_lived);
  }
  CHECK(probe(url_of(ours), "") == Answer::plain);
  CHECK(probe(url_of(ours) + "/whatever/", "") == Answer::plain);  // its own check says so
  CHECK(probe("https" + url_of(ours).substr(4), "") == Answer::plain);
  CHECK(probe(url_of(prefixed), "/scheduler") == Answer::plain);
  CHECK(probe(url_of(prefixed), "") == Answer::other);
  CHECK(probe(url_of(other), "") == Answer::other);
  CHECK(probe(gone, "") == Answer::nothing);
  CHECK(probe("nonsense", "") == std::nullopt);
}

TEST_CASE("add_cluster: what the API server says becomes facts", "[doctor]") {
  SchedulerFacts facts;
  const SchedulerFile file{.lease = "kernwise/kernwise-scheduler"};
  const auto done = add_cluster(
      pages({{"/version", R"({"major":"1","minor":"36","gitVersion":"v1.36.3"})"},
             {kAccount, "{}"},
             {kProfilers,
              R"({"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"baseline"}}})"},
             {kPods, R"({"items":[{"metadata":{"name":"a"},"spec":{"containers":[{"image":"x"},)"
                     R"({"image":"registry.k8s.io/kube-scheduler:v1.35.1"}]}},)"
                     R"({"metadata":{"name":"b"},"spec":{"containers":[{"image":"x"}]}}]})"}}),
      file, kNow, facts);
  REQUIRE(done.has_value());
  CHECK(facts.api_server->minor == 36);
  CHECK(facts.scheduler->minor == 35);
  CHECK(facts.service_account == true);
  CHECK(facts.profiler_security == "baseline");
  REQUIRE(facts.replicas->size() == 1);
  CHECK(facts.replicas->front().name == "a");
  CHECK(facts.replicas->front().lease == file.lease);
}

TEST_CASE("add_cluster: what is not there is no failure, nonsense is", "[doctor]") {
  SchedulerFacts facts;
  REQUIRE(add_cluster(pages({}), {}, kNow, facts).has_value());
  CHECK(facts.service_account == false);
  CHECK_FALSE(facts.profiler_security.has_value());
  CHECK_FALSE(facts.replicas.has_value());
  CHECK_FALSE(add_cluster(pages({{"/version", "<html>"}}), {}, kNow, facts).has_value());
  const Get down = [](const std::string&) -> Result<std::optional<std::string>> {
    return invalid("connection refused");
  };
  CHECK_FALSE(add_cluster(down, {}, kNow, facts).has_value());
}

TEST_CASE("add_cluster: the lease of the scheduler, its holder and when it was renewed",
          "[doctor]") {
  const SchedulerFile file{.lease = "kernwise/kernwise-scheduler"};
  SchedulerFacts facts;
  REQUIRE(
      add_cluster(pages({{kLease, R"({"metadata":{"resourceVersion":"7"},"spec":{"holderIdentity":)"
                                  R"("a_5d2f","leaseDurationSeconds":20,)"
                                  R"("renewTime":"2026-11-23T01:59:30.000000Z"}})"}}),
                  file, kNow, facts)
          .has_value());
  REQUIRE(facts.lease.has_value());
  CHECK(facts.lease->exists);
  CHECK(facts.lease->holder == "a_5d2f");
  CHECK(facts.lease->duration == std::chrono::seconds(20));
  CHECK(facts.lease->since_renewed == std::chrono::seconds(30));

  SchedulerFacts without;
  REQUIRE(add_cluster(pages({}), file, kNow, without).has_value());
  CHECK_FALSE(without.lease->exists);
  CHECK_FALSE(add_cluster(pages({{kLease, "[]"}}), file, kNow, without).has_value());

  const Get forbidden = [](const std::string& path) -> Result<std::optional<std::string>> {
    if (path == kLease) return invalid("403");
    return std::optional<std::string>();
  };
  SchedulerFacts unseen;
  REQUIRE(add_cluster(forbidden, file, kNow, unseen).has_value());
  CHECK_FALSE(unseen.lease.has_value());
}

TEST_CASE("election_of: whom the profiles of a file stand in for", "[doctor]") {
  CHECK(election_of({}).serves_default);
  CHECK(election_of({.profiles = {"a", "default-scheduler"}}).serves_default);
  CHECK_FALSE(election_of({.profiles = {"kernwise-scheduler"}}).serves_default);
}

TEST_CASE("version_in: of a version or an image", "[doctor]") {
  CHECK(version_in("v1.36.3")->minor == 36);
  CHECK(version_in("registry.k8s.io/kube-scheduler:v1.35.0-rc.1")->minor == 35);
  const auto* const none = GENERATE("", "kube-scheduler", "v", "v1", "v1-2", "latest");
  CHECK_FALSE(version_in(none).has_value());
}

}  // namespace kernwise::doctor
