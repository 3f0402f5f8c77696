// SPDX-License-Identifier: Apache-2.0
// What a Prometheus answers about the past of workloads, and the profiles made of it.
#include <cmath>

#include "orchestrator/history/past_queries.hpp"
#include "orchestrator/view/past_profiles.hpp"
#include "test/fuzz/fuzz.hpp"

namespace kernwise::fuzz {
namespace {

void check(const placement::PerResource& numbers) {
  for (const double number : numbers) {
    must(std::isfinite(number) && number >= 0, "a profile consists of amounts");
  }
}

}  // namespace

void read(std::string_view input) {
  const auto answer = history::read_past_answer(input);
  if (!answer) return;
  must(answer->samples.size() <= history::kMostPastSamples, "samples are bounded");
  view::PastSamples samples;
  // Each question answered with the same, and with one sample less than the one before.
  auto left = answer->samples;
  for (auto& answered : samples) {
    answered = left;
    if (!left.empty()) left.pop_back();
  }
  for (const auto& [workload, profile] : view::past_profiles(samples)) {
    must(!workload.empty(), "a profile is somebody's");
    check(profile.demand);
    check(profile.mix);
    check(profile.stalled);
  }
}

}  // namespace kernwise::fuzz
