// SPDX-License-Identifier: Apache-2.0
#include "extender/placement/profile.hpp"

#include <catch2/catch_all.hpp>
#include <limits>

namespace kernwise::placement {
namespace {

using Catch::Matchers::WithinRel;

constexpr double kMiB = 1024.0 * 1024;

TEST_CASE("profile_prior: 85 % of the request, else of the limit, else the usual pod",
          "[placement]") {
  struct Row {
    const char* name;
    Resources requests, limits;
    double cores, bytes;
  };
  const Row row = GENERATE(values<Row>({
      {"requests", {1.0, 100 * kMiB}, {4.0, 400 * kMiB}, .85, 85 * kMiB},
      {"limits only", {}, {2.0, 200 * kMiB}, 1.7, 170 * kMiB},
      {"nothing", {}, {}, .250, 200 * kMiB},
      {"a request of zero is none", {0.0, 0.0}, {}, .250, 200 * kMiB},
      {"no number", {std::numeric_limits<double>::quiet_NaN(), -1.0}, {}, .250, 200 * kMiB},
      {"only memory", {{}, 100 * kMiB}, {}, .250, 85 * kMiB},
  }));
  CAPTURE(row.name);
  const PodProfile profile = profile_prior(row.requests, row.limits);
  CHECK_THAT(profile.demand[0], WithinRel(row.cores, 1e-12));
  CHECK(profile.demand[1] == 0);
  CHECK_THAT(profile.demand[2], WithinRel(row.bytes, 1e-12));
  CHECK(profile.mix == PerResource{1, 0, 0});
  CHECK(profile.sensitivity == PerResource{1, 1, 1});
  CHECK(profile.confidence == 0);
  CHECK(profile.source == "prior");
}

TEST_CASE("PriorBook: a pod's own requests", "[placement]") {
  PodFacts pod;
  pod.requests.cores = 2;
  CHECK_THAT(PriorBook().profile_of(pod).demand[0], WithinRel(1.7, 1e-12));
}

TEST_CASE("PodFacts: labels, annotations and the controller", "[placement]") {
  PodFacts pod;
  CHECK(pod.controller() == nullptr);
  CHECK(pod.label("app").empty());
  pod.labels = {{"app", "cart"}};
  pod.annotations = {{"kernwise.io/class", "batch"}};
  pod.owners = {{"Foo", "a", "1", false}, {"ReplicaSet", "cart-5", "2", true}};
  CHECK(pod.label("app") == "cart");
  CHECK(pod.annotation("kernwise.io/class") == "batch");
  REQUIRE(pod.controller() != nullptr);
  CHECK(pod.controller()->name == "cart-5");
}

}  // namespace
}  // namespace kernwise::placement
