// SPDX-License-Identifier: Apache-2.0
#include "extender/placement/rating_memory.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "extender/placement/columnwise.hpp"

namespace kernwise::placement {
namespace {

/// Rows are rated and remembered in blocks, which costs little more than one of their rows alone.
constexpr std::size_t kBlock = Columns::kPadding;
/// To rate a row alone costs some three times as much as beside others: with more rows than one in
/// so many that something is expected on, all are rated anew.
constexpr std::size_t kAlone = 4;

/// All that the ratings of one kind of pods depend on beside the table and what is expected.
struct Key {
  explicit Key(const columnwise::Asked& asked) : pod(asked.pod), params(asked.params.given) {
    // Nothing else of the priority counts, and under most shapes nothing at all.
    if (asked.params.aggressor_of_lower != asked.params.aggressor) {
      priority = asked.question.priority;
    }
  }
  bool operator==(const Key&) const = default;

  formula::Pod pod;
  ScoreParams params;
  std::int32_t priority = 0;
};

/// The places of `rows` that something is expected on.
std::vector<std::uint32_t> expecting(const ExpectedLoad* expected,
                                     std::span<const std::uint32_t> rows) {
  std::vector<std::uint32_t> places;
  if (expected == nullptr || expected->empty()) return places;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (expected->was_added_to(rows[i])) places.push_back(static_cast<std::uint32_t>(i));
  }
  return places;
}

bool too_many(std::span<const std::uint32_t> places, std::span<const std::uint32_t> rows) {
  return places.size() * kAlone > rows.size();
}

std::vector<double> rated_anew(const columnwise::Asked& asked,
                               std::span<const std::uint32_t> places,
                               std::span<const std::uint32_t> rows) {
  std::vector<std::uint32_t> some(places.size());
  for (std::size_t i = 0; i < places.size(); ++i) some[i] = rows[places[i]];
  std::vector<double> rated(places.size());
  if (!some.empty()) columnwise::rate(asked, some, rated.data());
  return rated;
}

std::vector<std::uint8_t> scored(const columnwise::Asked& asked, std::span<const double> rated) {
  std::vector<std::uint8_t> scores(rated.size());
  columnwise::score(rated, asked.params.given.strength, scores.data());
  return scores;
}

/// As columnwise::rate does it, the first row stands for what nobody reported.
std::uint32_t lent(std::uint32_t row) {
  return row == kNoRow ? 0 : row;
}

template <class T>
void gather(const std::vector<T>& from, std::span<const std::uint32_t> rows, T* into) {
  const T* const values = from.data();  // writing bytes could change what `from` holds
  for (std::size_t i = 0; i < rows.size(); ++i) into[i] = values[lent(rows[i])];
}

template <class T>
void scatter(const std::vector<T>& from, std::span<const std::uint32_t> places, T* into) {
  for (std::size_t i = 0; i < places.size(); ++i) into[places[i]] = from[i];
}

}  // namespace

/// What rows are worth to one kind of pods where nothing is expected on them.
struct RatingMemory::Kind {
  Kind(const Key& of, std::size_t rows)
      : key(of),
        qualities(rows),
        scores(rows),
        known((rows + kBlock - 1) / kBlock),
        missing(known.size()) {}

  /// Rates the blocks that `rows` are in, unless that was done.
  void look_at(const columnwise::Asked& asked, std::span<const std::uint32_t> rows) {
    for (const std::uint32_t row : rows) {
      if (const std::size_t block = lent(row) / kBlock; known[block] == 0) rate(asked, block);
    }
  }

  void rate(const columnwise::Asked& asked, std::size_t block) {
    const std::size_t begin = block * kBlock;
    const std::size_t count = std::min(kBlock, qualities.size() - begin);
    std::array<std::uint32_t, kBlock> rows;
    std::iota(rows.begin(), rows.end(), static_cast<std::uint32_t>(begin));
    columnwise::rate(asked, std::span(rows).first(count), qualities.data() + begin);
    columnwise::score(std::span(qualities).subspan(begin, count), key.params.strength,
                      scores.data() + begin);
    known[block] = 1;
    --missing;
  }

  Key key;
  std::vector<double> qualities;     ///< by row
  std::vector<std::uint8_t> scores;  ///< by row
  std::vector<std::uint8_t> known;   ///< by block: its rows were rated
  std::size_t missing = 0;           ///< blocks that were not
  std::uint64_t last_call = 0;
};

RatingMemory::RatingMemory() = default;
RatingMemory::~RatingMemory() = default;
RatingMemory::RatingMemory(RatingMemory&&) noexcept = default;
RatingMemory& RatingMemory::operator=(RatingMemory&&) noexcept = default;

void RatingMemory::follow(std::shared_ptr<const NodeTable> nodes) {
  if (nodes == nodes_) return;
  nodes_ = std::move(nodes);
  kinds_.clear();
}

RatingMemory::Kind& RatingMemory::kind_of(const columnwise::Asked& asked) {
  const Key key(asked);
  auto kind = std::find_if(kinds_.begin(), kinds_.end(),
                           [&key](const Kind& known) { return known.key == key; });
  if (kind == kinds_.end()) {
    if (kinds_.size() == kKinds) {
      kinds_.erase(std::min_element(kinds_.begin(), kinds_.end(), [](const Kind& a, const Kind& b) {
        return a.last_call < b.last_call;
      }));
    }
    kind = kinds_.emplace(kinds_.end(), key, asked.columns.size());
  }
  kind->last_call = ++calls_;
  return *kind;
}

/// The kind of pod that asks, with all of `rows` rated.
const RatingMemory::Kind& RatingMemory::kind_knowing(std::span<const std::uint32_t> rows,
                                                     const columnwise::Asked& asked) {
  Kind& kind = kind_of(asked);
  if (kind.missing == 0) return kind;
  Question of_table = asked.question;
  of_table.expected = nullptr;
  const columnwise::Asked plain(*nodes_, of_table);
  kind.look_at(plain, rows);
  return kind;
}

void RatingMemory::rate(const columnwise::Asked& asked, std::span<const std::uint32_t> rows,
                        double* qualities) {
  const auto places = expecting(asked.question.expected, rows);
  if (too_many(places, rows)) return columnwise::rate(asked, rows, qualities);
  gather(kind_knowing(rows, asked).qualities, rows, qualities);
  scatter(rated_anew(asked, places, rows), places, qualities);
}

void RatingMemory::score(const columnwise::Asked& asked, std::span<const std::uint32_t> rows,
                         std::uint8_t* scores) {
  const auto places = expecting(asked.question.expected, rows);
  if (too_many(places, rows)) {
    std::vector<double> qualities(rows.size());
    columnwise::rate(asked, rows, qualities.data());
    return columnwise::score(qualities, asked.params.given.strength, scores);
  }
  gather(kind_knowing(rows, asked).scores, rows, scores);
  scatter(scored(asked, rated_anew(asked, places, rows)), places, scores);
}

}  // namespace kernwise::placement
