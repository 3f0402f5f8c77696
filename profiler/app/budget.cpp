// SPDX-License-Identifier: Apache-2.0
#include "profiler/app/budget.hpp"

#include "common/base/log.hpp"

namespace kernwise::profiler {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kMeasureFor = 2 * kSecond;
constexpr std::uint64_t kMeasureEvery = 60 * kSecond;

}  // namespace

void Budget::start(std::uint64_t now_ns) {
  closed_ns_ = now_ns;
  measure_since_ns_ = now_ns;
  measure_again_ns_ = now_ns + kMeasureEvery;
  if (sampler_.begin()) return;
  log::info("Program cost is estimated from counts",
            {{"reason", "BPF_ENABLE_STATS is not permitted (CAP_SYS_ADMIN)"}});
}

void Budget::tick(std::uint64_t now_ns) {
  if (sampler_.running()) {
    if (now_ns - measure_since_ns_ >= kMeasureFor) sampler_.end();
    return;
  }
  if (!options_.always || now_ns < measure_again_ns_) return;
  measure_since_ns_ = now_ns;
  measure_again_ns_ = now_ns + kMeasureEvery;
  static_cast<void>(sampler_.begin());
}

void Budget::window_closed(std::uint64_t now_ns, double cores) {
  window_ns_ = sampler_.spent_ns();
  const auto elapsed = now_ns - closed_ns_;
  closed_ns_ = now_ns;
  recent_.add(window_ns_, elapsed, cores);
  const auto cost = recent_.parts();
  if (!cost) return;
  const auto decision =
      sense::turn_valve(state_, {.cost = *cost, .budget = options_.budget, .now_ns = now_ns});
  if (decision.reason.empty()) {
    state_ = decision.state;
  } else {
    turn(decision);
  }
}

void Budget::turn(const sense::ValveDecision& decision) {
  const auto effect = sense::effect_of(decision.state.shed);
  const bool sheds = decision.state.shed.count() > state_.shed.count();
  if (!sheds && !bring_back(effect)) return;
  state_ = decision.state;
  recent_.clear();
  // Who sheds says so first: a program that still runs must not begin what nobody would end.
  counters_.set_valve(effect);
  if (sheds) {
    if (auto turned = programs_.apply(effect); !turned)
      log::warn("Valve turned in part", {{"reason", turned.error().message()}});
  }
  log::warn("Valve turned", {{"step", std::to_string(step())}, {"reason", decision.reason}});
  measure_again_ns_ = decision.state.changed_ns;  // another mix of work, another cost
}

/// False when the kernel would not attach it again: it stays shed, and is tried again.
bool Budget::bring_back(const sense::ValveEffect& effect) {
  auto turned = programs_.apply(effect);
  refused_.clear();
  if (turned) return true;
  refused_ = turned.error().message();
  log::warn("Valve stays", {{"reason", refused_}});
  state_.low_since_ns = 0;
  return false;
}

std::string Budget::degraded() const {
  const auto missing = sense::missing_of(state_.shed);
  if (missing.empty()) return {};
  return "bpf.budget: " + missing + (refused_.empty() ? "" : " (" + refused_ + ")");
}

}  // namespace kernwise::profiler
