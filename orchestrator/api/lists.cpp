// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "orchestrator/api/encode.hpp"
#include "orchestrator/api/metrics.hpp"
#include "orchestrator/api/parameters.hpp"
#include "orchestrator/api/routes.hpp"

namespace kernwise::api {
namespace {

constexpr std::size_t kDefaultItems = 1'000, kMostItems = 10'000;

/// `{"apiVersion","kind","snapshot","items":[...],"remaining":n}`.
class List {
 public:
  List(std::string_view kind, const view::Snapshot& snapshot, std::size_t limit) : limit_(limit) {
    json_.begin_object().member("apiVersion", kApiVersion).member("kind", kind);
    json_.member("snapshot", snapshot.number).member("time", rfc3339(snapshot.made_at));
    json_.key("items").begin_array();
  }

  /// True while there is room; counts what there is not.
  bool room() {
    if (count_++ < limit_) return true;
    ++remaining_;
    return false;
  }
  json::Writer& json() { return json_; }

  http::Response finish() {
    json_.end_array().member("remaining", std::uint64_t{remaining_}).end_object();
    return {.body = json_.take()};
  }

 private:
  json::Writer json_;
  std::size_t limit_, count_ = 0, remaining_ = 0;
};

using Answer = std::function<http::Response(const http::Request&, const view::Snapshot&, Now,
                                            std::size_t limit)>;

http::Route list_route(const char* path, const Sources& sources, const Clock& clock,
                       Answer answer) {
  auto handler = [&view = sources.view, clock,
                  answer = std::move(answer)](const http::Request& request) {
    const auto limit = limit_of(request, kDefaultItems, kMostItems);
    if (!limit) return bad_request(limit.error());
    return answer(request, *view.load(), clock(), *limit);
  };
  return {.method = "GET", .path = path, .handler = http::immediate(std::move(handler))};
}

http::Response nodes(const http::Request&, const view::Snapshot& snapshot, Now now,
                     std::size_t limit) {
  List list("NodeList", snapshot, limit);
  for (const auto& [name, node] : snapshot.nodes) {
    if (list.room()) write(list.json(), *node, now.mono);
  }
  return list.finish();
}

bool is_wanted(const std::string& wanted, const std::string& value) {
  return wanted.empty() || wanted == value;
}

http::Response pods(const http::Request& request, const view::Snapshot& snapshot, Now now,
                    std::size_t limit) {
  const std::string of_namespace = request.parameter("namespace");
  const std::string of_node = request.parameter("node");
  const std::string of_workload = request.parameter("workload");
  const PeerNames names(snapshot, now.mono);
  List list("PodList", snapshot, limit);
  for (const auto& [name, node] : snapshot.nodes) {
    if (!is_wanted(of_node, name)) continue;
    for (const view::Pod& pod : node->pods) {
      if (!is_wanted(of_namespace, pod.pod_namespace)) continue;
      if (!is_wanted(of_workload, pod.workload)) continue;
      if (list.room()) write(list.json(), {node.get(), &pod}, names, now.mono);
    }
  }
  return list.finish();
}

http::Response workloads(const http::Request&, const view::Snapshot& snapshot, Now now,
                         std::size_t limit) {
  List list("WorkloadList", snapshot, limit);
  for (const auto& [name, workload] : view::workloads_of(snapshot, now.mono)) {
    if (list.room()) write(list.json(), workload);
  }
  return list.finish();
}

/// Everything at once: what the page and the graph are drawn from.
http::Response whole_view(const http::Request&, const view::Snapshot& snapshot, Now now,
                          std::size_t limit) {
  const PeerNames names(snapshot, now.mono);
  json::Writer json;
  json.begin_object().member("apiVersion", kApiVersion).member("kind", "View");
  json.member("snapshot", snapshot.number).member("time", rfc3339(snapshot.made_at));
  std::size_t left = limit;
  const auto room = [&left] {
    if (left == 0) return false;
    --left;
    return true;
  };
  json.key("nodes").begin_array();
  for (const auto& [name, node] : snapshot.nodes) {
    if (room()) write(json, *node, now.mono);
  }
  json.end_array().key("pods").begin_array();
  left = limit;
  for (const auto& [name, node] : snapshot.nodes) {
    for (const view::Pod& pod : node->pods) {
      if (room()) write(json, {node.get(), &pod}, names, now.mono);
    }
  }
  json.end_array().key("workloads").begin_array();
  left = limit;
  for (const auto& [name, workload] : view::workloads_of(snapshot, now.mono)) {
    if (room()) write(json, workload);
  }
  json.end_array().key("edges").begin_array();
  left = limit;
  for (const dependencies::Edge& edge : names.edges()) {
    if (room()) write(json, edge);
  }
  json.end_array().end_object();
  return {.body = json.take()};
}

/// The newest decision of every workload; the changes before it are in /v1/history.
Answer decisions(const history::DecisionLog& log) {
  return [&log](const http::Request&, const view::Snapshot& snapshot, Now, std::size_t limit) {
    List list("DecisionList", snapshot, limit);
    for (const auto& [workload, record] : log.latest()) {
      if (list.room()) write(list.json(), record);
    }
    return list.finish();
  };
}

Answer placements(const history::PlacementLog& log) {
  return [&log](const http::Request&, const view::Snapshot& snapshot, Now, std::size_t limit) {
    List list("PlacementList", snapshot, limit);
    const auto& items = log.items();
    for (auto record = items.rbegin(); record != items.rend(); ++record) {
      if (list.room()) write(list.json(), *record);
    }
    return list.finish();
  };
}

/// What is learned of each workload. A pod's annotations come before it.
Answer profiles(const Sources& sources) {
  return [learned = sources.profiles](const http::Request&, const view::Snapshot& snapshot, Now,
                                      std::size_t limit) {
    List list("ProfileList", snapshot, limit);
    const auto book = learned ? learned() : nullptr;
    if (!book) return list.finish();
    for (const auto& [workload, profile] : book->by_workload()) {
      if (!list.room()) continue;
      list.json().begin_object().member("workload", workload);
      write(list.json().key("profile"), profile);
      list.json().end_object();
    }
    return list.finish();
  };
}

}  // namespace

std::vector<http::Route> list_routes(const Sources& sources, const Clock& clock) {
  auto metrics = [sources, clock](const http::Request&) -> http::Response {
    return {.content_type = metrics::kTextFormat, .body = metrics_text(sources, clock().mono)};
  };
  return {{.method = "GET", .path = "/metrics", .handler = http::immediate(std::move(metrics))},
          list_route("/v1/nodes", sources, clock, nodes),
          list_route("/v1/pods", sources, clock, pods),
          list_route("/v1/workloads", sources, clock, workloads),
          list_route("/v1/view", sources, clock, whole_view),
          list_route("/v1/decisions", sources, clock, decisions(sources.decisions)),
          list_route("/v1/profiles", sources, clock, profiles(sources)),
          list_route("/v1/placements", sources, clock, placements(sources.placements))};
}

}  // namespace kernwise::api
