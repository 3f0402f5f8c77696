// SPDX-License-Identifier: Apache-2.0
// Many pods at once, placed by data that is 15 s old: what makes load-aware schedulers worse than
// none. A bound is asserted of what we ship; beside it stands what becomes of the same burst
// otherwise.
#include "test/controlplane/burst.hpp"

#include <cstdio>

namespace kernwise::test {

TEST_CASE("burst: no node is overrun by 600 pods that no report shows yet", "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  Cluster& cluster = shared_cluster({.nodes = Burst::kNodes, .scheduler = false});
  Burst burst(cluster);
  const auto place = [&burst](const BurstPlan& plan) {
    const BurstOutcome outcome = burst.place(plan);
    std::printf("%s\n", text_of(plan, outcome).c_str());
    CHECK(outcome.bound == Burst::kPods);
    return outcome;
  };
  const BurstOutcome shipped = place({.name = "prioritize"});
  // Three runs on a machine with twenty other things to do: .66, .70 and .71; without pods on their
  // way it is 1.7 and ten nodes.
  CHECK(shipped.hot == 0);
  CHECK(shipped.highest <= .8);
  // Fewer bytes; ties among hosts that are not named fall by their place.
  place({.name = "relative", .verb = "prioritize/relative"});
  place({.name = "without-extender", .verb = ""});
  // The same scores without the pods on their way: this is what they are there for.
  const BurstOutcome blind =
      place({.name = "without-pending", .arguments = {"--placement.pending", "false"}});
  CHECK(blind.highest > shipped.highest);
}

}  // namespace kernwise::test
