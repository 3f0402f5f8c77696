// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/api/scheduler_routes.hpp"

#include <memory>
#include <utility>

namespace kernwise::api {
namespace {

/// Shared by the three verbs; used by the listener's thread only.
struct Desk {
  const view::Published& view;
  SchedulerOptions options;
  Clock clock;
  PlacementObserver observer;
  protocol::Service service;
};

using Verb = std::string (protocol::Service::*)(const protocol::Body&, const protocol::Cluster&,
                                                protocol::Outcome&);

http::Route route(const std::shared_ptr<Desk>& desk, const char* path, const char* name,
                  Verb verb) {
  auto handler = [desk, name, verb](const http::Request& request, const http::Respond& respond) {
    const std::shared_ptr<const view::Snapshot> snapshot = desk->view.load();
    const protocol::Cluster cluster{
        .nodes = snapshot->table,
        .profiles = *snapshot->profiles,
        .snapshot = snapshot->number,
        .elapsed_seconds = Seconds(desk->clock().mono - snapshot->made).count(),
        .mode = desk->options.mode,
        .score = desk->options.score,
        .filter = desk->options.filter};
    protocol::Outcome outcome;
    std::string body = (desk->service.*verb)(protocol::Body(request.body), cluster, outcome);
    respond({.status = outcome.status, .body = std::move(body)});
    desk->observer(name, std::move(outcome));
  };
  return {.method = "POST",
          .path = desk->options.prefix + path,
          .max_body = protocol::kMaxBodyBytes,
          .handler = std::move(handler)};
}

}  // namespace

std::vector<http::Route> scheduler_routes(const view::Published& view, SchedulerOptions options,
                                          const Clock& clock, PlacementObserver observer) {
  const auto desk =
      std::make_shared<Desk>(Desk{view, std::move(options), clock, std::move(observer), {}});
  return {route(desk, "/filter", "filter", &protocol::Service::filter),
          route(desk, "/prioritize", "prioritize", &protocol::Service::prioritize),
          route(desk, "/prioritize/relative", "relative", &protocol::Service::prioritize_relative)};
}

}  // namespace kernwise::api
