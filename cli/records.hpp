// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/json.hpp"
#include "extender/placement/rank.hpp"

namespace kernwise::cli {

/// One answer to the scheduler with all that it was made of.
struct Record {
  std::string time, pod, effect;
  std::shared_ptr<const placement::NodeTable> nodes;
  placement::PodProfile profile;
  placement::ScoreParams params;
  double elapsed_seconds = 0;
  std::int32_t priority = 0;
  bool warming_up = false;
  std::vector<std::uint32_t> candidates;  ///< positions in `nodes`, kNoRow for the unknown
  std::vector<std::string> unknown;       ///< names of those, in their order
  placement::ExpectedLoad expected;
  std::vector<std::uint8_t> scores;  ///< what was answered; empty: no opinion

  /// Beside `candidates`.
  [[nodiscard]] std::vector<std::string_view> names() const;
};

/// Reads the document of /v1/placements/inputs. Errors name the field.
[[nodiscard]] Result<std::vector<Record>> read_records(const json::Value& document);

/// The ranking worked out again: with the record's own parameters it is what was answered.
[[nodiscard]] placement::Ranking rank_again(const Record& record,
                                            const placement::ScoreParams& params);

}  // namespace kernwise::cli
