// SPDX-License-Identifier: Apache-2.0
#include "extender/placement/rank.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "extender/placement/columnwise.hpp"
#include "extender/placement/formula.hpp"

namespace kernwise::placement {
namespace {

/// How fresh the data of each candidate is.
struct Freshness {
  std::size_t measured = 0;   ///< candidates whose data does not fade yet
  std::vector<double> parts;  ///< beside the candidates; empty where all are measured
};

bool are_all_known(std::span<const std::uint32_t> candidates) {
  std::uint32_t unknown = 0;  // as wide as a row: many at a time
  for (const std::uint32_t row : candidates) unknown |= row == kNoRow ? 1U : 0U;
  return unknown == 0;
}

Freshness freshness_of(const NodeTable& nodes, std::span<const std::uint32_t> candidates,
                       const Question& question) {
  const double* const ages = nodes.columns().age().data();
  const double elapsed = formula::amount(question.elapsed_seconds);
  const auto age_of = [ages, elapsed](std::uint32_t row) {
    return row == kNoRow ? std::numeric_limits<double>::infinity()
                         : std::max(0.0, ages[row] + elapsed);
  };
  Freshness fresh;
  // Mostly all nodes report, and none has to be looked at.
  if (nodes.columns().oldest() + elapsed <= question.params.fresh_seconds &&
      are_all_known(candidates)) {
    fresh.measured = candidates.size();
    return fresh;
  }
  for (const std::uint32_t row : candidates) {
    fresh.measured += age_of(row) <= question.params.fresh_seconds ? 1 : 0;
  }
  if (fresh.measured == candidates.size()) return fresh;
  fresh.parts.reserve(candidates.size());
  for (const std::uint32_t row : candidates) {
    const double age = age_of(row);
    const bool measured = age <= question.params.fresh_seconds;
    fresh.parts.push_back(measured ? 1 : freshness(age, question.params));
  }
  return fresh;
}

/// Mean of the two middle values where there are two; 0.5 of nothing.
double median(std::vector<double>& values) {
  if (values.empty()) return 0.5;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

double neutral_of(const std::vector<double>& qualities, const Freshness& fresh) {
  std::vector<double> measured;
  measured.reserve(fresh.measured);
  for (std::size_t i = 0; i < qualities.size(); ++i) {
    if (fresh.parts[i] == 1) measured.push_back(qualities[i]);
  }
  return median(measured);
}

void rate(const columnwise::Asked& asked, std::span<const std::uint32_t> candidates,
          RatingMemory* memory, double* qualities) {
  if (memory != nullptr) return memory->rate(asked, candidates, qualities);
  columnwise::rate(asked, candidates, qualities);
}

void rate_all(const NodeTable& nodes, std::span<const std::uint32_t> candidates,
              const Question& question, const Freshness& fresh, Ranking& ranking) {
  const std::size_t count = candidates.size();
  ranking.scores.resize(count);
  const columnwise::Asked asked(nodes, question);
  const bool follows = question.memory != nullptr && question.memory->follows(nodes);
  RatingMemory* const memory = follows ? question.memory : nullptr;
  // Where all is fresh, nothing is pulled anywhere.
  const bool settled = fresh.measured == count;
  if (settled && memory != nullptr) {
    return memory->score(asked, candidates, ranking.scores.data());
  }
  std::vector<double>& qualities = ranking.qualities;
  qualities.resize(count);
  // Without a table there is no first row to borrow for what nobody reported.
  if (!nodes.rows().empty()) rate(asked, candidates, memory, qualities.data());
  if (!settled) {
    ranking.neutral = neutral_of(qualities, fresh);
    for (std::size_t i = 0; i < count; ++i) {
      qualities[i] = formula::settled(qualities[i], fresh.parts[i], ranking.neutral);
    }
  }
  columnwise::score(qualities, question.params.strength, ranking.scores.data());
}

}  // namespace

std::string_view name_of(Abstention abstention) {
  switch (abstention) {
    case Abstention::none:
      return "none";
    case Abstention::no_candidates:
      return "no_candidates";
    case Abstention::too_few_fresh:
      return "too_few_fresh";
    case Abstention::warming_up:
      return "warming_up";
  }
  return "";
}

Ranking rank(const NodeTable& nodes, std::span<const std::uint32_t> candidates,
             const Question& question) {
  Ranking ranking;
  if (candidates.empty()) {
    ranking.abstention = Abstention::no_candidates;
    return ranking;
  }
  const Freshness fresh = freshness_of(nodes, candidates, question);
  const auto all = static_cast<double>(candidates.size());
  const auto measured = static_cast<double>(fresh.measured);
  ranking.fresh_part = measured / all;
  if (question.warming_up) {
    ranking.abstention = Abstention::warming_up;
    return ranking;
  }
  // Compared as a product: 60 % of five candidates are three, whatever 3/5 rounds to.
  if (measured + 1e-9 < question.params.min_fresh_part * all) {
    ranking.abstention = Abstention::too_few_fresh;
    return ranking;
  }
  rate_all(nodes, candidates, question, fresh, ranking);
  return ranking;
}

Rated rated(const NodeTable& nodes, std::uint32_t candidate, const Question& question,
            const Ranking& ranking) {
  const NodeRow* const row = candidate == kNoRow ? nullptr : &nodes.rows()[candidate];
  Circumstances circumstances{.neutral = ranking.neutral,
                              .elapsed_seconds = question.elapsed_seconds,
                              .expected = {},
                              .priority = question.priority};
  if (row != nullptr && question.expected != nullptr) {
    circumstances.expected = question.expected->at(candidate);
  }
  return rate(row, question.pod, question.params, circumstances);
}

std::vector<std::size_t> best_of(const Ranking& ranking, std::size_t most) {
  std::vector<std::size_t> order(ranking.qualities.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const std::size_t count = std::min(order.size(), most);
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(),
                    [&](std::size_t left, std::size_t right) {
                      const double better = ranking.qualities[left] - ranking.qualities[right];
                      return better != 0 ? better > 0 : left < right;
                    });
  order.resize(count);
  return order;
}

}  // namespace kernwise::placement
