// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/scaling/decide.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "orchestrator/scaling/size.hpp"

namespace kernwise::scaling {
namespace {

Decision hold(const WorkloadState& state, std::string reason, std::vector<std::string> evidence) {
  return {.workload = state.workload,
          .action = Action::hold,
          .target = state.workload,
          .from = state.replicas,
          .to = state.replicas,
          .reason = std::move(reason),
          .evidence = std::move(evidence)};
}

Decision change(const WorkloadState& state, int to, std::string reason,
                std::vector<std::string> evidence) {
  Decision decision = hold(state, std::move(reason), std::move(evidence));
  decision.action = to > state.replicas ? Action::scale_up : Action::scale_down;
  decision.to = to;
  return decision;
}

/// Evidence that the bound and not the need decided.
void note_bound(std::vector<std::string>& evidence, int wanted, int granted, const char* bound) {
  if (wanted != granted) evidence.push_back(line("%d instead of %d: %s", granted, wanted, bound));
}

/// Up by at least one replica, by at most the step, never above the maximum.
Decision scale_up(const WorkloadState& state, const Params& params) {
  const std::string reason(name_of(state.verdict));
  const Size size = size_of(state, params, offered_load(state, params));
  std::vector<std::string> evidence{describe_offered(state, params, size),
                                    describe_wanted(state, params, size)};
  if (state.replicas >= state.max_replicas) {
    evidence.push_back(line("maximum of %d replicas reached", state.max_replicas));
    return hold(state, "at_maximum", std::move(evidence));
  }
  const double step = std::min(std::floor(state.replicas * std::max(params.max_step_up, 1.0)), 1e9);
  const int most = std::max(static_cast<int>(step), state.replicas + 1);
  const int wanted = std::max(size.wanted, state.replicas + 1);
  const int to = std::min({wanted, most, state.max_replicas});
  note_bound(evidence, wanted, to, to == state.max_replicas ? "maximum" : "step bound");
  return change(state, to, reason, std::move(evidence));
}

/// A queue that grows while the CPU is free: threads or connections limit it, so one more helps.
Decision scale_for_backlog(const WorkloadState& state) {
  std::vector<std::string> evidence{
      line("%.1f requests in flight, %.2f cores used", state.queued_requests, state.used_cores)};
  if (state.replicas >= state.max_replicas) {
    evidence.push_back(line("maximum of %d replicas reached", state.max_replicas));
    return hold(state, "at_maximum", std::move(evidence));
  }
  return change(state, state.replicas + 1, "backlog", std::move(evidence));
}

/// Idle and steady workloads shrink to what they need, never below their minimum or one.
Decision scale_down_if_low(const WorkloadState& state, const Params& params) {
  const std::string verdict(name_of(state.verdict));
  Offered offered = offered_load(state, params);
  // Work that no request brings (timers, rebuilding caches) must not be taken away either.
  if (state.used_cores > offered.cores) offered = {state.used_cores, false};
  const Size size = size_of(state, params, offered);
  std::vector<std::string> evidence{describe_offered(state, params, size),
                                    describe_wanted(state, params, size)};
  const bool low = size.wanted > 0 && size.wanted < state.replicas &&
                   size.utilisation < params.target_utilisation * (1 - params.tolerance);
  if (!low) return hold(state, verdict, std::move(evidence));
  const int least = std::max(state.min_replicas, 1);
  if (state.replicas <= least) {
    evidence.push_back(line("minimum of %d replicas reached", least));
    return hold(state, "at_minimum", std::move(evidence));
  }
  const int to = std::max(size.wanted, least);
  note_bound(evidence, size.wanted, to, "minimum");
  return change(state, to, "low_use", std::move(evidence));
}

/// Whether more of that workload can shorten the wait. A disk, a lock or memory is shared by its
/// replicas, and what is unknown is not acted on.
bool may_be_scaled(Verdict verdict) {
  switch (verdict) {
    case Verdict::cpu_saturated:
    case Verdict::cpu_throttled:
    case Verdict::noisy_neighbour:
    case Verdict::backlog:
    case Verdict::steady:
    case Verdict::idle:
      return true;
    default:
      return false;
  }
}

/// ` through a, b` for a wait that begins at `a` and ends at the workload.
std::string by_way_of(const Downstream& cause) {
  std::string text;
  for (const std::string& step : cause.path) {
    if (step == cause.workload) break;
    text.append(text.empty() ? " through " : ", ").append(step);
  }
  return text;
}

Decision redirect(const WorkloadState& state, const Params& params) {
  if (state.downstream.empty()) {
    return hold(state, "external_dependency", {"no peer of this wait is known"});
  }
  const Downstream& cause = state.downstream.front();
  const std::string& shown = cause.workload.empty() ? cause.address : cause.workload;
  std::vector<std::string> evidence{line("%.0f %% of the time blocked on ", 100 * cause.blocked) +
                                    shown + by_way_of(cause)};
  if (!(cause.blocked >= params.redirect_blocked)) {
    evidence.push_back(line("no single dependency reaches %.0f %%", 100 * params.redirect_blocked));
    return hold(state, "downstream_wait", std::move(evidence));
  }
  if (cause.workload.empty() || cause.workload == state.workload) {
    return hold(state, "external_dependency", std::move(evidence));
  }
  const std::string verdict(name_of(cause.verdict));
  evidence.push_back(cause.workload + " is " + verdict);
  // The walk along the dependencies ended at somebody who waits too: the end is not in sight.
  if (cause.verdict == Verdict::downstream_wait) {
    return hold(state, "external_dependency", std::move(evidence));
  }
  if (!may_be_scaled(cause.verdict)) {
    return hold(state, "downstream_" + verdict, std::move(evidence));
  }
  Decision decision = hold(state, "downstream_wait", std::move(evidence));
  decision.action = Action::redirect;
  decision.target = cause.workload;
  return decision;
}

/// More replicas would not help, or would make it worse: what the numbers say.
Decision stay(const WorkloadState& state) {
  return hold(state, std::string(name_of(state.verdict)),
              {line("demand %.2f cores, used %.2f cores", state.demand_cores, state.used_cores)});
}

/// Doubt freezes: no value when the data may be acted on.
std::optional<Decision> frozen(const WorkloadState& state, const Params& params) {
  if (state.replicas < 1) return hold(state, "no_replicas", {});
  // Written so that a value that is not a number counts as stale.
  const bool fresh = state.data_age_seconds <= params.fresh_seconds;
  const bool covered = state.coverage >= params.min_coverage;
  if (!fresh || !covered) {
    return hold(state, "stale_data",
                {line("newest data %.0f s old (at most %.0f s)", state.data_age_seconds,
                      params.fresh_seconds),
                 line("%.0f %% of the pods with fresh data (at least %.0f %%)",
                      100 * state.coverage, 100 * params.min_coverage)});
  }
  if (state.verdict == Verdict::unknown) return hold(state, "unknown", {});
  return std::nullopt;
}

}  // namespace

std::string_view name_of(Action action) {
  switch (action) {
    case Action::scale_up:
      return "scale_up";
    case Action::scale_down:
      return "scale_down";
    case Action::hold:
      return "hold";
    case Action::redirect:
      return "redirect";
  }
  return "hold";
}

Decision decide(const WorkloadState& state, const Params& params) {
  if (auto decision = frozen(state, params)) return *std::move(decision);
  switch (state.verdict) {
    case Verdict::cpu_saturated:
      return scale_up(state, params);
    case Verdict::backlog:
      return scale_for_backlog(state);
    case Verdict::downstream_wait:
      return redirect(state, params);
    case Verdict::idle:
    case Verdict::steady:
      return scale_down_if_low(state, params);
    case Verdict::unknown:
    case Verdict::memory_pressure:
    case Verdict::cpu_throttled:
    case Verdict::noisy_neighbour:
    case Verdict::disk_bound:
    case Verdict::lock_bound:
      break;
  }
  return stay(state);
}

}  // namespace kernwise::scaling
