// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/app/config.hpp"

#include <utility>

#include "orchestrator/app/kubernetes.hpp"
#include "orchestrator/app/listeners.hpp"

namespace kernwise::orchestrator {
namespace {

using options::Settings;

std::vector<options::Option> feature_options() {
  return {
      {"pods", "", options::any_text(), "YAML list of pods by UID, read again when it changes"},
      {"history.path", "", options::any_text(),
       "SQLite file for decisions and the view; empty keeps decisions in memory only"},
      {"history.rows", "1000000", options::integer(1'000, 100'000'000),
       "entries kept, oldest deleted first"},
      {"history.megabytes", "256", options::integer(1, 100'000), "size the file is held to"},
      {"scaling.interval", "5s", options::duration("100ms", "10m"), "time between decisions"},
      {"scaling.target", "0.7", options::number(0.1, 0.95), "use of its CPU a replica should have"},
      {"scaling.min_replicas", "1", options::integer(1, 10'000), "never recommend fewer"},
      {"scaling.max_replicas", "10", options::integer(1, 10'000), "never recommend more"},
      {"log.level", "info", options::one_of({"debug", "info", "warn", "error"}),
       "lowest level that is logged"},
      {"log.format", "logfmt", options::one_of({"logfmt", "json"}), "form of the log on stderr"},
  };
}

Result<std::string> prefix_of(const Settings& settings) {
  std::string prefix = settings.text("scheduler.prefix");
  while (prefix.ends_with('/')) prefix.pop_back();
  if (!prefix.empty() && !prefix.starts_with('/')) prefix.insert(0, "/");
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./";
  const bool clean = prefix.find_first_not_of(kAllowed) == std::string::npos &&
                     prefix.find("//") == std::string::npos;
  if (!clean || prefix.size() > 128) {
    return invalid("scheduler.prefix: expected a path of letters, digits and -_./");
  }
  return prefix;
}

log::Level level_of(const std::string& text) {
  if (text == "debug") return log::Level::debug;
  if (text == "warn") return log::Level::warn;
  return text == "error" ? log::Level::error : log::Level::info;
}

void read_scaling(const Settings& settings, Config& config) {
  config.scaling_interval = std::chrono::milliseconds(settings.milliseconds("scaling.interval"));
  config.scaling.target_utilisation = settings.number("scaling.target");
  config.scaling_min = static_cast<int>(settings.integer("scaling.min_replicas"));
  config.scaling_max = static_cast<int>(settings.integer("scaling.max_replicas"));
}

void read_rest(const Settings& settings, Config& config) {
  config.pods_file = settings.text("pods");
  config.history_path = settings.text("history.path");
  config.history_rows = settings.integer("history.rows");
  config.history_bytes = settings.integer("history.megabytes") * 1024 * 1024;
  config.log_level = level_of(settings.text("log.level"));
  const bool json = settings.text("log.format") == "json";
  config.log_format = json ? log::Format::json : log::Format::logfmt;
}

}  // namespace

options::Program program() {
  options::Program program{
      .name = "kernwise-orchestrator",
      .summary = "Keeps the view of all nodes, answers kube-scheduler and recommends scaling.",
      .env_prefix = "KERNWISE_ORCHESTRATOR_",
      .table = kubernetes_options()};
  for (auto part : {listener_options(), acting_options(), placement_options(), prometheus_options(),
                    feature_options()}) {
    for (options::Option& option : part) program.table.push_back(std::move(option));
  }
  return program;
}

Result<Config> config_of(const Settings& settings, const options::Environment& environment) {
  Config config;
  if (auto done = read_kubernetes(settings, environment, config); !done) return done.error();
  auto acting = read_acting(settings, environment);
  if (!acting) return acting.error();
  config.acting = *std::move(acting);
  if (!config.kubernetes.enabled && config.acting.rules.mode == actuate::Mode::act) {
    return invalid("scaling.mode: acts only on a cluster; stand-alone can Observe and Recommend");
  }
  if (!config.kubernetes.enabled && config.acting.rules.soft_taints != actuate::Mode::observe) {
    return invalid("soft_taints.mode: there are no Nodes stand-alone, so only Observe");
  }
  if (auto done = read_listeners(settings, config); !done) return done.error();
  auto placement = read_placement(settings);
  if (!placement) return placement.error();
  config.placement = *placement;
  read_rest(settings, config);
  read_scaling(settings, config);
  if (config.scaling_min > config.scaling_max) {
    return invalid("scaling.min_replicas: more than scaling.max_replicas");
  }
  if (config.kubernetes.enabled && !config.pods_file.empty()) {
    return invalid("pods: names come from the cluster; add standalone to take them from a file");
  }
  auto prefix = prefix_of(settings);
  if (!prefix) return prefix.error();
  config.scheduler_prefix = *std::move(prefix);
  auto prometheus = read_prometheus(settings);
  if (!prometheus) return prometheus.error();
  config.prometheus = *std::move(prometheus);
  return config;
}

}  // namespace kernwise::orchestrator
