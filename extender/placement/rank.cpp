// SPDX-License-Identifier: Apache-2.0
#include "extender/placement/rank.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "extender/placement/formula.hpp"

namespace kernwise::placement {
namespace {

/// Candidates are rated in blocks whose values fit into the first-level cache.
constexpr std::size_t kBlock = 64;
using Values = std::array<double, kBlock>;

/// What is the same for all blocks of one question.
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

/// A block's rows and the sums over the resources so far.
struct Block {
  std::array<std::uint32_t, kBlock> rows{};
  std::size_t size = 0;
  Values worst{}, weighted{}, victim{}, aggressor{};
};

// What follows up to rate_block is part of it, so that all of it is compiled for the processor that
// rate_block is compiled for. Loops run over whole blocks: what is behind `size` is worked out like
// the first row and then counts for nothing.
#define KW_PART [[gnu::always_inline]] inline

KW_PART void gather(const Columns::Column& column, const Block& block, Values& into) {
  const double* const from = column.data();
  for (std::size_t i = 0; i < kBlock; ++i) into[i] = from[block.rows[i]];
}

KW_PART void gather_loads(const Asked& asked, std::size_t r, const Block& block, Values& loads) {
  const Columns::OfResource& column = asked.columns.of(r);
  Values deviation, inverse, added;
  gather(column.load, block, loads);
  gather(column.deviation, block, deviation);
  gather(column.inverse_capacity, block, inverse);
  gather(column.pending, block, added);
  const ExpectedLoad* const expected = asked.question.expected;
  if (expected != nullptr && !expected->empty()) {
    for (std::size_t i = 0; i < kBlock; ++i) {
      added[i] += formula::amount(expected->at(block.rows[i])[r]);
    }
  }
  const double factor = asked.params.given.deviation_factor, demand = asked.pod.demand[r];
  for (std::size_t i = 0; i < kBlock; ++i) {
    loads[i] = formula::predicted(loads[i], deviation[i], inverse[i], added[i] + demand, factor);
  }
}

KW_PART void add_resource(const Asked& asked, std::size_t r, Block& block) {
  Values loads, contention, sensitivity, alone;
  gather_loads(asked, r, block, loads);
  gather(asked.columns.of(r).contention, block, contention);
  gather(asked.columns.of(r).sensitivity, block, sensitivity);
  const double per_threshold = asked.params.per_threshold[r];
  if (asked.params.given.shape == Shape::pack) {
    for (std::size_t i = 0; i < kBlock; ++i) {
      alone[i] = formula::pack_cost(loads[i], per_threshold);
    }
  } else {
    for (std::size_t i = 0; i < kBlock; ++i) {
      alone[i] = formula::spread_cost(loads[i], per_threshold);
    }
  }
  const double weight = asked.pod.weight[r], mix = asked.pod.mix[r];
  const double own = asked.pod.sensitivity[r];
  for (std::size_t i = 0; i < kBlock; ++i) {
    const double scaled = weight * alone[i];
    block.worst[i] = std::max(block.worst[i], scaled);
    block.weighted[i] += scaled;
    block.victim[i] += mix * contention[i] * own;
    block.aggressor[i] += mix * sensitivity[i] * std::min(loads[i], 1.0);
  }
}

KW_PART void write_qualities(const Asked& asked, const Block& block, Values& qualities) {
  Values churn, factor;
  gather(asked.columns.churn(), block, churn);
  const std::int32_t* const top_priority = asked.columns.top_priority().data();
  for (std::size_t i = 0; i < kBlock; ++i) {
    const bool lower = asked.question.priority < top_priority[block.rows[i]];
    factor[i] = lower ? asked.params.aggressor_of_lower : asked.params.aggressor;
  }
  const double weights = asked.pod.weights;
  for (std::size_t i = 0; i < kBlock; ++i) {
    const double harm = formula::interference(block.victim[i], block.aggressor[i], factor[i]);
    qualities[i] = 1 - formula::total(block.worst[i], block.weighted[i] / weights, harm, churn[i],
                                      asked.params.given);
  }
}

KW_PART void rate_rows(const Asked& asked, Block& block, Values& qualities) {
  for (std::size_t r = 0; r < kResources; ++r) add_resource(asked, r, block);
  write_qualities(asked, block, qualities);
}
#undef KW_PART

void rate_rows_here(const Asked& asked, Block& block, Values& qualities) {
  rate_rows(asked, block, qualities);
}

#ifdef __x86_64__
/// Four numbers per instruction, to the last bit the same: nothing is fused or reordered.
[[gnu::target("avx2")]] void rate_rows_in_fours(const Asked& asked, Block& block,
                                                Values& qualities) {
  rate_rows(asked, block, qualities);
}
#endif

using RateRows = void (*)(const Asked&, Block&, Values&);
RateRows fastest() {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx2") != 0) return rate_rows_in_fours;
#endif
  return rate_rows_here;
}

/// Qualities of fresh data and how fresh it is, beside the candidates.
struct Rates {
  std::vector<double> qualities, fresh;
  std::size_t measured = 0;
};

void rate_block(const Asked& asked, std::span<const std::uint32_t> candidates, std::size_t begin,
                Rates& rates) {
  static const RateRows rate_all = fastest();
  Block block;
  block.size = std::min(kBlock, candidates.size() - begin);
  const double* const ages = asked.columns.age().data();
  const double fresh_seconds = asked.params.given.fresh_seconds;
  for (std::size_t i = 0; i < block.size; ++i) {
    const std::uint32_t row = candidates[begin + i];
    // A node nobody reported is worked out like the first one and then counts for nothing.
    block.rows[i] = row == kNoRow ? 0 : row;
    const double age = row == kNoRow ? std::numeric_limits<double>::infinity()
                                     : std::max(0.0, ages[row] + asked.elapsed);
    const bool measured = age <= fresh_seconds;
    rates.measured += measured ? 1 : 0;
    rates.fresh[begin + i] = measured ? 1 : freshness(age, asked.params.given);
  }
  Values qualities;
  rate_all(asked, block, qualities);
  std::copy_n(qualities.begin(), block.size, &rates.qualities[begin]);
}

/// Mean of the two middle values where there are two; 0.5 of nothing.
double median(std::vector<double>& values) {
  if (values.empty()) return 0.5;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

double neutral_of(const Rates& rates) {
  std::vector<double> fresh;
  fresh.reserve(rates.measured);
  for (std::size_t i = 0; i < rates.qualities.size(); ++i) {
    if (rates.fresh[i] == 1) fresh.push_back(rates.qualities[i]);
  }
  return median(fresh);
}

void settle(Rates& rates, double strength, Ranking& ranking) {
  const std::size_t count = rates.qualities.size();
  // Where all is fresh, nothing is pulled anywhere.
  for (std::size_t i = 0; rates.measured < count && i < count; ++i) {
    rates.qualities[i] = formula::settled(rates.qualities[i], rates.fresh[i], ranking.neutral);
  }
  ranking.qualities = std::move(rates.qualities);
  ranking.scores.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    ranking.scores[i] =
        static_cast<std::uint8_t>(formula::score_of(ranking.qualities[i], strength));
  }
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
  Rates rates{.qualities = std::vector<double>(candidates.size()),
              .fresh = std::vector<double>(candidates.size())};
  // Without a table there is no first row to borrow for what nobody reported.
  if (!nodes.rows().empty()) {
    const Asked asked(nodes, question);
    for (std::size_t begin = 0; begin < candidates.size(); begin += kBlock) {
      rate_block(asked, candidates, begin, rates);
    }
  }
  const auto all = static_cast<double>(candidates.size());
  const auto measured = static_cast<double>(rates.measured);
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
  if (rates.measured < candidates.size()) ranking.neutral = neutral_of(rates);
  settle(rates, question.params.strength, ranking);
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
