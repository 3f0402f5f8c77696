// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/ingest/authenticator.hpp"

#include <algorithm>
#include <utility>

namespace kernwise::ingest {
namespace {

Standing unavailable(const char* reason) {
  return {.access = Access::unavailable, .reason = reason};
}

/// The server is not there, or has trouble of its own; an answer that refuses us is another thing.
bool is_away(const Error& error) {
  if (error.code.category() == kube::api_category()) {
    return error.code.value() >= 500 || error.code.value() == 429;
  }
  return error.code != boost::system::errc::invalid_argument;
}

std::string_view name_of(Access access) {
  switch (access) {
    case Access::granted:
      return "granted";
    case Access::unauthenticated:
      return "unauthenticated";
    case Access::forbidden:
      return "forbidden";
    case Access::rate_limited:
      return "rate_limited";
    case Access::unavailable:
      return "unavailable";
  }
  return "unavailable";
}

/// Until it expires, at most a minute.
MonoTime granted_until(std::optional<std::uint64_t> expires, const Authenticator::Moment& now) {
  std::chrono::seconds span = Authenticator::kGrantedFor;
  if (expires) {
    const auto wall = std::chrono::floor<std::chrono::seconds>(now.wall.time_since_epoch());
    const auto left = std::chrono::seconds(static_cast<std::int64_t>(*expires)) - wall;
    // Already over by our clock, although the API server stands for it: our clock is wrong.
    span = left.count() > 0 ? std::min(span, left) : Authenticator::kRefusedFor;
  }
  return now.mono + span;
}

}  // namespace

Authenticator::Authenticator(IdentityRules rules, Ports ports, Bounds bounds)
    : rules_(std::move(rules)),
      ports_(std::move(ports)),
      bounds_(bounds),
      limit_(bounds.per_peer),
      known_(bounds.known),
      refused_(bounds.refused) {}

void Authenticator::check(const std::string& token, const std::string& peer, Done done) {
  const Moment now = ports_.now();
  const TokenKey key = key_of(token);
  if (const auto verdict = remembered(key, token, now)) return done(*verdict);
  const auto asked = questions_.find(key);
  if (asked != questions_.end()) return join(asked->second, std::move(done));
  const auto jwt = parse_jwt(token);
  if (const auto refused = refuse_early(jwt, rules_)) return done(*refused);
  if (!limit_.admit(peer, now.mono)) {
    return done({.access = Access::rate_limited, .reason = "token: too many new ones from there"});
  }
  if (questions_.size() >= bounds_.questions) {
    return done(unavailable("token: too many wait for the API server"));
  }
  ask(key, {.token = token, .expires = jwt->expires, .askers = {std::move(done)}});
}

std::optional<Standing> Authenticator::remembered(const TokenKey& key, const std::string& token,
                                                  const Moment& now) {
  if (Known* const known = known_.find(key)) {
    const bool due = now.mono >= known->ask_again;
    if (trusted(*known, token, now)) {
      Standing verdict = known->verdict;
      if (due) ask_again(key, token, *known, now);
      return verdict;
    }
  }
  const Refused* const refused = refused_.find(key);
  if (refused == nullptr || now.mono >= refused->until) return std::nullopt;
  return refused->verdict;
}

bool Authenticator::trusted(Known& known, const std::string& token, const Moment& now) {
  if (now.mono < known.until) return true;
  if (!away_ || !good_offline(known, token, now)) return false;
  ports_.count("offline");
  known.until = now.mono + kOfflineStep;
  return true;
}

/// Whoever reports need not wait for what is only asked to be sure.
void Authenticator::ask_again(const TokenKey& key, const std::string& token, Known& known,
                              const Moment& now) {
  if (questions_.size() >= bounds_.questions || questions_.contains(key)) return;
  known.ask_again = now.mono + kOfflineStep;
  const auto jwt = parse_jwt(token);
  ask(key, {.token = token, .expires = jwt ? jwt->expires : std::nullopt, .askers = {}});
}

bool Authenticator::good_offline(const Known& known, const std::string& token,
                                 const Moment& now) const {
  if (now.mono - known.reviewed > kOfflineFor) return false;
  const KeySet* const keys = ports_.keys ? ports_.keys() : nullptr;
  const auto jwt = parse_jwt(token);
  return keys != nullptr && jwt &&
         keys->verify(*jwt, {.audience = rules_.audience, .now = now.wall}).has_value();
}

void Authenticator::join(Question& question, Done done) {
  if (question.askers.size() >= bounds_.askers) {
    return done(unavailable("token: too many wait for the API server"));
  }
  question.askers.push_back(std::move(done));
}

void Authenticator::ask(const TokenKey& key, Question question) {
  question.since = ports_.now().mono;
  questions_.emplace(key, std::move(question));
  waiting_.push_back(key);
  send_some();
}

void Authenticator::send_some() {
  while (asked_ < bounds_.at_once && !waiting_.empty()) {
    const TokenKey key = waiting_.front();
    waiting_.pop_front();
    const auto found = questions_.find(key);
    if (found == questions_.end()) continue;  // given up while it waited
    ++asked_;
    const std::uint64_t number = found->second.number = ++sent_;
    ports_.review(found->second.token, [this, key, number, alive = std::weak_ptr(alive_)](
                                           const Result<kube::TokenVerdict>& said) {
      if (alive.expired()) return;
      const auto question = questions_.find(key);
      // An answer that took too long was given up; the next question is another one.
      if (question != questions_.end() && question->second.number == number) answered(key, said);
    });
  }
}

void Authenticator::tick() {
  const MonoTime now = ports_.now().mono;
  std::vector<TokenKey> late;
  for (const auto& [key, question] : questions_) {
    if (now - question.since >= kAnswerWithin) late.push_back(key);
  }
  const Error error{boost::system::errc::make_error_code(boost::system::errc::timed_out),
                    "review token"};
  const std::weak_ptr alive = alive_;
  for (const TokenKey& key : late) {
    if (!alive.expired()) answered(key, error);
  }
}

void Authenticator::answered(const TokenKey& key, const Result<kube::TokenVerdict>& said) {
  auto entry = questions_.extract(key);
  if (entry.empty()) return;
  const Question question = std::move(entry.mapped());
  if (question.number > 0) --asked_;
  const Moment now = ports_.now();
  const Standing verdict =
      said ? remember(key, question, *said, now) : without_answer(key, question, said.error(), now);
  const std::weak_ptr alive = alive_;
  for (const Done& done : question.askers) done(verdict);
  if (!alive.expired()) send_some();
}

Standing Authenticator::remember(const TokenKey& key, const Question& question,
                                 const kube::TokenVerdict& said, const Moment& now) {
  away_ = false;
  Standing verdict = judge(said, rules_, ports_.node_of_pod);
  ports_.count(name_of(verdict.access));
  if (verdict.access == Access::granted) {
    refused_.erase(key);
    known_.put(key, {.verdict = verdict,
                     .until = granted_until(question.expires, now),
                     .ask_again = now.mono + kAskAgainAfter,
                     .reviewed = now.mono});
  } else {
    known_.erase(key);
    refused_.put(key, {.verdict = verdict, .until = now.mono + kRefusedFor});
  }
  return verdict;
}

Standing Authenticator::without_answer(const TokenKey& key, const Question& question,
                                       const Error& error, const Moment& now) {
  away_ = is_away(error);
  ports_.count(name_of(Access::unavailable));
  Known* const known = known_.find(key);
  if (known != nullptr && trusted(*known, question.token, now)) return known->verdict;
  return unavailable("token: the API server cannot be asked");
}

}  // namespace kernwise::ingest
