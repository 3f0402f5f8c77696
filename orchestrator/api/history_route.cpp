// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "orchestrator/api/encode.hpp"
#include "orchestrator/api/parameters.hpp"
#include "orchestrator/api/routes.hpp"

namespace kernwise::api {
namespace {

constexpr std::size_t kDefaultItems = 100, kMostItems = 10'000;

Result<history::Query> query_of(const http::Request& request, WallTime now) {
  const auto limit = limit_of(request, kDefaultItems, kMostItems);
  if (!limit) return limit.error();
  const auto since = since_of(request, now);
  if (!since) return since.error();
  std::string kind = request.parameter("kind");
  if (!kind.empty() && kind != "decision" && kind != "node" && kind != "pod" && kind != "profile") {
    return invalid("kind: expected decision, node, pod or profile");
  }
  return history::Query{.since = *since, .kind = std::move(kind), .limit = *limit};
}

std::vector<history::Entry> from_memory(const history::DecisionLog& log,
                                        const history::Query& query) {
  std::vector<history::Entry> entries;
  const auto& changes = log.changes().items();
  for (auto record = changes.rbegin(); record != changes.rend(); ++record) {
    if (entries.size() == query.limit || (query.since && record->time < *query.since)) break;
    entries.push_back({record->time, "decision", record->decision.workload, encode(*record)});
  }
  return entries;
}

http::Response list_of(const std::vector<history::Entry>& entries) {
  json::Writer json;
  json.begin_object().member("apiVersion", kApiVersion).member("kind", "HistoryList");
  json.key("items").begin_array();
  for (const history::Entry& entry : entries) {
    json.begin_object().member("time", rfc3339(entry.time)).member("kind", entry.kind);
    json.member("name", entry.name).key("content").raw(entry.json).end_object();
  }
  json.end_array().end_object();
  return {.body = json.take()};
}

http::Response answer(const Sources& sources, const http::Request& request, WallTime now) {
  const auto query = query_of(request, now);
  if (!query) return bad_request(query.error());
  if (sources.store == nullptr) {
    if (!query->kind.empty() && query->kind != "decision") {
      return http::error_response(501, "kind: without history.path only decisions are kept",
                                  "kind");
    }
    return list_of(from_memory(sources.decisions, *query));
  }
  const auto entries = sources.store->read(*query);
  if (!entries) return http::error_response(503, "history: " + entries.error().message());
  return list_of(*entries);
}

}  // namespace

std::vector<http::Route> history_routes(const Sources& sources, const Clock& clock) {
  auto handler = [sources, clock](const http::Request& request) {
    return answer(sources, request, clock().wall);
  };
  return {{.method = "GET", .path = "/v1/history", .handler = http::immediate(std::move(handler))}};
}

}  // namespace kernwise::api
