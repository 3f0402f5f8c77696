// SPDX-License-Identifier: Apache-2.0
#include "profiler/sense/verdict.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace kernwise::sense {
namespace {

/// A rule's conditions as they are tested: whether all hold, how far the nearest one is from
/// tipping, and the numbers that say so.
class Case {
 public:
  Case& at_least(const char* what, double value, double threshold) {
    return note(what, value, threshold, value >= threshold, ">=");
  }
  Case& above(const char* what, double value, double threshold) {
    return note(what, value, threshold, value > threshold, ">");
  }
  Case& below(const char* what, double value, double threshold) {
    return note(what, value, threshold, value < threshold, "<");
  }
  Case& require(bool condition) {
    holds_ = holds_ && condition;
    return *this;
  }
  [[nodiscard]] bool holds() const { return holds_; }
  /// Most rules do not hold, so the words are made only for the one that does.
  [[nodiscard]] Judgement judgement(Verdict verdict) const {
    Judgement judged{verdict, std::clamp(distance_, 0.0, 1.0), {}};
    judged.evidence.reserve(noted_);
    for (std::size_t i = 0; i < noted_; ++i) judged.evidence.push_back(words_of(evidence_[i]));
    return judged;
  }

 private:
  /// `value relation threshold`, for instance `disk / own 0.41 >= 0.30`.
  struct Condition {
    const char* what = nullptr;
    double value = 0, threshold = 0;
    const char* relation = nullptr;
  };

  static void add_number(std::string& to, double number) {
    char digits[512];  // more than any double has before its point
    const auto end =
        std::to_chars(digits, std::end(digits), number, std::chars_format::fixed, 2).ptr;
    to.append(digits, end);
  }
  static std::string words_of(const Condition& condition) {
    std::string words = condition.what;
    words += ' ';
    add_number(words, condition.value);
    (words += ' ') += condition.relation;
    words += ' ';
    add_number(words, condition.threshold);
    return words;
  }

  Case& note(const char* what, double value, double threshold, bool met, const char* relation) {
    holds_ = holds_ && met;
    if (threshold > 0) distance_ = std::min(distance_, std::abs(value - threshold) / threshold);
    if (noted_ < evidence_.size()) evidence_[noted_++] = {what, value, threshold, relation};
    return *this;
  }

