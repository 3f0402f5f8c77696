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

options::Option veto_option(const char* name, double fallback, double low, double high,
                            std::string help) {
  help += " (" + shortest(low) + " to " + shortest(high) + ")";
  return {std::string("placement.veto.") + name, shortest(fallback), options::number(low, high),
          std::move(help)};
}

void add_veto_options(std::vector<options::Option>& table) {
  const placement::FilterParams usual;
  table.push_back(veto_option("cpu", usual.hard_limit[0], 0.05, 1,
                              "contention for CPUs over which a node counts as contended for "
                              "/filter and the soft taint, until it is down to two thirds"));
  table.push_back(veto_option("disk", usual.hard_limit[1], 0.05, 1, "the same for its disks"));
  table.push_back(veto_option("memory", usual.hard_limit[2], 0.05, 1,
                              "the same for its memory, until it is down to half"));
  table.push_back({"placement.veto.windows", std::to_string(usual.windows),
                   options::integer(1, 1'000), "reports in a row that must say so"});
  table.push_back(veto_option("mix", usual.min_mix, 0, 1,
                              "part of a pod's time on that resource from which it is rejected"));
  table.push_back(veto_option("kept", usual.min_kept_part, 0.01, 1,
                              "part of the candidates that is always kept"));
}

placement::FilterParams read_filter(const options::Settings& settings) {
  const placement::FilterParams usual;
  placement::FilterParams filter;
  filter.enabled = settings.flag("placement.filter");
  filter.hard_limit = {settings.number("placement.veto.cpu"),
                       settings.number("placement.veto.disk"),
                       settings.number("placement.veto.memory")};
  for (std::size_t r = 0; r < placement::kResources; ++r) {
    // The same part of the limit as by default.
    filter.recovered[r] = usual.recovered[r] / usual.hard_limit[r] * filter.hard_limit[r];
  }
  filter.windows = static_cast<std::uint16_t>(settings.integer("placement.veto.windows"));
  filter.min_mix = settings.number("placement.veto.mix");
  filter.min_kept_part = settings.number("placement.veto.kept");
  return filter;
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
  add_veto_options(table);
  return table;
}

Result<Placement> read_placement(const options::Settings& settings) {
  Placement config;
  const bool acts = settings.text("placement.mode") == "Act";
  config.mode = acts ? protocol::Mode::act : protocol::Mode::observe;
  config.filter = read_filter(settings);
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
