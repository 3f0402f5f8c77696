// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "cli/show.hpp"
#include "cli/table.hpp"

namespace kernwise::cli {
namespace {

struct Column {
  const char* title;
  const char* path;
};

Result<> list(const Server& server, const std::string& target, const std::vector<Column>& wanted,
              const Output& output) {
  const auto tell = [&](const json::Value& document) {
    std::vector<Row> rows(1);
    for (const Column& column : wanted) rows.front().emplace_back(column.title);
    if (const json::Value* const items = document.find("items")) {
      for (const json::Value& item : items->items()) {
        Row row;
        for (const Column& column : wanted) row.push_back(text_at(item, column.path));
        rows.push_back(std::move(row));
      }
    }
    output.to << columns(rows);
    const std::string remaining = text_at(document, "remaining");
    if (remaining != "-" && remaining != "0") output.to << "and " << remaining << " more\n";
    return Result<>();
  };
  return show(server.get(target), output, tell);
}

}  // namespace

Result<> top(const Server& server, const std::string& kind, const Output& output) {
  if (kind == "nodes") {
    return list(server, "/v1/nodes",
                {{"NAME", "name"},
                 {"AGE", "age_seconds"},
                 {"CORES", "cores"},
                 {"BUSY", "busy"},
                 {"CONTENTION", "contention"},
                 {"LOAD", "load"},
                 {"PODS", "pods"}},
                output);
  }
  if (kind == "workloads") {
    return list(
        server, "/v1/workloads",
        {{"NAME", "name"}, {"VERDICT", "verdict"}, {"CONFIDENCE", "confidence"}, {"PODS", "pods"}},
        output);
  }
  return list(server, "/v1/pods",
              {{"NAME", "name"},
               {"NODE", "node"},
               {"VERDICT", "verdict"},
               {"CONFIDENCE", "confidence"},
               {"ON_CPU", "shares.on_cpu"},
               {"RUNQUEUE", "shares.runqueue"},
               {"DISK", "shares.disk"},
               {"NETWORK", "shares.network"}},
              output);
}

Result<> decisions(const Server& server, const Output& output) {
  return list(server, "/v1/decisions",
              {{"WORKLOAD", "workload"},
               {"ACTION", "action"},
               {"TARGET", "target"},
               {"FROM", "from"},
               {"TO", "to"},
               {"REASON", "reason"},
               {"TIME", "time"}},
              output);
}

}  // namespace kernwise::cli
