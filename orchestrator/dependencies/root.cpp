// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/dependencies/root.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <utility>

#include "orchestrator/dependencies/components.hpp"

namespace kernwise::dependencies {
namespace {

constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

/// One workload, or several that wait for each other in a circle.
struct Component {
  std::size_t representative = kNone;  ///< its most saturated vertex
  double saturation = 0;
  std::map<std::size_t, double> waits;  ///< by callee component, part of its time
  double waiting = 0;                   ///< sum of `waits`, at most 1
  double blame = 0;
  std::size_t depth = 0;
};

struct Candidate {
  std::size_t component = kNone;
  double own = 0;
};

class Walk {
 public:
  Walk(std::span<const Edge> edges, const Saturation& saturation, const RootParams& params)
      : edges_(edges), saturation_(saturation), params_(params) {
    for (const Edge& edge : edges_) connect(edge);
    component_of_ = components_of(neighbours_);
    condense();
  }

  std::optional<Root> from(std::string_view start) {
    const auto known = vertex_of_.find(start);
    if (known == vertex_of_.end()) return std::nullopt;
    const std::size_t first = component_of_[known->second];
    spread(first);
    const Candidate best = pick(first);
    if (best.component == kNone) return std::nullopt;
    const std::size_t root = components_[best.component].representative;
    return Root{std::string(names_[root]), best.own, path(known->second, root)};
  }

 private:
  std::size_t vertex(std::string_view name) {
    const auto [entry, added] = vertex_of_.try_emplace(name, names_.size());
    if (added) {
      names_.push_back(name);
      neighbours_.emplace_back();
    }
    return entry->second;
  }

  /// Peers outside have no vertex: their part of the time stays with the caller as waiting.
  void connect(const Edge& edge) {
    const std::size_t caller = vertex(edge.from);
    if (edge.to.empty()) return;
    const std::size_t callee = vertex(edge.to);
    neighbours_[caller].push_back(callee);
  }

  double saturation_of(std::size_t vertex) const {
    const auto found = saturation_.find(names_[vertex]);
    return found == saturation_.end() ? 0 : std::clamp(found->second, 0.0, 1.0);
  }

  void condense() {
    std::size_t count = 0;
    for (const std::size_t component : component_of_) count = std::max(count, component + 1);
    components_.resize(count);
    for (std::size_t vertex = 0; vertex < names_.size(); ++vertex) {
      Component& component = components_[component_of_[vertex]];
      const double saturation = saturation_of(vertex);
      if (component.representative != kNone && saturation <= component.saturation) continue;
      component.representative = vertex;
      component.saturation = saturation;
    }
    for (const Edge& edge : edges_) add_wait(edge);
    for (Component& component : components_) limit(component);
  }

  void add_wait(const Edge& edge) {
    const std::size_t from = component_of_[vertex_of_.at(edge.from)];
    const double blocked = std::clamp(edge.blocked, 0.0, 1.0);
    if (edge.to.empty()) {
      components_[from].waiting += blocked;
      return;
    }
    const std::size_t to = component_of_[vertex_of_.at(edge.to)];
    if (from == to) return;
    components_[from].waits[to] += blocked;
    components_[from].waiting += blocked;
  }

  /// Nobody waits longer than the time there is.
  static void limit(Component& component) {
    if (component.waiting <= 1) return;
    for (auto& [callee, wait] : component.waits) wait /= component.waiting;
    component.waiting = 1;
  }

  /// Blame flows from callers to callees; components are numbered callees first.
  void spread(std::size_t first) {
    components_[first].blame = 1;
    for (std::size_t at = first + 1; at-- > 0;) {
      const Component& caller = components_[at];
      if (caller.blame <= 0) continue;
      for (const auto& [callee, wait] : caller.waits) {
        components_[callee].blame += caller.blame * wait;
        components_[callee].depth = std::max(components_[callee].depth, caller.depth + 1);
      }
    }
  }

  bool is_victim(const Component& component) const {
    return std::any_of(component.waits.begin(), component.waits.end(), [&](const auto& wait) {
      return wait.second >= params_.passes_on &&
             components_[wait.first].saturation >= params_.saturated;
    });
  }

  Candidate pick(std::size_t first) const {
    Candidate best;
    for (std::size_t at = first + 1; at-- > 0;) {
      const Component& component = components_[at];
      const double own = component.blame * std::max(component.saturation, 1 - component.waiting);
      if (component.saturation < params_.saturated || own < params_.min_blame) continue;
      if (is_victim(component)) continue;
      if (best.component == kNone || beats(component, own, best)) best = {at, own};
    }
    return best;
  }

  bool beats(const Component& component, double own, const Candidate& best) const {
    const bool tie = std::abs(own - best.own) <= params_.tie * std::max(own, best.own);
    if (tie) return component.depth > components_[best.component].depth;
    return own > best.own;
  }

  /// The shortest chain of calls from `start` to `root`.
  std::vector<std::string> path(std::size_t start, std::size_t root) const {
    std::vector<std::size_t> came_from(names_.size(), kNone);
    std::deque<std::size_t> open{start};
    came_from[start] = start;
    while (!open.empty() && came_from[root] == kNone) {
      const std::size_t at = open.front();
      open.pop_front();
      for (const std::size_t next : neighbours_[at]) {
        if (came_from[next] != kNone) continue;
        came_from[next] = at;
        open.push_back(next);
      }
    }
    std::vector<std::string> names{std::string(names_[root])};
    for (std::size_t at = root; at != start; at = came_from[at]) {
      names.emplace_back(names_[came_from[at]]);
    }
    std::reverse(names.begin(), names.end());
    return names;
  }

  std::span<const Edge> edges_;
  const Saturation& saturation_;
  const RootParams& params_;
  std::map<std::string_view, std::size_t, std::less<>> vertex_of_;
  std::vector<std::string_view> names_;
  Adjacency neighbours_;
  std::vector<std::size_t> component_of_;
  std::vector<Component> components_;
};

}  // namespace

std::optional<Root> root_of(std::string_view start, std::span<const Edge> edges,
                            const Saturation& saturation, const RootParams& params) {
  return Walk(edges, saturation, params).from(start);
}

}  // namespace kernwise::dependencies
