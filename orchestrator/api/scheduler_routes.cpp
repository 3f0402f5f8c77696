// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/api/scheduler_routes.hpp"

#include <memory>
#include <utility>

#include "extender/pending/speculation.hpp"
#include "extender/protocol/overload.hpp"
#include "orchestrator/view/names.hpp"

namespace kernwise::api {
namespace {

/// Shared by the three verbs; used by the listener's thread only.
struct Desk {
  Desk(const view::Published& shown, SchedulerOptions chosen, Clock time, PlacementObserver told)
      : view(shown),
        options(std::move(chosen)),
        clock(std::move(time)),
        observer(std::move(told)) {}

  const view::Published& view;
  SchedulerOptions options;
  Clock clock;
  PlacementObserver observer;
  protocol::Service service;
  pending::Speculation speculation;
  protocol::Overload overload;

  bool overloaded(MonoTime now) {
    const bool is = overload.at(now);
    if (options.overloaded) options.overloaded->store(is, std::memory_order_relaxed);
    return is;
  }
};

template <class Answer>
using Verb = Answer (protocol::Service::*)(std::string_view, const protocol::Cluster&,
                                           protocol::Outcome&, std::string);

http::Response response(int status, std::string body) {
  return {.status = status, .body = std::move(body)};
}
http::Response response(int status, Quoted body) {
  return {.status = status, .body = std::move(body.text), .quotes = std::move(body.quotes)};
}

template <class Answer>
http::Route route(const std::shared_ptr<Desk>& desk, const char* path, const char* name,
                  Verb<Answer> verb) {
  auto handler = [desk, name, verb](const http::Request& request, const http::Respond& respond) {
    const std::shared_ptr<const view::Snapshot> snapshot = desk->view.load();
    const MonoTime now = desk->clock().mono;
    pending::Speculation* const speculation = desk->options.pending ? &desk->speculation : nullptr;
    desk->speculation.advance(
        snapshot->table, now,
        [&bound = *snapshot->bound](std::string_view uid) { return bound.contains(uid); });
    const protocol::Cluster cluster{
        .nodes = snapshot->table,
        .profiles = *snapshot->profiles,
        .snapshot = snapshot->number,
        .elapsed_seconds = Seconds(now - snapshot->made).count(),
        .speculation = speculation,
        .mode = desk->options.mode,
        .score = desk->options.score,
        .filter = desk->options.filter,
        .overloaded = desk->overloaded(now),
        .warming_up = snapshot->windows_since_start(now) < desk->options.warm_up,
        .inherited = [&names = *snapshot->names](const auto& pod, std::string_view key) {
          return view::word_of(pod, names, key);
        }};
    protocol::Outcome outcome;
    Answer answer = (desk->service.*verb)(request.body, cluster, outcome, std::move(request.spare));
    const int status = outcome.status;
    // Before the answer goes: whoever has it can ask why.
    desk->observer(name, std::move(outcome));
    respond(response(status, std::move(answer)));
    desk->overload.spent(now, desk->clock().mono);
  };
  return {.method = "POST",
          .path = desk->options.prefix + path,
          .max_body = protocol::kMaxBodyBytes,
          .handler = std::move(handler)};
}

/// A verb that kube-scheduler can be told to call and that is not ours: refused, and recorded with
/// what to do about it.
http::Route refusal(const std::shared_ptr<Desk>& desk, const char* verb, const char* option) {
  auto handler = [desk, verb, option](const http::Request&, const http::Respond& respond) {
    protocol::Outcome outcome;
    outcome.status = 501;
    outcome.effect = protocol::Effect::refused;
    outcome.problem = std::string(verb) + " is not served here: leave " + option +
                      " out of kube-scheduler's configuration";
    desk->observer(verb, std::move(outcome));
    respond({.status = 501, .body = {}});
  };
  return {.method = "POST",
          .path = desk->options.prefix + "/" + verb,
          .max_body = protocol::kMaxBodyBytes,
          .handler = std::move(handler)};
}

}  // namespace

std::vector<http::Route> scheduler_routes(const view::Published& view, SchedulerOptions options,
                                          const Clock& clock, PlacementObserver observer) {
  const auto desk = std::make_shared<Desk>(view, std::move(options), clock, std::move(observer));
  return {route(desk, "/filter", "filter", &protocol::Service::filter),
          route(desk, "/prioritize", "prioritize", &protocol::Service::prioritize),
          route(desk, "/prioritize/relative", "relative", &protocol::Service::prioritize_relative),
          refusal(desk, "preempt", "preemptVerb"), refusal(desk, "bind", "bindVerb")};
}

}  // namespace kernwise::api
