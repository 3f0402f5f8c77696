// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "orchestrator/actuate/judge.hpp"

/// Facts for which the gate has nothing against a write, to be changed in one point.
namespace kernwise::test {

inline MonoTime second(int value) {
  return MonoTime(std::chrono::seconds(value));
}

/// The moment at which these facts are judged.
inline const MonoTime kNow = second(10'000);

inline actuate::Intent grow() {
  return {.workload = "shop/Deployment/web",
          .action = "scale_up",
          .reason = "cpu_saturated",
          .from = 3,
          .to = 5};
}

inline actuate::Intent shrink() {
  return {.workload = "shop/Deployment/web",
          .action = "scale_down",
          .reason = "low_use",
          .from = 3,
          .to = 2};
}

inline actuate::Facts good_facts() {
  actuate::Facts facts;
  facts.leads_until = second(10'007);
  facts.api = {.synced = true, .heard = second(9'990)};
  facts.nodes = {.known = 10, .fresh = 10};
  facts.target.known = true;
  facts.target.uid = "u-1";
  facts.target.replicas = 3;
  facts.target.annotations = {
      {actuate::kScalingMode, "Act"}, {actuate::kMinReplicas, "1"}, {actuate::kMaxReplicas, "10"}};
  facts.pace.writes_from = second(5'000);
  return facts;
}

}  // namespace kernwise::test
