// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.hpp"
#include "extender/pending/usual.hpp"
#include "extender/placement/expected.hpp"
#include "extender/placement/rank.hpp"

/// PURE. Pods on their way: asked about or bound, and not yet in any node's report.
namespace kernwise::pending {

struct SpeculationLimits {
  std::chrono::milliseconds life{2'000};  ///< an answer not bound by then was not followed
  std::size_t pods = 4'096;
};

/// Where the pods that were just rated will probably go: each one's demand in equal parts on the
/// nodes that tie for its best score. The parts are twice as large as would add up to it, and never
/// more than all of it: which of the nodes get more than their part is not known before binds are
/// seen, and those are the ones that matter. A call commits nothing: asked again, a pod's part is
/// replaced, never added. One thread.
class Speculation {
 public:
  explicit Speculation(SpeculationLimits limits = {}) : limits_(limits) {}

  /// Follows the table (rows keep their part by name) and forgets what is too old or, by its UID,
  /// `bound`: then the table's own `pending` has it.
  void advance(const std::shared_ptr<const placement::NodeTable>& nodes, MonoTime now,
               const std::function<bool(std::string_view uid)>& bound);

  /// The pod is rated anew: what was expected of it is not.
  void withdraw(std::string_view uid);
  /// The pod was rated so. `candidates` are positions in the table of the last `advance`, which is
  /// also the time; nothing is expected of pods without a UID or where the ranking abstains.
  /// `confidence` is that of the profile that the demand comes from, see Usual.
  void place(std::string_view uid, std::span<const std::uint32_t> candidates,
             const placement::Ranking& ranking, const placement::PerResource& demand,
             double confidence = 1);

  /// Beside the table's rows.
  [[nodiscard]] const placement::ExpectedLoad& expected() const { return expected_; }
  [[nodiscard]] std::size_t pods() const { return guesses_.size(); }
  /// Demand of all pods expected anywhere.
  [[nodiscard]] placement::PerResource mass() const;

 private:
  struct Guess {
    MonoTime at;
    std::vector<std::uint32_t> rows;
    placement::PerResource demand{};
  };
  using Guesses = std::map<std::string, Guess, std::less<>>;
  struct Entry {
    MonoTime at;
    std::string uid;
  };

  void follow(const std::shared_ptr<const placement::NodeTable>& nodes);
  void forget_bound(const std::function<bool(std::string_view uid)>& bound);
  void forget_old();
  void note_age(std::string_view uid);
  [[nodiscard]] Guesses::iterator guess_of(const Entry& entry);
  void add(const Guess& guess, double sign);
  void forget(Guesses::iterator guess);

  SpeculationLimits limits_;
  MonoTime now_;
  std::shared_ptr<const placement::NodeTable> nodes_;
  placement::ExpectedLoad expected_;
  Usual usual_;
  Guesses guesses_;         ///< by UID
  std::deque<Entry> ages_;  ///< oldest first; some are of guesses that are gone or were renewed
};

}  // namespace kernwise::pending
