// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/api/metrics.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "common/base/version.hpp"

namespace kernwise::api {
namespace {

using metrics::Family;

const std::vector<double>& duration_bounds() {
  static const std::vector<double> bounds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                          0.05,   0.1,   0.2,    0.5,   1};
  return bounds;
}

/// The verb of a scheduler route, below whatever prefix; empty for other routes.
std::string_view verb_of(std::string_view route) {
  for (const std::string_view verb : {"filter", "prioritize"}) {
    if (route.ends_with(std::string("/").append(verb))) return verb;
  }
  return route.ends_with("/prioritize/relative") ? "relative" : std::string_view();
}

Family gauge(const metrics::Definition& definition, double value, metrics::Labels labels = {}) {
  return {definition, {{.labels = std::move(labels), .value = value}}};
}

void add_nodes(std::vector<Family>& families, const view::Snapshot& snapshot, MonoTime now) {
  Family ages{metric::kDataAge, {}};
  double fresh = 0;
  for (const auto& [name, node] : snapshot.nodes) {
    ages.samples.push_back({.labels = {{"node", name}}, .value = node->age_seconds(now)});
    if (node->fresh(now)) ++fresh;
  }
  const double all = static_cast<double>(snapshot.nodes.size());
  families.push_back({metric::kNodes,
                      {{.labels = {{"data", "fresh"}}, .value = fresh},
                       {.labels = {{"data", "stale"}}, .value = all - fresh}}});
  // Last: with more nodes than series fit, the others are complete.
  families.push_back(std::move(ages));
}

void add_pods(std::vector<Family>& families, const view::Snapshot& snapshot, MonoTime now) {
  std::array<double, kVerdictCount> counts{};
  for (const auto& [name, node] : snapshot.nodes) {
    for (const view::Pod& pod : node->pods) {
      ++counts[static_cast<std::size_t>(view::verdict_of(pod, *node, now))];
    }
  }
  Family pods{metric::kPods, {}};
  for (std::size_t at = 0; at < counts.size(); ++at) {
    const std::string verdict(name_of(static_cast<Verdict>(at)));
    pods.samples.push_back({.labels = {{"verdict", verdict}}, .value = counts[at]});
  }
  families.push_back(std::move(pods));
}

void add_scaling(std::vector<Family>& families, const history::DecisionLog& decisions) {
  std::map<std::string_view, double> counts{
      {"scale_up", 0}, {"scale_down", 0}, {"hold", 0}, {"redirect", 0}};
  for (const auto& [workload, record] : decisions.latest()) {
    ++counts[name_of(record.decision.action)];
  }
  Family wanted{metric::kWanted, {}};
  for (const auto& [action, count] : counts) {
    wanted.samples.push_back({.labels = {{"action", std::string(action)}}, .value = count});
  }
  families.push_back(std::move(wanted));
}

void add_history(std::vector<Family>& families, const history::Store* store) {
  const double written = store == nullptr ? 0 : static_cast<double>(store->written());
  const double dropped = store == nullptr ? 0 : static_cast<double>(store->dropped());
  families.push_back(gauge(metric::kHistoryWritten, written));
  families.push_back(gauge(metric::kHistoryDropped, dropped));
}

/// Series of one listener by route and status code, found once each.
class RequestCounts {
 public:
  RequestCounts(metrics::Registry& registry, std::string listener)
      : registry_(registry), listener_(std::move(listener)) {}

  void count(std::string_view route, int status, double seconds) {
    const Series& series = of(route, status);
    series.requests.add();
    series.duration.observe(seconds);
  }

 private:
  struct Series {
    std::string route;
    int status = 0;
    metrics::Counter requests = {};
    metrics::Histogram duration = {};  ///< of the scheduler's verbs; without effect for others
  };

  /// Routes are the program's own patterns and codes are few, so the list stays short.
  const Series& of(std::string_view route, int status) {
    const auto known = std::find_if(series_.begin(), series_.end(), [&](const Series& one) {
      return one.status == status && one.route == route;
    });
    return known != series_.end() ? *known : series_.emplace_back(make(route, status));
  }

  Series make(std::string_view route, int status) {
    const std::string code = std::to_string(status);
    // What the gate refused has no route; its target is the client's word and no label.
    const std::string shown(route.empty() ? "none" : route);
    Series series{.route = std::string(route), .status = status};
    series.requests = registry_.counter(
        metric::kRequests, {{"listener", listener_}, {"route", shown}, {"code", code}});
    const std::string verb(verb_of(route));
    if (verb.empty()) return series;
    series.duration = registry_.histogram(metric::kRequestDuration,
                                          {{"verb", verb}, {"code", code}}, duration_bounds());
    return series;
  }

  metrics::Registry& registry_;
  std::string listener_;
  std::vector<Series> series_;
};

}  // namespace

http::Observer request_counter(metrics::Registry& registry, std::string listener) {
  const auto counts = std::make_shared<RequestCounts>(registry, std::move(listener));
  return [counts](std::string_view route, int status, std::chrono::nanoseconds spent) {
    counts->count(route, status, std::chrono::duration<double>(spent).count());
  };
}

std::string metrics_text(const Sources& sources, MonoTime now) {
  const auto snapshot = sources.view.load();
  std::vector<Family> families = sources.registry.collect();
  families.push_back(gauge(metric::kBuildInfo, 1, {{"version", std::string(version())}}));
  families.push_back(gauge(metric::kSnapshot, static_cast<double>(snapshot->number)));
  families.push_back(gauge(metric::kPendingPods, static_cast<double>(snapshot->bound->size())));
  add_scaling(families, sources.decisions);
  add_history(families, sources.store);
  if (sources.more_metrics) sources.more_metrics(families, now);
  add_pods(families, *snapshot, now);
  add_nodes(families, *snapshot, now);
  std::uint64_t dropped = 0;
  std::string text = metrics::serialise(families, {}, &dropped);
  text += metrics::serialise({gauge(metric::kDroppedSeries, static_cast<double>(dropped))}, {});
  return text;
}

}  // namespace kernwise::api
