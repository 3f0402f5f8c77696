// SPDX-License-Identifier: Apache-2.0
#include "extender/pending/speculation.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "extender/placement/bytes.hpp"

namespace kernwise::pending {
namespace {

using placement::Bytes;
using placement::kNoRow;
using placement::NodeTable;

constexpr double kMargin = 2;  ///< of a node's part of a pod that may go to several

/// The rows that share the best score. Few do, so blocks of nodes are passed over that have none.
std::vector<std::uint32_t> best_rows(std::span<const std::uint32_t> candidates,
                                     const placement::Ranking& ranking) {
  const std::vector<std::uint8_t>& scores = ranking.scores;
  std::uint8_t best = 0;  // many at a time, which std::max_element is not
  for (const std::uint8_t score : scores) best = std::max(best, score);
  std::vector<std::uint32_t> rows;
  std::size_t found = 0;
  const auto take_best = [&](std::size_t begin, std::size_t end) {
    // Each is written, whether it stays or not, for want of a branch that could be foreseen.
    rows.resize(found + (end - begin));
    for (std::size_t i = begin; i < end; ++i) {
      rows[found] = candidates[i];
      found += scores[i] == best && candidates[i] != kNoRow ? 1 : 0;
    }
  };
  Bytes block;
  std::size_t begin = 0;
  for (; begin + sizeof block <= scores.size(); begin += sizeof block) {
    std::memcpy(&block, &scores[begin], sizeof block);
    if (!placement::none(static_cast<Bytes>(block == best))) {
      take_best(begin, begin + sizeof block);
    }
  }
  take_best(begin, scores.size());
  return {rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(found)};
}

}  // namespace

void Speculation::advance(const std::shared_ptr<const NodeTable>& nodes, MonoTime now,
                          const std::function<bool(std::string_view uid)>& bound) {
  now_ = now;
  const bool same = nodes == nodes_;
  follow(nodes);
  // Whether a pod is bound can only have changed with the snapshot.
  if (!same) forget_bound(bound);
  forget_old();
}

void Speculation::forget_bound(const std::function<bool(std::string_view uid)>& bound) {
  for (auto guess = guesses_.begin(); guess != guesses_.end();) {
    const auto next = std::next(guess);
    if (bound(guess->first)) forget(guess);
    guess = next;
  }
}

/// The guess that an entry was made for, if that is still the one.
Speculation::Guesses::iterator Speculation::guess_of(const Entry& entry) {
  const auto guess = guesses_.find(entry.uid);
  return guess == guesses_.end() || guess->second.at != entry.at ? guesses_.end() : guess;
}

void Speculation::forget_old() {
  for (; !ages_.empty() && now_ - ages_.front().at > limits_.life; ages_.pop_front()) {
    const auto guess = guess_of(ages_.front());
    if (guess != guesses_.end()) forget(guess);
  }
}

void Speculation::note_age(std::string_view uid) {
  // A pod that is asked about again and again leaves an entry each time.
  if (ages_.size() >= 2 * limits_.pods) {
    std::erase_if(ages_, [this](const Entry& entry) { return guess_of(entry) == guesses_.end(); });
  }
  ages_.push_back({now_, std::string(uid)});
}

void Speculation::follow(const std::shared_ptr<const NodeTable>& nodes) {
  const auto before = std::exchange(nodes_, nodes);
  if (before == nodes) return;
  if (before && before->index().fingerprint() == nodes->index().fingerprint()) return;
  expected_ = placement::ExpectedLoad(nodes->rows().size());
  for (auto& [uid, guess] : guesses_) {
    std::vector<std::uint32_t> rows;
    for (const std::uint32_t row : guess.rows) {
      const std::uint32_t now_at = nodes->index().find(before->index().name(row));
      if (now_at != kNoRow) rows.push_back(now_at);
    }
    guess.rows = std::move(rows);
    add(guess, 1);
  }
}

void Speculation::add(const Guess& guess, double sign) {
  if (guess.rows.empty()) return;
  const double part = sign * std::min(1.0, kMargin / static_cast<double>(guess.rows.size()));
  for (const std::uint32_t row : guess.rows) expected_.add(row, guess.demand, part);
}

void Speculation::forget(Guesses::iterator guess) {
  // What sums and differences leave of rounding does not outlive the last guess.
  if (guesses_.size() == 1) {
    expected_.clear();
  } else {
    add(guess->second, -1);
  }
  guesses_.erase(guess);
}

void Speculation::withdraw(std::string_view uid) {
  if (const auto known = guesses_.find(uid); known != guesses_.end()) forget(known);
}

void Speculation::place(std::string_view uid, std::span<const std::uint32_t> candidates,
                        const placement::Ranking& ranking, const placement::PerResource& demand,
                        double confidence) {
  withdraw(uid);
  if (uid.empty() || !nodes_) return;
  Guess guess{.at = now_, .rows = best_rows(candidates, ranking), .demand = {}};
  if (guess.rows.empty() || guesses_.size() >= limits_.pods) return;
  guess.demand = usual_.counted(demand, confidence);
  add(guess, 1);
  guesses_.emplace(uid, std::move(guess));
  note_age(uid);
}

placement::PerResource Speculation::mass() const {
  placement::PerResource all{};
  for (const auto& [uid, guess] : guesses_) {
    for (std::size_t r = 0; r < placement::kResources; ++r) all[r] += guess.demand[r];
  }
  return all;
}

}  // namespace kernwise::pending
