// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "extender/protocol/decode.hpp"
#include "extender/protocol/overrides.hpp"
#include "orchestrator/api/encode.hpp"
#include "orchestrator/api/parameters.hpp"
#include "orchestrator/api/rating.hpp"
#include "orchestrator/api/routes.hpp"
#include "orchestrator/view/names.hpp"

namespace kernwise::api {
namespace {

constexpr std::size_t kMostBytes = 1UL * 1024 * 1024;  ///< of a pod: twice what Kubernetes allows
constexpr std::size_t kDefaultNodes = 50, kMostNodes = 10'000;

http::Response what_if(const Sources& sources, const http::Request& request, Now now) {
  const auto limit = limit_of(request, kDefaultNodes, kMostNodes);
  if (!limit) return bad_request(limit.error());
  protocol::Decoder decoder;
  protocol::ExtenderArgs args;
  const auto snapshot = sources.view.load();
  protocol::KnownNodes known;
  known.begin(snapshot->table->index());
  const auto decoded = decoder.decode(request.body, known, args);
  if (!decoded) return bad_request(decoded.error());
  placement::PodProfile profile = snapshot->profiles->profile_of(args.pod);
  placement::ScoreParams score = sources.score;
  const auto overrides = protocol::apply_overrides(
      [&](std::string_view key) { return view::word_of(args.pod, *snapshot->names, key); }, profile,
      score);
  json::Writer json;
  json.begin_object().member("apiVersion", kApiVersion).member("kind", "WhatIf");
  json.member("snapshot", snapshot->number).member("time", rfc3339(now.wall));
  json.member("pod", args.pod.pod_namespace + "/" + args.pod.name);
  write(json.key("profile"), profile);
  write(json.key("overrides"), overrides);
  write(json.key("params"), score);
  write_rating(json, *snapshot,
               {.pod = profile,
                .params = score,
                .elapsed_seconds = Seconds(now.mono - snapshot->made).count(),
                .priority = args.pod.priority},
               *limit);
  json.end_object();
  return {.body = json.take()};
}

}  // namespace

std::vector<http::Route> whatif_routes(const Sources& sources, const Clock& clock) {
  auto handler = [sources, clock](const http::Request& request) {
    return what_if(sources, request, clock());
  };
  return {{.method = "POST",
           .path = "/v1/whatif",
           .max_body = kMostBytes,
           .handler = http::immediate(std::move(handler))}};
}

}  // namespace kernwise::api
