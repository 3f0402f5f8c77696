// SPDX-License-Identifier: Apache-2.0
// What answers to the scheduler were made of, to the last bit, so that somebody else can work them
// out again.
#include <map>
#include <utility>

#include "orchestrator/api/encode.hpp"
#include "orchestrator/api/parameters.hpp"
#include "orchestrator/api/routes.hpp"

namespace kernwise::api {
namespace {

using history::PlacementRecord;
using placement::NodeTable;
using placement::PerResource;

constexpr std::size_t kDefaultItems = 100, kMostItems = history::PlacementLog::kMost;
constexpr std::size_t kMostRows = 20'000;         ///< of all tables together: some 8 MB
constexpr std::size_t kMostCandidates = 500'000;  ///< of all records together: some 4 MB

/// The newest records that can be replayed and their tables, each once.
struct Chosen {
  std::vector<const PlacementRecord*> records;
  std::vector<const NodeTable*> tables;
  std::map<const NodeTable*, std::size_t> place_of;
  std::size_t rows = 0, candidates = 0;

  /// False when it does not fit.
  bool take(const PlacementRecord& record) {
    const NodeTable* const table = record.outcome.nodes.get();
    const bool known = place_of.contains(table);
    const std::size_t more = known ? 0 : table->rows().size();
    if (rows + more > kMostRows && !tables.empty()) return false;
    if (candidates + record.candidates > kMostCandidates && !records.empty()) return false;
    rows += more;
    candidates += record.candidates;
    if (!known) {
      place_of.emplace(table, tables.size());
      tables.push_back(table);
    }
    records.push_back(&record);
    return true;
  }
};

bool is_ranking(const PlacementRecord& record) {
  using protocol::Effect;
  const Effect effect = record.outcome.effect;
  const bool ranked =
      effect == Effect::answered || effect == Effect::abstained || effect == Effect::observed;
  return ranked && record.verb != "filter" && record.can_be_replayed();
}

void write_exact(json::Writer& json, const PerResource& values) {
  json.begin_array();
  for (const double value : values) json.value(value);
  json.end_array();
}

void write_row(json::Writer& json, const placement::NodeRow& row) {
  json.begin_object().member("name", row.name).member("age_seconds", row.age_seconds);
  json.member("churn", row.churn).member("top_priority", row.top_priority);
  for (const auto& [name, values] :
       {std::pair("load", &row.load), std::pair("deviation", &row.deviation),
        std::pair("pending", &row.pending), std::pair("contention", &row.contention),
        std::pair("sensitivity", &row.sensitivity), std::pair("capacity", &row.capacity)}) {
    write_exact(json.key(name), *values);
  }
  json.end_object();
}

void write_candidates(json::Writer& json, const protocol::Outcome& outcome) {
  json.key("candidates").begin_array();
  for (const std::uint32_t row : outcome.candidates) {
    if (row == placement::kNoRow) {
      json.null();
    } else {
      json.value(row);
    }
  }
  json.end_array().key("unknown").begin_array();
  for (const std::string& name : outcome.unknown) json.value(name);
  json.end_array().key("expected").begin_array();
  for (const placement::Expected& more : outcome.expected) {
    json.begin_object().member("row", more.row);
    write_exact(json.key("demand"), more.demand);
    json.end_object();
  }
  json.end_array().key("scores").begin_array();
  for (const std::uint8_t score : outcome.ranking.scores) json.value(std::uint64_t{score});
  json.end_array();
}

void write_record(json::Writer& json, const PlacementRecord& record, std::size_t table) {
  const protocol::Outcome& outcome = record.outcome;
  json.begin_object().member("time", rfc3339(record.time)).member("verb", record.verb);
  json.member("pod", outcome.pod.pod_namespace + "/" + outcome.pod.name);
  json.member("effect", name_of(outcome.effect)).member("table", std::uint64_t{table});
  json.member("elapsed_seconds", outcome.elapsed_seconds);
  json.member("priority", outcome.pod.priority);
  json.member("warming_up", outcome.ranking.abstention == placement::Abstention::warming_up);
  write(json.key("params"), outcome.score);
  json.key("profile").begin_object();
  write_exact(json.key("demand"), outcome.profile.demand);
  write_exact(json.key("mix"), outcome.profile.mix);
  write_exact(json.key("sensitivity"), outcome.profile.sensitivity);
  json.end_object();
  write_candidates(json, outcome);
  json.end_object();
}

http::Response inputs(const Sources& sources, const http::Request& request, WallTime now) {
  const auto limit = limit_of(request, kDefaultItems, kMostItems);
  if (!limit) return bad_request(limit.error());
  Chosen chosen;
  const auto& items = sources.placements.items();
  for (auto record = items.rbegin(); record != items.rend(); ++record) {
    if (chosen.records.size() == *limit) break;
    if (is_ranking(*record) && !chosen.take(*record)) break;
  }
  json::Writer json;
  json.begin_object().member("apiVersion", kApiVersion).member("kind", "PlacementInputs");
  json.member("time", rfc3339(now)).key("tables").begin_array();
  for (const NodeTable* table : chosen.tables) {
    json.begin_array();
    for (const placement::NodeRow& row : table->rows()) write_row(json, row);
    json.end_array();
  }
  json.end_array().key("items").begin_array();
  for (const PlacementRecord* record : chosen.records) {
    write_record(json, *record, chosen.place_of.at(record->outcome.nodes.get()));
  }
  json.end_array().end_object();
  return {.body = json.take()};
}

}  // namespace

std::vector<http::Route> placement_input_routes(const Sources& sources, const Clock& clock) {
  auto handler = [sources, clock](const http::Request& request) {
    return inputs(sources, request, clock().wall);
  };
  return {{.method = "GET",
           .path = "/v1/placements/inputs",
           .handler = http::immediate(std::move(handler))}};
}

}  // namespace kernwise::api
