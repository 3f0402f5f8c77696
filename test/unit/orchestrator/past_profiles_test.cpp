// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/view/past_profiles.hpp"

#include <catch2/catch_all.hpp>
#include <limits>

#include "orchestrator/view/profiles.hpp"
#include "test/unit/orchestrator/reports.hpp"

namespace kernwise::view {
namespace {

using test::arrival;
using test::at;

constexpr const char* kCart = "shop/Deployment/cart";

void tell(PastSamples& samples, Past past, const std::string& node, double value,
          const std::string& workload = kCart) {
  samples[static_cast<std::size_t>(past)].push_back({workload, node, value});
}

/// A node with `pods` of the workload that spent that many seconds on CPU and waiting for disks.
void tell_node(PastSamples& samples, const std::string& node, double pods, double cpu,
               double disk) {
  tell(samples, Past::pods, node, pods);
  tell(samples, Past::cpu, node, cpu);
  tell(samples, Past::disk, node, disk);
  tell(samples, Past::active, node, cpu + disk);
  tell(samples, Past::cores, node, 0.4);
  tell(samples, Past::disk_part, node, 1.7);
  tell(samples, Past::memory_bytes, node, 3e9);
}

TEST_CASE("past: what is told of one node becomes a profile", "[view]") {
  PastSamples samples;
  tell_node(samples, "n1", 2, 300, 600);
  tell(samples, Past::memory, "n1", 100);
  tell(samples, Past::runqueue, "n1", 90);
  const auto profile = past_profiles(samples).at(kCart);
  CHECK(profile.replicas == 2);
  CHECK(profile.demand == placement::PerResource{0.4, 1, 3e9});  // a disk has no more than all
  CHECK(profile.mix[0] == Catch::Approx(0.3));                   // 300 of 1000 s
  CHECK(profile.mix[1] == Catch::Approx(0.6));
  CHECK(profile.mix[2] == Catch::Approx(0.1));
  CHECK(profile.stalled[0] == Catch::Approx(0.1));  // 90 of 900 s
  CHECK(profile.stalled[1] == Catch::Approx(600.0 / 900));
}

TEST_CASE("past: from three nodes on none writes more than a third", "[view]") {
  PastSamples samples;
  tell_node(samples, "liar", 1e6, 0, 1e9);
  tell_node(samples, "n2", 1, 100, 0);
  tell_node(samples, "n3", 1, 100, 0);
  CHECK(past_profiles(samples).at(kCart).mix[1] == Catch::Approx(1.0 / 3));
}

TEST_CASE("past: what makes no sense is not told", "[view]") {
  const double wrong = GENERATE(std::numeric_limits<double>::quiet_NaN(),
                                std::numeric_limits<double>::infinity(), -1.0);
  CAPTURE(wrong);
  PastSamples samples;
  tell(samples, Past::cores, "n1", wrong);
  tell_node(samples, "n1", 1, 100, wrong);
  const auto profile = past_profiles(samples).at(kCart);
  CHECK(profile.mix == placement::PerResource{1, 0, 0});
  CHECK(profile.demand[0] == 0.4);
}

TEST_CASE("past: what is not known of a pod's needs is not nothing", "[view]") {
  const Past missing = GENERATE(Past::pods, Past::cores, Past::disk_part, Past::memory_bytes);
  PastSamples samples;
  tell_node(samples, "n1", 1, 100, 100);
  samples[static_cast<std::size_t>(missing)].clear();
  CHECK(past_profiles(samples).empty());
}

TEST_CASE("past: the first sample of a workload on a node counts", "[view]") {
  PastSamples samples;
  tell_node(samples, "n1", 3, 1, 1);
  tell_node(samples, "n1", 500, 1, 1);
  CHECK(past_profiles(samples).at(kCart).replicas == 3);
}

placement::PodFacts cart_pod() {
  placement::PodFacts pod;
  pod.pod_namespace = "shop";
  pod.owners = {{"Deployment", "cart", "uid", true}};
  pod.requests.cores = 1.0;
  return pod;
}

PastProfiles disk_reader(double replicas) {
  return {{kCart,
           {.demand = {0.1, 0.5, 1e9},
            .mix = {0.2, 0.8, 0},
            .stalled = {0, 0.8, 0},
            .replicas = replicas}}};
}

TEST_CASE("past: it takes part of the place of the request while nothing is learned", "[view]") {
  ProfileLearner learner;
  learner.suggest(disk_reader(5), at(0));
  const auto profile = learner.book()->profile_of(cart_pod());
  CHECK(profile.source == "prometheus");
  CHECK(profile.confidence == Catch::Approx(0.25));                     // 5 / 10 / 2
  CHECK(profile.demand[0] == Catch::Approx(0.25 * 0.1 + 0.75 * 0.85));  // the rest is the request
  CHECK(profile.mix[1] == Catch::Approx(0.8));
}

/// A look at one pod that only computes, one core.
void look(ProfileLearner& learner, double seconds) {
  Reducer reducer;
  static_cast<void>(
      reducer.accept(test::report_of("n1", 1,
                                     {test::named(test::container("a", Verdict::steady, 1), "shop",
                                                  "cart-a", "Deployment/cart")}),
                     arrival(seconds)));
  learner.observe(workloads_of(*reducer.snapshot(at(seconds), {}), at(seconds)), at(seconds));
}

TEST_CASE("past: what was learned counts more, whatever was told", "[view]") {
  ProfileLearner learner;
  learner.suggest(disk_reader(1e12), at(0));
  look(learner, 0);
  const auto profile = learner.book()->profile_of(cart_pod());
  const double learned = 1.0 / 6;           // one pod seen: n / (n + 5)
  const double told = (1 - learned) * 0.5;  // half of what is left, at most
  CHECK(profile.source == "owner");
  CHECK(profile.confidence == Catch::Approx(learned + told));
  CHECK(profile.demand[0] == Catch::Approx(learned * 1 + told * 0.1 + (1 - learned - told) * 0.85));
  CHECK(profile.mix[1] == Catch::Approx(told * 0.8 / (learned + told)));
}

TEST_CASE("past: a new answer replaces the one before, and none lasts longer than a day",
          "[view]") {
  ProfileLearner learner;
  learner.suggest(disk_reader(5), at(0));
  learner.suggest({}, at(1));
  CHECK(learner.book()->by_workload().empty());
  learner.suggest(disk_reader(5), at(1));
  learner.observe({}, at(86'400));
  CHECK(learner.book()->by_workload().size() == 1);
  learner.observe({}, at(86'402));
  CHECK(learner.book()->by_workload().empty());
}

TEST_CASE("past: the number of workloads is bounded", "[view]") {
  PastProfiles many;
  for (int i = 0; i < 20'010; ++i) many["shop/Deployment/w" + std::to_string(i)].replicas = 1;
  ProfileLearner learner;
  look(learner, 0);
  learner.suggest(std::move(many), at(0));
  const auto book = learner.book();
  CHECK(book->by_workload().size() == 20'000);
  CHECK(book->of_workload(kCart) != nullptr);
}

}  // namespace
}  // namespace kernwise::view
