// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/history/sqlite.hpp"

#include <sqlite3.h>

#include <boost/system/errc.hpp>

namespace kernwise::history {
namespace {

namespace errc = boost::system::errc;

boost::system::error_code code_of(int status) {
  switch (status & 0xFF) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return errc::make_error_code(errc::illegal_byte_sequence);
    case SQLITE_FULL:
      return errc::make_error_code(errc::no_space_on_device);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return errc::make_error_code(errc::device_or_resource_busy);
    default:
      return errc::make_error_code(errc::io_error);
  }
}

Error error_of(sqlite3* connection, std::string_view step) {
  const char* words = connection == nullptr ? "out of memory" : sqlite3_errmsg(connection);
  const int status = connection == nullptr ? SQLITE_NOMEM : sqlite3_errcode(connection);
  return {code_of(status), std::string(step) + ": " + words};
}

}  // namespace

void Database::Closer::operator()(sqlite3* connection) const {
  sqlite3_close_v2(connection);
}

void Statement::Finaliser::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

bool is_corruption(const Error& error) {
  return error.code == errc::make_error_code(errc::illegal_byte_sequence);
}

Error Database::error(std::string_view step) const {
  return error_of(connection_.get(), step);
}

Result<Database> Database::open(const std::string& path, Access access) {
  const int flags =
      access == Access::create ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  sqlite3* connection = nullptr;
  const int status =
      sqlite3_open_v2(path.c_str(), &connection, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(connection);
  if (status != SQLITE_OK) return database.error("open " + path);
  sqlite3_busy_timeout(connection, 1'000);
  return database;
}

Result<> Database::run(const std::string& sql) const {
  if (sqlite3_exec(connection_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return error(sql.substr(0, 40));
  }
  return {};
}

Result<Statement> Database::prepare(const std::string& sql) const {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(connection_.get(), sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) {
    return error(sql.substr(0, 40));
  }
  return Statement(statement);
}

Result<std::int64_t> Database::number(const std::string& sql) const {
  auto statement = prepare(sql);
  if (!statement) return statement.error();
  const auto row = statement->step();
  if (!row) return row.error();
  return *row ? statement->number(0) : 0;
}

Result<std::string> Database::text(const std::string& sql) const {
  auto statement = prepare(sql);
  if (!statement) return statement.error();
  const auto row = statement->step();
  if (!row) return row.error();
  return *row ? statement->text(0) : std::string();
}

Statement& Statement::bind(int position, std::int64_t number) {
  sqlite3_bind_int64(statement_.get(), position, number);
  return *this;
}

Statement& Statement::bind(int position, std::string_view text) {
  sqlite3_bind_text(statement_.get(), position, text.data(), static_cast<int>(text.size()),
                    SQLITE_TRANSIENT);
  return *this;
}

Result<bool> Statement::step() {
  const int status = sqlite3_step(statement_.get());
  if (status == SQLITE_ROW) return true;
  if (status == SQLITE_DONE) return false;
  return error_of(sqlite3_db_handle(statement_.get()), "step");
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
}

std::int64_t Statement::number(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string Statement::text(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return bytes == nullptr ? std::string() : std::string(bytes, static_cast<std::size_t>(size));
}

}  // namespace kernwise::history
