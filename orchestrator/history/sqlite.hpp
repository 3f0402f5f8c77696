// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

/// The little of SQLite that history needs, with errors as values.
namespace kernwise::history {

class Statement;

class Database {
 public:
  enum class Access : std::uint8_t { create, read };
  [[nodiscard]] static Result<Database> open(const std::string& path, Access access);

  /// Runs statements that give no rows, one after another.
  [[nodiscard]] Result<> run(const std::string& sql) const;
  /// The one number that a statement gives; 0 without a row.
  [[nodiscard]] Result<std::int64_t> number(const std::string& sql) const;
  /// The one text that a statement gives.
  [[nodiscard]] Result<std::string> text(const std::string& sql) const;
  [[nodiscard]] Result<Statement> prepare(const std::string& sql) const;

 private:
  struct Closer {
    void operator()(sqlite3* connection) const;
  };
  explicit Database(sqlite3* connection) : connection_(connection) {}
  [[nodiscard]] Error error(std::string_view step) const;

  std::unique_ptr<sqlite3, Closer> connection_;
};

/// A prepared statement; must not outlive its database.
class Statement {
 public:
  Statement& bind(int position, std::int64_t number);
  Statement& bind(int position, std::string_view text);
  /// True when there is a row to read.
  [[nodiscard]] Result<bool> step();
  /// Ready to be bound and stepped again.
  void reset();
  [[nodiscard]] std::int64_t number(int column) const;
  [[nodiscard]] std::string text(int column) const;

 private:
  friend class Database;
  struct Finaliser {
    void operator()(sqlite3_stmt* statement) const;
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

  std::unique_ptr<sqlite3_stmt, Finaliser> statement_;
};

/// True for the errors that mean the file itself is broken, not the world around it.
[[nodiscard]] bool is_corruption(const Error& error);

}  // namespace kernwise::history
