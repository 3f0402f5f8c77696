// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/app/placement_config.hpp"

#include <array>
#include <charconv>
#include <utility>

#include "extender/placement/tuning.hpp"

namespace kernwise::orchestrator {
namespace {

using placement::Tunable;

std::string shortest(double number) {
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), number).ptr};
}

std::string key_of(const Tunable& tunable) {
  return "placement." + std::string(tunable.name);
}

options::Option option_of(const Tunable& tunable) {
  const std::string fallback = shortest(placement::value_in({}, tunable));
  std::string help(tunable.help);
  if (tunable.unit == Tunable::Unit::seconds) {
    auto check = options::duration(shortest(tunable.low) + "s", shortest(tunable.high) + "s");
    return {key_of(tunable), fallback + "s", std::move(check), std::move(help)};
  }
  help += " (" + shortest(tunable.low) + " to " + shortest(tunable.high) + ")";
  return {key_of(tunable), fallback, options::number(tunable.low, tunable.high), std::move(help)};
}

}  // namespace

std::vector<options::Option> placement_options() {
  std::vector<options::Option> table{
      {"placement.mode", "Act", options::one_of({"Observe", "Recommend", "Act"}),
       "Act answers the scheduler; Observe and Recommend compute, record and have no opinion"},
      {"placement.filter", "false", options::boolean(),
       "let /filter reject nodes whose kernel has reported one contended resource for long"},
      {"placement.pending", "true", options::boolean(),
       "count pods on their way to a node as load there until its reports show them"},
      {"placement.warm_up", "2", options::integer(0, 100),
       "windows after the start of the program without an opinion"},
      {"placement.shape", "spread", options::one_of({"spread", "pack", "protect"}),
       "spread load, pack nodes up to 0.8 of their thresholds, or protect the residents"},
      {"placement.profiles.prometheus", "true", options::boolean(),
       "learn what workloads need from the past, too, where prometheus.url is set"},
      {"placement.profiles.range", "24h", options::duration("10m", "720h"),
       "how far back it is looked there"},
      {"placement.profiles.every", "1h", options::duration("1m", "24h"),
       "time between two looks; the first is at the start"},
  };
  for (const Tunable& tunable : placement::tunables()) table.push_back(option_of(tunable));
  return table;
}

Result<Placement> read_placement(const options::Settings& settings) {
  Placement config;
  const bool acts = settings.text("placement.mode") == "Act";
  config.mode = acts ? protocol::Mode::act : protocol::Mode::observe;
  config.filter = settings.flag("placement.filter");
  config.pending = settings.flag("placement.pending");
  config.warm_up = static_cast<int>(settings.integer("placement.warm_up"));
  config.past = settings.flag("placement.profiles.prometheus");
  config.past_range = std::chrono::duration_cast<std::chrono::minutes>(
      std::chrono::milliseconds(settings.milliseconds("placement.profiles.range")));
  config.past_every = std::chrono::milliseconds(settings.milliseconds("placement.profiles.every"));
  if (!placement::set_shape(config.score, settings.text("placement.shape"))) {
    return invalid("placement.shape: expected spread, pack or protect");
  }
  for (const Tunable& tunable : placement::tunables()) {
    const std::string key = key_of(tunable);
    tunable.in(config.score) = tunable.unit == Tunable::Unit::seconds
                                   ? static_cast<double>(settings.milliseconds(key)) / 1000
                                   : settings.number(key);
  }
  const std::string problem = placement::contradiction_in(config.score);
  if (!problem.empty()) return invalid("placement." + problem);
  return config;
}

}  // namespace kernwise::orchestrator
