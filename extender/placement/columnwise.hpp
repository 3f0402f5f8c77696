// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "extender/placement/columns.hpp"
#include "extender/placement/formula.hpp"
#include "extender/placement/rank.hpp"

/// Internal to this room: the formula over the columns of a table, many rows at once.
namespace kernwise::placement::columnwise {

/// What is the same for all rows of one question.
struct Asked {
  Asked(const NodeTable& table, const Question& asked)
      : columns(table.columns()),
        question(asked),
        pod(asked.pod),
        params(asked.params),
        elapsed(formula::amount(asked.elapsed_seconds)) {}

  const Columns& columns;
  const Question& question;
  formula::Pod pod;
  formula::Params params;
  double elapsed;
};

/// Writes what `1 - cost_of(row).total` is for each of `rows`, as if its data were fresh. kNoRow is
/// worked out like the first row and means nothing. The table must have a row.
void rate(const Asked& asked, std::span<const std::uint32_t> rows, double* qualities);

/// formula::score_of of each.
void score(std::span<const double> qualities, double strength, std::uint8_t* scores);

}  // namespace kernwise::placement::columnwise
