// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/actuate/node_marks.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace kernwise::actuate {
namespace {

using Names = std::set<std::string, std::less<>>;

bool is_ours(const kube::Taint& taint) {
  return taint.key == kContended && taint.effect == kPreferNoSchedule;
}

/// Where every node is marked no mark says anything.
std::size_t most_tainted(std::size_t nodes, const MarkRules& rules) {
  if (nodes < 2) return 0;
  const double part = std::clamp(rules.most_part, 0.0, 1.0) * static_cast<double>(nodes);
  return std::clamp<std::size_t>(static_cast<std::size_t>(part + 1e-9), 1, nodes - 1);
}

/// Positions of the nodes that shall be tainted.
std::set<std::size_t> chosen(std::span<const NodeLook> nodes, const MarkRules& rules) {
  std::vector<std::size_t> wanted;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].has_data && nodes[i].contended) wanted.push_back(i);
  }
  const auto rank = [&](std::size_t i) {
    return std::tuple(!nodes[i].tainted, -nodes[i].contended->excess,
                      std::string_view(nodes[i].name));
  };
  std::ranges::sort(wanted, {}, rank);
  wanted.resize(std::min(wanted.size(), most_tainted(nodes.size(), rules)));
  return {wanted.begin(), wanted.end()};
}

void remember(std::span<const NodeLook> nodes, const MarkRules& rules, MarkMemory& memory) {
  Names contended, cooled;
  for (const NodeLook& node : nodes) {
    if (!rules.wake) break;
    const bool was = memory.contended.contains(node.name);
    const bool unsaid = memory.cooled.contains(node.name);
    const bool is = node.has_data ? node.contended.has_value() : was;
    if (is) contended.insert(node.name);
    if (!is && (was || unsaid)) cooled.insert(node.name);
  }
  memory = {std::move(contended), std::move(cooled)};
}

std::string why_untaint(const NodeLook& node) {
  if (!node.acts) return "switched_off";
  return node.has_data ? "cooled" : "no_data";
}

std::string resource_name(placement::Resource resource) {
  return std::string(placement::name_of(resource));
}

}  // namespace

std::string_view name_of(NodeAction action) {
  switch (action) {
    case NodeAction::taint:
      return "taint";
    case NodeAction::untaint:
      return "untaint";
    case NodeAction::touch:
      return "touch";
  }
  return "touch";
}

bool is_tainted(const kube::Node& node) {
  return std::ranges::any_of(node.taints, is_ours);
}

std::optional<Contended> contended_for_long(const placement::NodeRow& row,
                                            const placement::FilterParams& params) {
  std::optional<Contended> worst;
  for (std::size_t r = 0; r < placement::kResources; ++r) {
    const auto resource = static_cast<placement::Resource>(r);
    const double excess = row.contention[r] - params.hard_limit[r];
    if (!placement::over_for_long(row, resource, params)) continue;
    if (!worst || excess > worst->excess) worst = Contended{resource, excess};
  }
  return worst;
}

std::vector<NodeIntent> mark(std::span<const NodeLook> nodes, const MarkRules& rules,
                             MarkMemory& memory) {
  remember(nodes, rules, memory);
  const auto wanted = chosen(nodes, rules);
  std::vector<NodeIntent> intents;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const NodeLook& node = nodes[i];
    const bool stays = node.acts && node.has_data && node.contended;
    if (node.tainted && !stays) {
      intents.push_back({NodeAction::untaint, node.name, {}, why_untaint(node)});
    } else if (!node.tainted && wanted.contains(i)) {
      intents.push_back(
          {NodeAction::taint, node.name, resource_name(node.contended->resource), "contended"});
    } else if (memory.cooled.contains(node.name)) {
      intents.push_back({NodeAction::touch, node.name, {}, "cooled"});
    }
  }
  return intents;
}

std::optional<std::vector<kube::Taint>> changed(std::vector<kube::Taint> taints,
                                                const NodeIntent& intent) {
  const auto ours = std::ranges::find_if(taints, is_ours);
  const bool there = ours != taints.end();
  if (there == (intent.action == NodeAction::taint)) return std::nullopt;
  if (there) {
    std::erase_if(taints, is_ours);
  } else {
    taints.push_back({.key = kContended, .value = intent.resource, .effect = kPreferNoSchedule});
  }
  return taints;
}

}  // namespace kernwise::actuate
