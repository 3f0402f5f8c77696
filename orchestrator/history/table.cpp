// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/history/table.hpp"

#include <cstdio>
#include <utility>

namespace kernwise::history {
namespace {

constexpr std::int64_t kSchemaVersion = 1;

/// WAL survives a kill at any instruction; NORMAL loses at most the last transactions when the
/// machine itself goes down, never the file.
constexpr const char* kSetUp =
    "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; "
    "PRAGMA journal_size_limit = 8388608; PRAGMA wal_autocheckpoint = 500;";
constexpr const char* kSchema =
    "CREATE TABLE IF NOT EXISTS entry (id INTEGER PRIMARY KEY AUTOINCREMENT, time_ms INTEGER NOT "
    "NULL, kind TEXT NOT NULL, name TEXT NOT NULL, json TEXT NOT NULL);"
    "CREATE INDEX IF NOT EXISTS entry_kind ON entry (kind, id);"
    "PRAGMA user_version = 1;";

std::int64_t milliseconds(WallTime time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

Error corrupt(const std::string& what) {
  return {boost::system::errc::make_error_code(boost::system::errc::illegal_byte_sequence), what};
}

Result<> check_schema(const Database& database, const std::string& path) {
  const auto version = database.number("PRAGMA user_version");
  if (!version) return version.error();
  if (*version <= kSchemaVersion) return {};
  return invalid(path + ": written by a newer version (schema " + std::to_string(*version) + ")");
}

Result<Database> open_sound(const std::string& path) {
  auto database = Database::open(path, Database::Access::create);
  if (!database) return database.error();
  if (auto done = database->run(kSetUp); !done) return done.error();
  const auto check = database->text("PRAGMA quick_check(1)");
  if (!check) return check.error();
  if (*check != "ok") return corrupt(path + ": " + *check);
  if (auto done = check_schema(*database, path); !done) return done.error();
  if (auto done = database->run(kSchema); !done) return done.error();
  return database;
}

Result<> set_aside(const std::string& path) {
  // The log of a broken file would be played into the new one.
  std::remove((path + "-wal").c_str());
  std::remove((path + "-shm").c_str());
  if (std::rename(path.c_str(), (path + ".corrupt").c_str()) != 0) {
    return errno_error(errno, "rename " + path + " to " + path + ".corrupt");
  }
  return {};
}

}  // namespace

Result<Table> Table::open(const std::string& path, TableBounds bounds, bool* renamed) {
  auto database = open_sound(path);
  if (!database && is_corruption(database.error())) {
    if (auto done = set_aside(path); !done) return done.error();
    if (renamed != nullptr) *renamed = true;
    database = open_sound(path);
  }
  if (!database) return wrap(database.error(), "history");
  return Table(std::move(*database), bounds);
}

Result<> Table::insert(const std::vector<Entry>& entries) {
  auto statement =
      database_.prepare("INSERT INTO entry (time_ms, kind, name, json) VALUES (?, ?, ?, ?)");
  if (!statement) return statement.error();
  for (const Entry& entry : entries) {
    statement->bind(1, milliseconds(entry.time)).bind(2, entry.kind).bind(3, entry.name);
    const auto stepped = statement->bind(4, entry.json).step();
    if (!stepped) return stepped.error();
    statement->reset();
  }
  return {};
}

Result<> Table::shrink() {
  // Ids only grow and rows leave oldest first, so the newest id bounds the count.
  auto done = database_.run("DELETE FROM entry WHERE id <= (SELECT max(id) FROM entry) - " +
                            std::to_string(bounds_.rows));
  if (!done) return done;
  const auto pages = database_.number("PRAGMA page_count");
  if (!pages) return pages.error();
  const auto free = database_.number("PRAGMA freelist_count");
  if (!free) return free.error();
  const auto size = database_.number("PRAGMA page_size");
  if (!size) return size.error();
  if ((*pages - *free) * *size <= bounds_.bytes) return {};
  // A tenth at once, so that this does not happen with every batch.
  return database_.run(
      "DELETE FROM entry WHERE id <= (SELECT min(id) + (max(id) - min(id)) / 10 FROM entry)");
}

Result<> Table::append(const std::vector<Entry>& entries) {
  if (auto done = database_.run("BEGIN IMMEDIATE"); !done) return done;
  auto done = insert(entries);
  if (done) done = shrink();
  if (done) done = database_.run("COMMIT");
  if (!done) {
    // Fails when SQLite has rolled back by itself, which is as good.
    static_cast<void>(database_.run("ROLLBACK"));
    return done;
  }
  return database_.run("PRAGMA incremental_vacuum(1000)");
}

Result<std::int64_t> Table::rows() const {
  return database_.number("SELECT count(*) FROM entry");
}

Result<std::vector<Entry>> read_entries(const std::string& path, const Query& query) {
  auto database = Database::open(path, Database::Access::read);
  if (!database) return database.error();
  const std::string where = query.kind.empty() ? "?2 = ''" : "kind = ?2";
  auto statement =
      database->prepare("SELECT time_ms, kind, name, json FROM entry WHERE time_ms >= ?1 AND " +
                        where + " ORDER BY id DESC LIMIT ?3");
  if (!statement) return statement.error();
  statement->bind(1, query.since ? milliseconds(*query.since) : 0).bind(2, query.kind);
  statement->bind(3, static_cast<std::int64_t>(query.limit));
  std::vector<Entry> entries;
  for (;;) {
    const auto row = statement->step();
    if (!row) return row.error();
    if (!*row) return entries;
    entries.push_back({WallTime(std::chrono::milliseconds(statement->number(0))),
                       statement->text(1), statement->text(2), statement->text(3)});
  }
}

}  // namespace kernwise::history
