// SPDX-License-Identifier: Apache-2.0
#include "extender/pending/usual.hpp"

#include <catch2/catch_all.hpp>
#include <cmath>

namespace kernwise::pending {
namespace {

using Catch::Matchers::WithinAbs;

double cores(Usual& usual, double demand, double confidence) {
  return usual.counted({demand, 0, 0}, confidence)[0];
}

TEST_CASE("usual: the less is known of a pod, the more it counts as pods do that nobody knows",
          "[pending]") {
  struct Row {
    const char* what;
    double demand, confidence, counted;
  };
  // The mean of the pods before it and the pod itself, by trust 1/2 + confidence/2.
  const auto row = GENERATE(Row{"known", .2, 1, .2},           // its own word alone
                            Row{"unknown", .2, 0, .4},         // mean .6: .5 * .2 + .5 * .6
                            Row{"half known", .2, .5, .3},     // .75 * .2 + .25 * .6
                            Row{"unknown, large", 4, 0, 3.25}  // mean 2.5: .5 * 4 + .5 * 2.5
  );
  CAPTURE(row.what);
  Usual usual;
  CHECK(cores(usual, 1, 0) == 1);
  CHECK_THAT(cores(usual, row.demand, row.confidence), WithinAbs(row.counted, 1e-12));
}

TEST_CASE("usual: the mean follows what pods are like now", "[pending]") {
  Usual usual;
  for (int pod = 0; pod < 1'000; ++pod) (void)usual.counted({4, 0, 0}, 0);
  for (int pod = 0; pod < 1'000; ++pod) (void)usual.counted({1, 0, 0}, 0);
  CHECK_THAT(cores(usual, 1, 0), WithinAbs(1, .01));  // (127/128)^1000 = 4e-4 of the old mean
}

TEST_CASE("usual: what is no number counts as nothing and spoils nothing", "[pending]") {
  Usual usual;
  for (const double bad : {std::nan(""), HUGE_VAL, -1.0}) CHECK(cores(usual, bad, 1) == 0);
  CHECK(cores(usual, 1, 1) == 1);
}

}  // namespace
}  // namespace kernwise::pending
