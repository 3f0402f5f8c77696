// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "orchestrator/history/sqlite.hpp"

namespace kernwise::history {

/// Something that happened: a decision, or what a node or pod looked like.
struct Entry {
  WallTime time;
  std::string kind;  ///< `decision`, `node`, `pod`
  std::string name;
  std::string json;  ///< a document of our own
};

/// What to read; newest first.
struct Query {
  std::optional<WallTime> since = {};
  std::string kind = {};  ///< empty = all
  std::size_t limit = 100;
};

struct TableBounds {
  std::int64_t rows = 1'000'000;
  std::int64_t bytes = 256LL * 1024 * 1024;
};

/// The one table, without threads. What is over a bound is deleted oldest first.
class Table {
 public:
  /// Makes the file when it is not there. A broken one is renamed to `PATH.corrupt` (the one before
  /// it is replaced) and a new one begun; `renamed` tells. Errors: no such folder, no permission, a
  /// file written by a newer version.
  [[nodiscard]] static Result<Table> open(const std::string& path, TableBounds bounds,
                                          bool* renamed = nullptr);

  /// All entries or none.
  [[nodiscard]] Result<> append(const std::vector<Entry>& entries);
  [[nodiscard]] Result<std::int64_t> rows() const;

 private:
  Table(Database database, TableBounds bounds) : database_(std::move(database)), bounds_(bounds) {}
  [[nodiscard]] Result<> insert(const std::vector<Entry>& entries);
  [[nodiscard]] Result<> shrink();

  Database database_;
  TableBounds bounds_;
};

/// Reads beside the writer through a connection of its own.
[[nodiscard]] Result<std::vector<Entry>> read_entries(const std::string& path, const Query& query);

}  // namespace kernwise::history
