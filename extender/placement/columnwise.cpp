// SPDX-License-Identifier: Apache-2.0
#include "extender/placement/columnwise.hpp"

#include <algorithm>
#include <array>
#include <memory>

namespace kernwise::placement::columnwise {
namespace {

/// Rows are rated in blocks whose values fit into the first-level cache.
constexpr std::size_t kBlock = Columns::kPadding;
using Values = std::array<double, kBlock>;

/// A block's rows and the sums over the resources so far. What is behind the rows asked for is
/// worked out, too, and then counts for nothing.
struct Block {
  std::array<std::uint32_t, kBlock> rows{};
  bool in_a_row = false;  ///< each is the one after the one before it
  Values worst{}, weighted{}, victim{}, aggressor{};
};

// What follows up to `Kernels` is part of its functions, so that all of it is compiled for the
// processor that they are compiled for. Loops run over whole blocks.
#define KW_PART [[gnu::always_inline]] inline

template <class T>
KW_PART void gather(const std::vector<T>& column, const Block& block, std::array<T, kBlock>& into) {
  if (block.in_a_row) {
    std::copy_n(column.data() + block.rows[0], kBlock, into.data());
    return;
  }
  const T* const from = column.data();
  for (std::size_t i = 0; i < kBlock; ++i) into[i] = from[block.rows[i]];
}

KW_PART void add_expected(const ExpectedLoad& expected, std::size_t r, const Block& block,
                          Values& added) {
  const std::vector<double>& column = expected.of(r);
  if (block.in_a_row && block.rows[0] + kBlock <= column.size()) {
    const double* const from = column.data() + block.rows[0];
    for (std::size_t i = 0; i < kBlock; ++i) added[i] += formula::amount(from[i]);
    return;
  }
  for (std::size_t i = 0; i < kBlock; ++i) {
    const std::uint32_t row = block.rows[i];
    if (row < column.size()) added[i] += formula::amount(column[row]);
  }
}

KW_PART void gather_loads(const Asked& asked, std::size_t r, const Block& block, Values& loads) {
  const Columns::OfResource& column = asked.columns.of(r);
  Values deviation, inverse, added;
  gather(column.load, block, loads);
  gather(column.deviation, block, deviation);
  gather(column.inverse_capacity, block, inverse);
  gather(column.pending, block, added);
  const ExpectedLoad* const expected = asked.question.expected;
  if (expected != nullptr && !expected->empty()) add_expected(*expected, r, block, added);
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

KW_PART void write_qualities(const Asked& asked, const Block& block, double* qualities) {
  Values churn, factor;
  std::array<std::int32_t, kBlock> top_priority;
  gather(asked.columns.churn(), block, churn);
  gather(asked.columns.top_priority(), block, top_priority);
  const double lower = asked.params.aggressor_of_lower, usual = asked.params.aggressor;
  for (std::size_t i = 0; i < kBlock; ++i) {
    factor[i] = asked.question.priority < top_priority[i] ? lower : usual;
  }
  const double weights = asked.pod.weights;
  for (std::size_t i = 0; i < kBlock; ++i) {
    const double harm = formula::interference(block.victim[i], block.aggressor[i], factor[i]);
    qualities[i] = 1 - formula::total(block.worst[i], block.weighted[i] / weights, harm, churn[i],
                                      asked.params.given);
  }
}

KW_PART void rate_block(const Asked& asked, Block& block, double* qualities) {
  for (std::size_t r = 0; r < kResources; ++r) add_resource(asked, r, block);
  write_qualities(asked, block, qualities);
}

KW_PART void score_each(std::span<const double> qualities, double strength, std::uint8_t* scores) {
  for (std::size_t i = 0; i < qualities.size(); ++i) {
    scores[i] = static_cast<std::uint8_t>(formula::score_of(qualities[i], strength));
  }
}
#undef KW_PART

struct Kernels {
  void (*rate)(const Asked&, Block&, double*);
  void (*score)(std::span<const double>, double, std::uint8_t*);
};

void rate_here(const Asked& asked, Block& block, double* qualities) {
  rate_block(asked, block, qualities);
}
void score_here(std::span<const double> qualities, double strength, std::uint8_t* scores) {
  score_each(qualities, strength, scores);
}

#ifdef __x86_64__
// Four numbers per instruction, to the last bit the same: nothing is fused or reordered.
[[gnu::target("avx2")]] void rate_in_fours(const Asked& asked, Block& block, double* qualities) {
  rate_block(asked, block, qualities);
}
[[gnu::target("avx2")]] void score_in_fours(std::span<const double> qualities, double strength,
                                            std::uint8_t* scores) {
  score_each(qualities, strength, scores);
}
#endif

const Kernels& fastest() {
  static const Kernels chosen = [] {
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2") != 0) return Kernels{rate_in_fours, score_in_fours};
#endif
    return Kernels{rate_here, score_here};
  }();
  return chosen;
}

/// Rates `count` rows beginning with `first`, at most kBlock.
void rate_run(const Asked& asked, std::uint32_t first, std::size_t count, double* qualities) {
  Block block;
  block.in_a_row = true;
  for (std::uint32_t i = 0; i < kBlock; ++i) block.rows[i] = first + i;
  Values rated;
  fastest().rate(asked, block, rated.data());
  std::copy_n(rated.data(), count, qualities);
}

void rate_scattered(const Asked& asked, std::span<const std::uint32_t> rows, double* qualities) {
  Block block;
  for (std::size_t i = 0; i < rows.size(); ++i) block.rows[i] = rows[i] == kNoRow ? 0 : rows[i];
  Values rated;
  fastest().rate(asked, block, rated.data());
  std::copy_n(rated.data(), rows.size(), qualities);
}

bool is_run(std::span<const std::uint32_t> rows) {
  if (rows.front() == kNoRow) return false;
  std::uint32_t differs = 0;
  for (std::uint32_t i = 0; i < rows.size(); ++i) differs |= rows[i] ^ (rows.front() + i);
  return differs == 0;
}

/// Where a good part of the table is asked about, all of it is rated: rows in a row are read many
/// times as fast as scattered ones.
void rate_whole_table(const Asked& asked, std::span<const std::uint32_t> rows, double* qualities) {
  const std::size_t size = asked.columns.size();
  const auto all = std::make_unique_for_overwrite<double[]>(size);
  for (std::size_t begin = 0; begin < size; begin += kBlock) {
    rate_run(asked, static_cast<std::uint32_t>(begin), std::min(kBlock, size - begin),
             all.get() + begin);
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    qualities[i] = all[rows[i] == kNoRow ? 0 : rows[i]];
  }
}

/// A run costs about a third of as many scattered rows.
constexpr std::size_t kRunsPerScattered = 3;

}  // namespace

void rate(const Asked& asked, std::span<const std::uint32_t> rows, double* qualities) {
  std::size_t scattered = 0;
  for (std::size_t begin = 0; begin < rows.size(); begin += kBlock) {
    const auto some = rows.subspan(begin, std::min(kBlock, rows.size() - begin));
    if (!is_run(some)) scattered += some.size();
  }
  if (scattered * kRunsPerScattered > asked.columns.size()) {
    return rate_whole_table(asked, rows, qualities);
  }
  for (std::size_t begin = 0; begin < rows.size(); begin += kBlock) {
    const auto some = rows.subspan(begin, std::min(kBlock, rows.size() - begin));
    if (is_run(some)) {
      rate_run(asked, some.front(), some.size(), qualities + begin);
    } else {
      rate_scattered(asked, some, qualities + begin);
    }
  }
}

void score(std::span<const double> qualities, double strength, std::uint8_t* scores) {
  fastest().score(qualities, strength, scores);
}

}  // namespace kernwise::placement::columnwise
