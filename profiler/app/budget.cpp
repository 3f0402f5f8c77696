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
  const double spent = sampler_.spent_ns();
  const auto elapsed = now_ns - closed_ns_;
  window_ns_ = static_cast<std::uint64_t>(spent);
  closed_ns_ = now_ns;
  if (cores <= 0 || elapsed == 0) return;
  auto decision = sense::turn_valve(state_, {.cost = spent / static_cast<double>(elapsed) / cores,
                                             .budget = options_.budget,
                                             .now_ns = now_ns});
  const bool moved = decision.state.step != state_.step;
  state_ = decision.state;
  if (!moved) return;
  counters_.set_valve(sense::effect_of(state_.step));
  log::warn("Valve turned", {{"step", std::to_string(step())}, {"reason", decision.reason}});
  measure_again_ns_ = now_ns;  // another mix of work, another cost
}

std::string Budget::degraded() const {
  const auto missing = sense::missing_at(state_.step);
  return missing.empty() ? std::string() : "bpf.budget: " + std::string(missing);
}

}  // namespace kernwise::profiler
