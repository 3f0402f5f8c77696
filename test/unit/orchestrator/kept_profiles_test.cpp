// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/app/kept_profiles.hpp"

#include <catch2/catch_all.hpp>

#include "orchestrator/app/core.hpp"
#include "test/unit/base/scratch.hpp"
#include "test/unit/orchestrator/reports.hpp"

namespace kernwise::orchestrator {
namespace {

using test::at;

constexpr WallTime kStart{std::chrono::hours(1'000)};

api::Now now(double seconds) {
  return {at(seconds),
          kStart + std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000))};
}

placement::PodProfile profile_in(const Core& core, const std::string& name) {
  placement::PodFacts pod;
  pod.pod_namespace = "demo";
  pod.owners = {{"Deployment", name, "uid", true}};
  return core.view().load()->profiles->profile_of(pod);
}

report::Report reader() {
  auto container =
      test::named(test::container("u", Verdict::disk_bound, 0.25), "demo", "io", "Deployment/io");
  container.shares[Share::disk] = 0.75;
  return test::report_of("n1", 1, {container});
}

TEST_CASE("profiles: what was learned is known after a restart, until it is a day old", "[app]") {
  const Scratch scratch;
  {
    Core core(Config{}, history::Store::open({.path = scratch.path("history.db")}).value());
    REQUIRE(core.accept(reader(), "127.0.0.1", now(0)) == view::Admission::accepted);
    core.scale(now(1));
    core.keep_profiles(now(60));
  }
  const auto [hours, source] = GENERATE(table<double, std::string>({{1, "owner"}, {25, "prior"}}));
  CAPTURE(hours);
  Core core(Config{}, history::Store::open({.path = scratch.path("history.db")}).value());
  core.remember_profiles(now(3600 * hours));
  core.publish(now(3600 * hours));
  const auto profile = profile_in(core, "io");
  CHECK(profile.source == source);
  CHECK(profile.mix[1] == Catch::Approx(source == "owner" ? 0.75 : 0));
  CHECK(profile_in(core, "other").source == "prior");
}

TEST_CASE("profiles: entries that make no sense are passed over", "[app]") {
  const char* const text = GENERATE(
      "", "{}", "[1]", R"({"demand":[1,2],"mix":[1,0,0],"stalled":[0,0,0],"replicas":[1]})",
      R"({"demand":[1,2,-3],"mix":[1,0,0],"stalled":[0,0,0],"replicas":[1],"app":"","image":"",)"
      R"("most_cores":1,"cores_per_request":0})",
      R"({"demand":[1,2,3],"mix":[1,0,0],"stalled":[0,0,0],"replicas":[],"app":"","image":"",)"
      R"("most_cores":1,"cores_per_request":0})");
  CAPTURE(text);
  view::ProfileLearner learner;
  CHECK(restore_profiles({{kStart, kProfileKind, "demo/Deployment/x", text}}, learner, now(1)) ==
        0);
  CHECK(learner.all().empty());
}

TEST_CASE("profiles: the newest entry of a workload counts, and comes back as it went", "[app]") {
  view::ProfileLearner learner;
  const view::Learned kept{.demand = {0.1, 0.2, 3e9},
                           .mix = {0.3, 0.6, 0.1},
                           .stalled = {0.01, 0.5, 0},
                           .replicas = {1, 18446744073709551615U},
                           .app = "demo/x",
                           .image = "x:1",
                           .most_cores = 1.5,
                           .cores_per_request = 0.001,
                           .seen = at(0)};
  REQUIRE(learner.restore("demo/Deployment/x", kept, at(0)));
  auto newest = profile_entries(learner, now(10));
  auto older = newest;
  older[0].json.replace(older[0].json.find("0.2"), 3, "0.9");
  newest.insert(newest.end(), older.begin(), older.end());
  view::ProfileLearner again;
  CHECK(restore_profiles(newest, again, now(20)) == 1);
  const auto back = again.all().at("demo/Deployment/x");
  CHECK(back.demand == kept.demand);
  CHECK(back.mix == kept.mix);
  CHECK(back.stalled == kept.stalled);
  CHECK(back.replicas == kept.replicas);
  CHECK(back.image == kept.image);
  CHECK(back.cores_per_request == kept.cores_per_request);
  CHECK(back.seen == at(0));
}

}  // namespace
}  // namespace kernwise::orchestrator
