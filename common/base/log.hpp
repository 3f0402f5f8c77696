// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

/// One line per state change on stderr, as logfmt or JSON. Values are escaped, so that a hostile
/// name is one line and one record. Pure rooms do not log.
namespace kernwise::log {

enum class Level { debug, info, warn, error };
enum class Format { logfmt, json };

using Field = std::pair<std::string_view, std::string>;

/// Call once at start.
void configure(Level lowest, Format format);

/// Repeats of one `message` beyond 20 in a minute are counted instead (`Messages suppressed`).
void write(Level level, std::string_view message, std::initializer_list<Field> fields = {});

inline void debug(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::debug, message, fields);
}
inline void info(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::info, message, fields);
}
inline void warn(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::warn, message, fields);
}
inline void error(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::error, message, fields);
}

/// The record without its timestamp; what `write` prints after it. Pure, for tests.
[[nodiscard]] std::string format_record(Format format, Level level, std::string_view message,
                                        std::initializer_list<Field> fields);

}  // namespace kernwise::log
