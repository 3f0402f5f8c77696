// SPDX-License-Identifier: Apache-2.0
#include "cli/records.hpp"

#include <cmath>
#include <utility>

#include "extender/placement/tuning.hpp"

namespace kernwise::cli {
namespace {

using json::Cursor;
using placement::kResources;
using placement::NodeRow;
using placement::NodeTable;
using placement::PerResource;
using Tables = std::vector<std::shared_ptr<const NodeTable>>;

constexpr std::size_t kMostItems = 1'000'000;

/// `key` of `object` read by `read(Cursor) -> Result<T>` into `into`.
template <class T, class Read>
Result<> take(const Cursor& object, std::string_view key, T& into, Read read) {
  const auto member = object.at(key);
  if (!member) return member.error();
  auto value = read(*member);
  if (!value) return value.error();
  into = *std::move(value);
  return {};
}

/// null stands for what is no number.
Result<double> number(const Cursor& value) {
  if (value.value().is_null()) return std::nan("");
  return value.number();
}

Result<std::string> text(const Cursor& value) {
  return value.string(1'024);
}

Result<std::int32_t> integer(const Cursor& value) {
  const auto found = value.number(-2147483648.0, 2147483647.0);
  if (!found) return found.error();
  return static_cast<std::int32_t>(*found);
}

Result<PerResource> per_resource(const Cursor& value) {
  const auto items = value.items(kResources);
  if (!items) return items.error();
  if (items->size() != kResources) return value.error("expected three numbers");
  PerResource values{};
  for (std::size_t r = 0; r < kResources; ++r) {
    const auto one = number((*items)[r]);
    if (!one) return one.error();
    values[r] = *one;
  }
  return values;
}

/// The elements of an array, each read by `read`.
template <class T, class Read>
Result<std::vector<T>> list(const Cursor& value, Read read) {
  const auto items = value.items(kMostItems);
  if (!items) return items.error();
  std::vector<T> all;
  all.reserve(items->size());
  for (const Cursor& item : *items) {
    auto one = read(item);
    if (!one) return one.error();
    all.push_back(*std::move(one));
  }
  return all;
}

Result<NodeRow> row(const Cursor& value) {
  NodeRow row;
  auto done = take(value, "name", row.name, text);
  if (done) done = take(value, "age_seconds", row.age_seconds, number);
  if (done) done = take(value, "churn", row.churn, number);
  if (done) done = take(value, "top_priority", row.top_priority, integer);
  for (const auto& [key, into] :
       {std::pair("load", &row.load), std::pair("deviation", &row.deviation),
        std::pair("pending", &row.pending), std::pair("contention", &row.contention),
        std::pair("sensitivity", &row.sensitivity), std::pair("capacity", &row.capacity)}) {
    if (done) done = take(value, key, *into, per_resource);
  }
  if (!done) return done.error();
  return row;
}

Result<std::shared_ptr<const NodeTable>> table(const Cursor& value) {
  auto rows = list<NodeRow>(value, row);
  if (!rows) return rows.error();
  return std::make_shared<const NodeTable>(*std::move(rows));
}

Result<placement::ScoreParams> params(const Cursor& value) {
  placement::ScoreParams params;
  std::string shape;
  if (auto done = take(value, "shape", shape, text); !done) return done.error();
  if (!placement::set_shape(params, shape)) return value.error("shape: unknown");
  for (const placement::Tunable& tunable : placement::tunables()) {
    auto done = take(value, tunable.name, tunable.in(params), number);
    if (!done) return done.error();
  }
  return params;
}

Result<placement::PodProfile> profile(const Cursor& value) {
  placement::PodProfile profile;
  auto done = take(value, "demand", profile.demand, per_resource);
  if (done) done = take(value, "mix", profile.mix, per_resource);
  if (done) done = take(value, "sensitivity", profile.sensitivity, per_resource);
  if (!done) return done.error();
  return profile;
}

Result<std::uint8_t> score(const Cursor& value) {
  const auto found = value.unsigned_integer(placement::kMaxScore);
  if (!found) return found.error();
  return static_cast<std::uint8_t>(*found);
}

Result<> read_candidates(const Cursor& value, Record& record) {
  const std::size_t rows = record.nodes->rows().size();
  const auto position = [rows](const Cursor& one) -> Result<std::uint32_t> {
    if (one.value().is_null()) return placement::kNoRow;
    const auto found = one.unsigned_integer();
    if (!found) return found.error();
    if (*found >= rows) return one.error("beyond the table");
    return static_cast<std::uint32_t>(*found);
  };
  const auto positions = [&](const Cursor& all) { return list<std::uint32_t>(all, position); };
  const auto texts = [](const Cursor& all) { return list<std::string>(all, text); };
  const auto scores = [](const Cursor& all) { return list<std::uint8_t>(all, score); };
  auto done = take(value, "candidates", record.candidates, positions);
  if (done) done = take(value, "unknown", record.unknown, texts);
  if (done) done = take(value, "scores", record.scores, scores);
  if (!done) return done;
  std::size_t nameless = 0;
  for (const std::uint32_t one : record.candidates) nameless += one == placement::kNoRow ? 1 : 0;
  if (nameless != record.unknown.size()) return value.error("unknown: a name is missing");
  record.expected.resize(rows);
  const auto more = [&](const Cursor& one) -> Result<bool> {
    std::uint32_t at = 0;
    PerResource demand{};
    auto read = take(one, "row", at, position);
    if (read) read = take(one, "demand", demand, per_resource);
    if (!read) return read.error();
    if (at != placement::kNoRow) record.expected.add(at, demand, 1);
    return true;
  };
  std::vector<bool> added;
  return take(value, "expected", added, [&](const Cursor& all) { return list<bool>(all, more); });
}

Result<Record> record(const Cursor& value, const Tables& tables) {
  Record record;
  const auto of_tables = [&](const Cursor& one) -> Result<std::shared_ptr<const NodeTable>> {
    const auto found = one.unsigned_integer();
    if (!found) return found.error();
    if (*found >= tables.size()) return one.error("there is no such table");
    return tables[*found];
  };
  auto done = take(value, "time", record.time, text);
  if (done) done = take(value, "pod", record.pod, text);
  if (done) done = take(value, "effect", record.effect, text);
  if (done) done = take(value, "table", record.nodes, of_tables);
  if (done) done = take(value, "params", record.params, params);
  if (done) done = take(value, "profile", record.profile, profile);
  if (done) done = take(value, "elapsed_seconds", record.elapsed_seconds, number);
  if (done) done = take(value, "priority", record.priority, integer);
  if (done)
    done = take(value, "warming_up", record.warming_up,
                [](const Cursor& flag) { return flag.boolean(); });
  if (done) done = read_candidates(value, record);
  if (!done) return done.error();
  return record;
}

}  // namespace

std::vector<std::string_view> Record::names() const {
  std::vector<std::string_view> names;
  names.reserve(candidates.size());
  auto nameless = unknown.begin();
  for (const std::uint32_t candidate : candidates) {
    const bool known = candidate != placement::kNoRow;
    names.push_back(known ? std::string_view(nodes->rows()[candidate].name) : *nameless++);
  }
  return names;
}

Result<std::vector<Record>> read_records(const json::Value& document) {
  const Cursor root(document, "");
  Tables tables;
  auto done = take(root, "tables", tables, [](const Cursor& all) {
    return list<std::shared_ptr<const NodeTable>>(all, table);
  });
  std::vector<Record> records;
  if (done) {
    done = take(root, "items", records, [&](const Cursor& all) {
      return list<Record>(all, [&](const Cursor& one) { return record(one, tables); });
    });
  }
  if (!done) return done.error();
  return records;
}

placement::Ranking rank_again(const Record& record, const placement::ScoreParams& params) {
  return placement::rank(*record.nodes, record.candidates,
                         {.pod = record.profile,
                          .params = params,
                          .elapsed_seconds = record.elapsed_seconds,
                          .priority = record.priority,
                          .expected = &record.expected,
                          .warming_up = record.warming_up});
}

}  // namespace kernwise::cli
