// SPDX-License-Identifier: Apache-2.0
// What a real disk-saturated node and a real quiet one are worth to a pod: test/demo/recorded.
#include <catch2/catch_all.hpp>

#include "common/base/file.hpp"
#include "common/report/codec.hpp"
#include "extender/placement/rank.hpp"
#include "test/unit/orchestrator/reports.hpp"

namespace kernwise::view {
namespace {

/// The view after a minute of these reports.
std::shared_ptr<const Snapshot> recorded() {
  Reducer reducer;
  for (const char* file : {"/disk-saturated.json", "/quiet.json"}) {
    auto report =
        report::decode_report(read_file(KERNWISE_RECORDED_NODES + std::string(file)).value());
    for (int window = 0; window < 30; ++window) {
      ++report->seq;
      REQUIRE(reducer.accept(*report, test::arrival(2 * window)) == Admission::accepted);
    }
  }
  return reducer.snapshot(test::at(60), {});
}

/// A pod of 250 millicores and 200 MiB, as it is assumed without a request.
placement::PodProfile pod(const placement::PerResource& mix) {
  placement::PodProfile profile = placement::profile_prior({});
  profile.mix = mix;
  return profile;
}

TEST_CASE("recorded: a disk-saturated node is bad for I/O and good for CPU", "[view]") {
  const auto snapshot = recorded();
  const placement::NodeTable& nodes = *snapshot->table;
  const std::vector<std::uint32_t> both{nodes.index().find("recorded-disk-saturated"),
                                        nodes.index().find("recorded-quiet")};
  const placement::NodeRow& saturated = nodes.rows()[both[0]];
  CAPTURE(saturated.load, saturated.contention, saturated.sensitivity);
  CHECK(saturated.sensitivity[1] == Catch::Approx(8.026 / 12.0).epsilon(0.01));  // of 12 workers
  // Its threads waited .80 of their runnable time, woken together, while 1.2 of 2 CPUs were idle.
  CHECK(saturated.contention[0] == Catch::Approx(0.80 * 0.395 * 0.395).epsilon(0.01));
  const auto scores = [&](const placement::PerResource& mix) {
    return placement::rank(nodes, both, {.pod = pod(mix), .params = placement::ScoreParams{}})
        .scores;
  };
  const auto io = scores({.15, .80, .05}), cpu = scores({.90, .05, .05});
  CHECK(io[0] <= 3);
  CHECK(cpu[0] >= 7);
  CHECK(io[1] >= 9);
  CHECK(cpu[1] >= 9);
}

}  // namespace
}  // namespace kernwise::view
