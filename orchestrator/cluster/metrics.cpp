// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/cluster/metrics.hpp"

#include <array>
#include <iterator>
#include <utility>

namespace kernwise::cluster {
namespace {

using metrics::Type;

struct Metric {
  metrics::Definition definition;
  std::optional<double> (*value)(const WatchState& watch);
};

const std::array<Metric, 7>& table() {
  static const std::array<Metric, 7> all{{
      {{"kernwise_kube_objects", "Objects of the cluster that are kept.", Type::gauge},
       [](const WatchState& watch) { return std::optional<double>(watch.objects); }},
      {{"kernwise_kube_age_seconds",
        "Time since the watch was last known to be up to date; absent before its first list.",
        Type::gauge},
       [](const WatchState& watch) { return watch.age_seconds; }},
      {{"kernwise_kube_lists_total", "Complete lists.", Type::counter},
       [](const WatchState& watch) { return std::optional<double>(watch.counts.lists); }},
      {{"kernwise_kube_restarts_total", "Lists and watches that failed.", Type::counter},
       [](const WatchState& watch) { return std::optional<double>(watch.counts.restarts); }},
      {{"kernwise_kube_events_total", "Events of the watch.", Type::counter},
       [](const WatchState& watch) { return std::optional<double>(watch.counts.events); }},
      {{"kernwise_kube_skipped_total",
        "Objects and events that could not be read, or were too many.", Type::counter},
       [](const WatchState& watch) { return std::optional<double>(watch.counts.skipped); }},
      {{"kernwise_kube_received_bytes_total", "Bytes of lists and watches.", Type::counter},
       [](const WatchState& watch) { return std::optional<double>(watch.counts.bytes); }},
  }};
  return all;
}

}  // namespace

WatchFamilies::WatchFamilies() {
  for (const Metric& metric : table()) families_.push_back({metric.definition, {}});
}

void WatchFamilies::add(const WatchState& watch) {
  for (std::size_t at = 0; at < families_.size(); ++at) {
    const auto value = table()[at].value(watch);
    if (!value) continue;
    families_[at].samples.push_back({.labels = {{"resource", watch.resource}}, .value = *value});
  }
}

void WatchFamilies::move_to(std::vector<metrics::Family>& families) {
  std::move(families_.begin(), families_.end(), std::back_inserter(families));
}

}  // namespace kernwise::cluster
