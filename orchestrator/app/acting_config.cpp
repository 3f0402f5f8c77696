// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/app/acting_config.hpp"

#include <algorithm>

namespace kernwise::orchestrator {
namespace {

using options::Settings;

std::chrono::seconds seconds_of(const Settings& settings, const char* key) {
  return std::chrono::ceil<std::chrono::seconds>(
      std::chrono::milliseconds(settings.milliseconds(key)));
}

actuate::Rules rules_of(const Settings& settings) {
  actuate::Rules rules;
  rules.mode = actuate::mode_of(settings.text("scaling.mode")).value_or(rules.mode);
  rules.paused = settings.flag("scaling.paused");
  rules.cooldown_up = seconds_of(settings, "scaling.cooldown_up");
  rules.cooldown_down = seconds_of(settings, "scaling.cooldown_down");
  rules.soft_taints =
      actuate::mode_of(settings.text("soft_taints.mode")).value_or(rules.soft_taints);
  rules.cooldown_node = seconds_of(settings, "soft_taints.cooldown");
  return rules;
}

/// A DNS label: what the API server takes as the name of a namespace or a lease.
Result<std::string> label_of(const Settings& settings, const char* key) {
  const std::string& text = settings.text(key);
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789-";
  const bool clean = text.size() <= 63 && text.find_first_not_of(kAllowed) == std::string::npos &&
                     !text.starts_with('-') && !text.ends_with('-');
  if (clean) return text;
  return invalid(std::string(key) + ": expected at most 63 lower case letters, digits and '-'");
}

std::string said(const options::Environment& environment, const char* name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string() : found->second;
}

/// The first that is not empty.
std::string first_of(const std::vector<std::string>& texts) {
  const auto found =
      std::find_if(texts.begin(), texts.end(), [](const auto& text) { return !text.empty(); });
  return found == texts.end() ? std::string() : *found;
}

}  // namespace

std::vector<options::Option> acting_options() {
  using options::any_text;
  return {
      {"leader.lease_name", "kernwise-orchestrator", any_text(),
       "Lease whose holder may write; one name for all replicas"},
      {"leader.namespace", "", any_text(), "its namespace; empty: that of this pod, else kernwise"},
      {"scaling.mode", "Recommend", options::one_of({"Observe", "Recommend", "Act"}),
       "where neither object nor namespace says (kernwise.io/scaling-mode); stand-alone never "
       "acts"},
      {"scaling.paused", "false", options::boolean(),
       "write to no workload and no node, whatever modes and annotations say"},
      {"scaling.cooldown_up", "15s", options::duration("0s", "10m"),
       "after a write to a workload, before it may get more replicas"},
      {"scaling.cooldown_down", "5m", options::duration("0s", "15m"),
       "after a write to a workload or a change of leader, before it may get fewer"},
      {"scaling.writes_per_minute", "30", options::integer(1, 10'000), "over all workloads"},
      {"soft_taints.mode", "Observe", options::one_of({"Observe", "Recommend", "Act"}),
       "taint contended nodes kernwise.io/contended:PreferNoSchedule, where a Node does not say "
       "(kernwise.io/placement-mode)"},
      {"soft_taints.most", "0.3", options::number(0.01, 0.9), "part of all nodes, at most"},
      {"soft_taints.cooldown", "60s", options::duration("10s", "15m"),
       "after a write to a Node, before the next"},
      {"soft_taints.writes_per_minute", "10", options::integer(1, 10'000), "over all Nodes"},
  };
}

Result<Acting> read_acting(const Settings& settings, const options::Environment& environment) {
  Acting config;
  auto lease = label_of(settings, "leader.lease_name");
  if (!lease) return lease.error();
  if (lease->empty()) return invalid("leader.lease_name: must not be empty");
  config.lease_name = *std::move(lease);
  auto name_space = label_of(settings, "leader.namespace");
  if (!name_space) return name_space.error();
  config.lease_namespace =
      first_of({*name_space, said(environment, "POD_NAMESPACE"), config.lease_namespace});
  config.pod = first_of({said(environment, "POD_NAME"), said(environment, "HOSTNAME"), config.pod});
  config.rules = rules_of(settings);
  config.paces.workloads.writes_per_minute = settings.number("scaling.writes_per_minute");
  config.paces.nodes.writes_per_minute = settings.number("soft_taints.writes_per_minute");
  config.most_tainted = settings.number("soft_taints.most");
  return config;
}

}  // namespace kernwise::orchestrator