  bool holds_ = true;
  double distance_ = 1;
  std::array<Condition, 3> evidence_;
  std::size_t noted_ = 0;
};

double part(double value, double whole) {
  return whole > 0 ? value / whole : 0;
}

using Rule = Case (*)(const Observation&, const Thresholds&);

Case idle(const Observation& o, const Thresholds& t) {
  return Case()
      .below("active", o.shares.active(), t.idle_active)
      .below("inbound", o.times ? o.times->inbound : 0, t.idle_inbound);
}

Case memory_waits(const Observation& o, const Thresholds& t) {
  return Case().at_least("memory / own", part(o.shares[Share::memory], o.shares.own()),
                         t.memory_share);
}

Case memory_stalls(const Observation& o, const Thresholds& t) {
  return Case().above("memory PSI full", o.memory_pressure_full, t.memory_pressure);
}

Case throttled(const Observation& o, const Thresholds& t) {
  const double held = o.shares[Share::throttled];
  Case rule;
  rule.above("throttled / (on_cpu + throttled)", part(held, o.shares[Share::on_cpu] + held),
             t.throttled_part);
  // Without a known limit there is nothing that on_cpu could be below.
  if (o.limit) rule.below("on_cpu / limit", part(o.shares[Share::on_cpu], *o.limit), t.limit_used);
  return rule;
}

Case noisy(const Observation& o, const Thresholds& t) {
  const double request = o.request.value_or(0);
  return Case()
      .require(request > 0)
      .below("on_cpu / request", part(o.shares[Share::on_cpu], request), 1.0)
      .at_least("demand / request", part(o.shares.demand(), request), t.limit_used)
      .above("behind others / run queue", part(o.behind_others, o.shares[Share::runqueue]),
             t.behind_others_part);
}

Case saturated(const Observation& o, const Thresholds& t) {
  const double cpu = o.shares[Share::on_cpu] + o.shares[Share::throttled];
  Case rule;
  rule.at_least("(on_cpu + throttled) / own", part(cpu, o.shares.own()), t.cpu_part);
  if (const auto cores = o.limit ? o.limit : o.request) {
    return rule.at_least(o.limit ? "demand / limit" : "demand / request",
                         part(o.shares.demand(), *cores), t.limit_used);
  }
  // Without pod times one thread that never waits is what busy means.
  return rule.at_least("busy", o.times ? o.times->busy : std::min(1.0, o.shares.demand()), t.busy);
}

Case disk(const Observation& o, const Thresholds& t) {
  return Case().at_least("disk / own", part(o.shares[Share::disk], o.shares.own()), t.disk_part);
}

Case downstream(const Observation& o, const Thresholds& t) {
  if (!o.times) {
    return Case().at_least("network / own", part(o.shares[Share::network], o.shares.own()),
                           t.network_part);
  }
  const double whole = o.times->has_inbound ? o.times->inbound : 1.0;
  return Case().at_least(o.times->has_inbound ? "blocked / inbound" : "blocked",
                         part(o.times->blocked, whole), t.blocked_part);
}

Case locks(const Observation& o, const Thresholds& t) {
  return Case().at_least("lock / own", part(o.shares[Share::lock], o.shares.own()), t.lock_part);
}

bool growing(const Observation& o, double factor) {
  const auto& earlier = o.earlier_in_flight;
  return earlier[2] > 0 && o.in_flight >= factor * earlier[0] &&
         earlier[0] >= factor * earlier[1] && earlier[1] >= factor * earlier[2];
}

Case backlog(const Observation& o, const Thresholds& t) {
  const double cores = o.limit ? *o.limit : o.request.value_or(1.0);
  Case rule;
  rule.require(o.listen_overflows > 0 || growing(o, t.backlog_growth));
  rule.below("on_cpu / cores", part(o.shares[Share::on_cpu], cores), t.backlog_cpu);
  return rule;
}

struct Row {
  Verdict verdict;
  Rule rule;
  bool needs_requests = true;  ///< it compares with all waits, or with those for others
};

constexpr Row kTable[] = {
    {Verdict::idle, idle},
    {Verdict::memory_pressure, memory_waits},
    {Verdict::memory_pressure, memory_stalls, false},
    {Verdict::cpu_throttled, throttled, false},
    {Verdict::noisy_neighbour, noisy, false},
    {Verdict::cpu_saturated, saturated, false},
    {Verdict::disk_bound, disk},
    {Verdict::downstream_wait, downstream},
    {Verdict::lock_bound, locks},
    {Verdict::backlog, backlog},
};

Judgement steady(const Observation& o) {
  Case seen;
  seen.at_least("active", o.shares.active(), 0);
  seen.at_least("on_cpu", o.shares[Share::on_cpu], 0);
  auto judgement = seen.judgement(Verdict::steady);
  judgement.confidence = 0.5;
  return judgement;
}

}  // namespace

Judgement judge(const Observation& seen, const Thresholds& thresholds) {
  if (seen.lost.part > thresholds.lost_updates) {
    const auto what = "lost of " + std::string(seen.lost.of);
    auto lost = Case().above(what.c_str(), seen.lost.part, thresholds.lost_updates);
    auto judgement = lost.judgement(Verdict::unknown);
    judgement.confidence = 0;
    return judgement;
  }
  for (const auto& row : kTable) {
    if (row.needs_requests && !seen.requests_followed) continue;
    const auto rule = row.rule(seen, thresholds);
    if (rule.holds()) return rule.judgement(row.verdict);
  }
  if (!seen.requests_followed) return {Verdict::unknown, 0, {"requests are not followed"}};
  return steady(seen);
}

Judgement VerdictMemory::update(Observation seen, const Thresholds& thresholds) {
  seen.earlier_in_flight = in_flight_;
  in_flight_ = {seen.in_flight, in_flight_[0], in_flight_[1]};
  auto judgement = judge(seen, thresholds);
  // A window without enough data is no vote: it says so at once, and changes nothing.
  if (judgement.verdict == Verdict::unknown) return judgement;
  recent_.push_back(judgement.verdict);
  if (recent_.size() > 3) recent_.erase(recent_.begin());
  if (!published_) {
    published_ = judgement.verdict;
    judgement.confidence /= 2;
    return judgement;
  }
  if (judgement.verdict == *published_) return judgement;
  if (std::ranges::count(recent_, judgement.verdict) >= 2) {
    published_ = judgement.verdict;
    return judgement;
  }
  judgement.evidence.insert(
      judgement.evidence.begin(),
      "held: this window alone says " + std::string(name_of(judgement.verdict)));
  if (judgement.evidence.size() > 3) judgement.evidence.resize(3);
  judgement.verdict = *published_;
  judgement.confidence /= 2;
  return judgement;
}

}  // namespace kernwise::sense
