// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/actuate/errand.hpp"

#include <algorithm>
#include <utility>

#include "common/base/utf8.hpp"

namespace kernwise::actuate {
namespace {

/// A write that was not accepted by then is not tried any more; the next look decides anew.
constexpr std::chrono::seconds kPatience{5};
constexpr std::size_t kMostShown = 300;

using Shared = std::shared_ptr<Errand>;
using Alive = std::weak_ptr<void>;

std::string_view result_of(Effect effect) {
  switch (effect) {
    case Effect::observe:
      return "observed";
    case Effect::recommend:
      return "recommended";
    case Effect::hold:
      return "held";
    case Effect::write:
      return scaling::kPending;
  }
  return "held";
}

bool is_status(const Error& error) {
  return error.code.category() == kube::api_category();
}

/// What an error of the step `reason` (`read`, `dry_run`, `write`) means. Without an answer to the
/// write itself nobody knows whether it was done.
Outcome failure(const std::string& reason, const Error& error) {
  std::string result = "failed";
  if (error.code == kube::status(409)) {
    result = "conflict";
  } else if (is_status(error) && error.code.value() < 500 && error.code.value() != 429) {
    result = "refused";
  } else if (!is_status(error) && reason == "write") {
    result = "unknown";
  }
  return {.result = std::move(result),
          .reason = reason,
          .evidence = {printable(error.message(), kMostShown)}};
}

void settle(Errand& errand, Outcome outcome) {
  errand.pace.ended(errand.object);
  outcome.latency = Seconds(errand.clock() - errand.began);
  errand.settled(outcome);
}

void fail(Errand& errand, const std::string& reason, const Error& error) {
  const MonoTime now = errand.clock();
  if (error.code == kube::status(429)) errand.pace.wait(std::nullopt, now);
  Outcome outcome = failure(reason, error);
  if (outcome.result == "unknown") errand.pace.wrote(errand.object, now);
  settle(errand, std::move(outcome));
}

/// Sends the write and, unless it fails or nobody is there any more, goes on with `next`.
template <class Next>
void send(const Alive& alive, Shared errand, kube::WriteOptions options, Next next) {
  const MonoTime now = errand->clock();
  options.give_up_at = std::min(now + kPatience, errand->ends(now));
  const std::string step = options.dry_run ? "dry_run" : "write";
  const auto write = errand->write;
  write(options, [alive, errand = std::move(errand), step, next](const Result<>& done) {
    if (alive.expired()) return;
    if (!done) return fail(*errand, step, done.error());
    next(errand);
  });
}

/// The server would take it. Time has passed: the same questions once more.
void write(const Alive& alive, const Shared& errand, const std::string& version) {
  const Verdict verdict = errand->judge_again(errand->clock());
  if (verdict.effect != Effect::write) return settle(*errand, outcome_of(verdict));
  send(alive, errand, {.resource_version = version}, [](const Shared& done) {
    done->pace.wrote(done->object, done->clock());
    settle(*done, {"applied", "act"});
  });
}

}  // namespace

Outcome outcome_of(const Verdict& verdict) {
  return {.result = std::string(result_of(verdict.effect)),
          .reason = verdict.reason,
          .evidence = verdict.evidence};
}

void run(const std::shared_ptr<void>& alive, Shared errand) {
  errand->pace.began(errand->object);
  const auto read = errand->read;
  read([alive = Alive(alive), errand = std::move(errand)](const Result<Ground>& ground) {
    if (alive.expired()) return;
    if (!ground) return fail(*errand, "read", ground.error());
    if (!ground->against.empty()) return settle(*errand, {"held", ground->against});
    const std::string version = ground->resource_version;
    send(alive, errand, {.resource_version = version, .dry_run = true},
         [alive, version](const Shared& tried) { write(alive, tried, version); });
  });
}

}  // namespace kernwise::actuate
