// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "orchestrator/view/past_profiles.hpp"

/// What a Prometheus that scrapes the profilers knows of the past of workloads: the questions, and
/// how its answers are read. No I/O.
namespace kernwise::history {

/// The question as PromQL, one sample per workload and node, over the last `range` (ten minutes and
/// more). Percentiles are taken of 144 moments, at least a minute apart.
[[nodiscard]] std::string past_query(view::Past past, std::chrono::minutes range);

/// Most bytes and samples of one answer; a larger one is none.
inline constexpr std::size_t kMostPastBytes = 8UL * 1024 * 1024;
inline constexpr std::size_t kMostPastSamples = 30'000;

struct PastAnswer {
  std::vector<view::PastSample> samples;
  std::size_t skipped = 0;  ///< without the labels, or with a value that is none
};
/// The body of a 200 of `/api/v1/query`. Errors: not an answer to an instant query with a vector,
/// or too large.
[[nodiscard]] Result<PastAnswer> read_past_answer(std::string_view body);

}  // namespace kernwise::history
