// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/quoted.hpp"
#include "extender/pending/speculation.hpp"
#include "extender/placement/filter.hpp"
#include "extender/placement/node_table.hpp"
#include "extender/placement/profile.hpp"
#include "extender/placement/rating_memory.hpp"
#include "extender/placement/score.hpp"
#include "extender/protocol/candidates.hpp"
#include "extender/protocol/decode.hpp"
#include "extender/protocol/known_nodes.hpp"
#include "extender/protocol/overrides.hpp"

/// The scheduler's verbs without a socket: a body in, a body and a record of what happened out.
namespace kernwise::protocol {

/// What placement does with its answer. Both compute and record the same.
enum class Mode : std::uint8_t {
  observe,  ///< `/prioritize` has no opinion, `/filter` passes everything
  act,
};

/// What a call is answered from: one immutable snapshot. Everything referred to must outlive the
/// call.
struct Cluster {
  std::shared_ptr<const placement::NodeTable> nodes;
  const placement::ProfileBook& profiles;
  std::uint64_t snapshot = 0;
  double elapsed_seconds = 0;                   ///< since the ages in `nodes` were taken
  pending::Speculation* speculation = nullptr;  ///< where answers leave pods; follows `nodes`
  Mode mode = Mode::act;
  placement::ScoreParams score = {};
  placement::FilterParams filter = {};
  bool overloaded = false;  ///< `/prioritize` has no opinion and `/filter` passes everything
  bool warming_up = false;  ///< `/prioritize` has no opinion yet
  /// What an annotation of the pod's workload, else of its namespace, says; empty: nothing, or
  /// nobody knows. The pod's own word comes before that.
  std::function<std::string_view(const placement::PodFacts& pod, std::string_view key)> inherited =
      {};
};

/// What an answer came to; a value for the metric's label `result`.
enum class Effect : std::uint8_t {
  answered,    ///< scores or verdicts were given
  abstained,   ///< no opinion: nothing asked, or too little fresh data
  overloaded,  ///< too much to answer: no opinion, and not even read
  observed,    ///< computed, not given: mode Observe, or `kernwise.io/placement-mode` of the pod
               ///< or its surroundings
  ignored,     ///< likewise `kernwise.io/ignore: "true"`: nothing was computed
  exempt,      ///< of a DaemonSet or system-critical: nothing was computed
  refused,     ///< a bad request, see Outcome::problem
};
[[nodiscard]] std::string_view name_of(Effect effect);

/// One call and its answer, with all that is needed to work the answer out again.
struct Outcome {
  int status = 200;     ///< 400 goes with an empty body on this listener
  std::string problem;  ///< why a request was refused; names the field
  Effect effect = Effect::answered;
  placement::PodFacts pod;
  placement::PodProfile profile;
  std::uint64_t snapshot = 0;
  std::size_t asked = 0;  ///< candidates in the request, repeated ones included

  std::shared_ptr<const placement::NodeTable> nodes;
  placement::ScoreParams score;  ///< as overridden for this pod, like `profile`
  std::vector<Override> overrides;
  double elapsed_seconds = 0;
  std::vector<placement::Expected> expected;  ///< on candidates, beside what `nodes` says
  std::vector<std::uint32_t> candidates;      ///< distinct, as positions in `nodes` or kNoRow
  std::vector<std::string> unknown;           ///< names of those with kNoRow, in their order
  placement::Ranking ranking;                 ///< beside `candidates`; of the prioritize verbs
  placement::Filtering filtering;             ///< beside `candidates`; of filter
};

/// Answers calls, one after the other; one per listener thread. Never throws for what a body says.
/// Gives every candidate or none, each once, and never a name that was not asked about. A request
/// with neither NodeNames nor Nodes asks about nothing: `[]`, and a filter result that keeps
/// nothing. `memory` is used for the answer; its content does not matter.
class Service {
 public:
  /// `POST /prioritize`: HostPriorityList.
  [[nodiscard]] std::string prioritize(std::string_view body, const Cluster& cluster,
                                       Outcome& outcome, std::string memory = {});
  /// `POST /prioritize/relative`: the same preference in fewer bytes.
  [[nodiscard]] std::string prioritize_relative(std::string_view body, const Cluster& cluster,
                                                Outcome& outcome, std::string memory = {});
  /// `POST /filter`: ExtenderFilterResult in the form of the request, whose whole nodes it quotes.
  [[nodiscard]] Quoted filter(std::string_view body, const Cluster& cluster, Outcome& outcome,
                              std::string memory = {});

 private:
  [[nodiscard]] bool begin(std::string_view body, const Cluster& cluster, Outcome& outcome);
  [[nodiscard]] bool rank(std::string_view body, const Cluster& cluster, Outcome& outcome);

  [[nodiscard]] Hosts hosts() const { return {args_.rows, args_.unknown, known_}; }

  KnownNodes known_;
  Decoder decoder_;
  ExtenderArgs args_;
  Distinct distinct_;
  placement::RatingMemory ratings_;
};

}  // namespace kernwise::protocol
