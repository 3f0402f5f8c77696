// SPDX-License-Identifier: Apache-2.0
#include "common/base/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <atomic>
#include <mutex>

#include "common/base/clock.hpp"
#include "common/base/json.hpp"
#include "common/base/log_limit.hpp"
#include "common/base/utf8.hpp"

namespace kernwise::log {
namespace {

constexpr std::size_t kMaxValueBytes = 4096;

std::string_view name_of(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warn:
      return "warn";
    case Level::error:
      return "error";
  }
  return "error";
}

/// spdlog's lines go to stderr under a lock. Its pattern formatter escapes nothing, so the record
/// is complete before it gets there.
struct Output {
  std::atomic<Level> lowest = Level::info;
  std::atomic<Format> format = Format::logfmt;
  spdlog::logger logger{"kernwise", std::make_shared<spdlog::sinks::stderr_sink_mt>()};

  Output() {
    logger.set_pattern("%v");
    logger.set_level(spdlog::level::trace);
    logger.flush_on(spdlog::level::trace);
  }

  std::optional<std::uint64_t> admit(std::string_view message) {
    const std::lock_guard lock(limit_mutex);
    return limit.admit(message, Monotonic::now());
  }

  void line(Format written, const std::string& record) {
    const std::string now = rfc3339(std::chrono::system_clock::now());
    logger.log(spdlog::level::info,
               spdlog::string_view_t(written == Format::json
                                         ? R"({"ts":")" + now + R"(",)" + record.substr(1)
                                         : "ts=" + now + " " + record));
  }

  std::mutex limit_mutex;  // guards `limit`: every thread may log
  RepeatLimit limit;
};

Output& output() {
  static Output only;
  return only;
}

/// At most `kMaxValueBytes` bytes, cut between characters; says so when it cuts.
std::string bounded(std::string_view text) {
  if (text.size() <= kMaxValueBytes) return std::string(text);
  std::size_t end = kMaxValueBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return std::string(text.substr(0, end)) + "...";
}

std::string json_string(std::string_view text) {
  json::Writer writer;
  return writer.value(bounded(text)).take();
}

bool stands_alone(char byte) {
  return byte > ' ' && byte < 0x7F && byte != '"' && byte != '\\' && byte != '=' && byte != '<' &&
         byte != '>' && byte != '&';
}

/// Quoted and escaped as in JSON unless it is one plain ASCII word.
std::string logfmt_value(std::string_view text) {
  for (const char byte : text) {
    if (!stands_alone(byte)) return json_string(text);
  }
  return text.empty() ? "\"\"" : bounded(text);
}

/// Keys are our own words; a stray byte must still not break the line.
std::string key_of(std::string_view name) {
  std::string key(name);
  for (char& byte : key) {
    const bool word = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                      (byte >= '0' && byte <= '9') || byte == '_' || byte == '.' || byte == '-';
    if (!word) byte = '_';
  }
  return key;
}

std::string json_record(Level level, std::string_view message,
                        std::initializer_list<Field> fields) {
  json::Writer writer;
  writer.begin_object().member("level", name_of(level)).member("msg", bounded(message));
  for (const auto& [key, value] : fields) writer.member(key_of(key), bounded(value));
  return writer.end_object().take();
}

}  // namespace

std::string format_record(Format format, Level level, std::string_view message,
                          std::initializer_list<Field> fields) {
  if (format == Format::json) return json_record(level, message, fields);
  std::string line = "level=" + std::string(name_of(level)) + " msg=" + logfmt_value(message);
  for (const auto& [key, value] : fields) line += " " + key_of(key) + "=" + logfmt_value(value);
  return line;
}

void configure(Level lowest, Format format) {
  output().lowest = lowest;
  output().format = format;
}

void write(Level level, std::string_view message, std::initializer_list<Field> fields) {
  Output& out = output();
  if (level < out.lowest.load()) return;
  const auto suppressed = out.admit(message);
  if (!suppressed) return;
  const Format format = out.format;
  if (*suppressed > 0) {
    out.line(format, format_record(format, Level::warn, "Messages suppressed",
                                   {{"count", std::to_string(*suppressed)},
                                    {"message", std::string(message)}}));
  }
  out.line(format, format_record(format, level, message, fields));
}

}  // namespace kernwise::log
