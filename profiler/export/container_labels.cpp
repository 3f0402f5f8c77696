// SPDX-License-Identifier: Apache-2.0
#include "profiler/export/container_labels.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <set>
#include <tuple>

#include "common/base/utf8.hpp"
#include "profiler/export/display.hpp"

namespace kernwise::profiler {

std::vector<metrics::Labels> container_labels(const report::Report& report) {
  const auto& containers = report.containers;
  // Cgroup ids only grow, so the youngest comes first.
  std::vector<std::size_t> order(containers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const auto of_a = containers[a].cgroup_id;
    const auto of_b = containers[b].cgroup_id;
    return of_a != of_b ? of_a > of_b : a < b;
  });

  using Key = std::tuple<std::string, std::string, std::string>;
  std::set<Key> taken;
  std::vector<Shown> names;
  names.reserve(containers.size());
  for (const auto& container : containers) names.push_back(shown(container));
  std::vector<std::size_t> doubled;
  const auto take = [&](const Shown& name) {
    return taken.insert({name.pod_namespace, name.pod, name.container}).second;
  };
  for (const std::size_t i : order) {
    if (!take(names[i])) doubled.push_back(i);
  }
  for (const std::size_t i : doubled) {
    // Within the guard's limit, so that cutting cannot make two of them the same again.
    const std::string id = "~" + std::to_string(containers[i].cgroup_id);
    const std::string stem = printable(names[i].container, 200);
    names[i].container = stem + id;
    for (int again = 2; !take(names[i]); ++again) {
      names[i].container = stem + id + "." + std::to_string(again);
    }
  }

  std::vector<metrics::Labels> labels;
  labels.reserve(names.size());
  for (const auto& name : names) {
    labels.push_back({{"namespace", name.pod_namespace},
                      {"pod", name.pod},
                      {"container", name.container},
                      {"node", report.node}});
  }
  return labels;
}

}  // namespace kernwise::profiler
