// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"

/// Program options from one table: YAML file < environment < flag. The table is also what --help,
/// --print-config and the generated reference are written from.
namespace kernwise::options {

/// Checks and normalises a written value; the error says what is allowed.
using Check = std::function<Result<std::string>(std::string_view written)>;

[[nodiscard]] Check any_text();
[[nodiscard]] Check one_of(std::vector<std::string> words);
[[nodiscard]] Check boolean();
/// Real number in [low, high].
[[nodiscard]] Check number(double low, double high);
/// Integer in [low, high].
[[nodiscard]] Check integer(long long low, long long high);
/// `5s`, `200ms`, `2m`, `1h` within [low, high] (written the same way); normalised to milliseconds
/// with the suffix `ms`.
[[nodiscard]] Check duration(std::string_view low, std::string_view high);
/// `host:port`, `[v6]:port`; port 0 asks the kernel for a free one.
[[nodiscard]] Check endpoint();
/// Comma separated in environment and flags, a sequence in YAML; normalised to commas.
[[nodiscard]] Check list();

struct Option {
  std::string key;  ///< dotted, as in the file: `discovery.mode`; the flag is `--discovery.mode`
  std::string fallback;  ///< the default, as somebody would write it
  Check check;
  std::string help;  ///< one line
};

struct Program {
  std::string name;        ///< `kernwise-profiler`
  std::string summary;     ///< one line for --help
  std::string env_prefix;  ///< `KERNWISE_PROFILER_`; `.` in keys becomes `_`
  std::vector<Option> table;
};

/// Where a value came from: `default`, `file /path:line`, `environment NAME`, `flag`.
struct Setting {
  std::string value;
  std::string origin;
};

class Settings {
 public:
  explicit Settings(std::map<std::string, Setting, std::less<>> values)
      : values_(std::move(values)) {}
  /// The normalised text of `key`; asking for a key outside the table is a programming error.
  [[nodiscard]] const std::string& text(std::string_view key) const;
  [[nodiscard]] bool flag(std::string_view key) const;
  [[nodiscard]] double number(std::string_view key) const;
  [[nodiscard]] long long integer(std::string_view key) const;
  [[nodiscard]] long long milliseconds(std::string_view key) const;
  [[nodiscard]] std::vector<std::string> list(std::string_view key) const;
  [[nodiscard]] const Setting& setting(std::string_view key) const;
  /// `key = value   # origin`, one line per key, in the order of the keys.
  [[nodiscard]] std::string describe() const;

 private:
  std::map<std::string, Setting, std::less<>> values_;
};

/// What the command line asked for: run with these settings, or print `text` and stop.
struct Outcome {
  std::optional<Settings> settings;
  std::string text;
};

using Environment = std::map<std::string, std::string, std::less<>>;

/// Reads `--config FILE` (or `<prefix>CONFIG`), the environment and the flags; `arguments` are
/// those after the program's name. `--help`, `--version`, `--print-config` give a text instead of
/// settings. An unknown key anywhere is an error that names the nearest known one.
///
/// Flags: `--key value`, `--key=value`, a bare `--key` for booleans; the last one wins. File: YAML
/// of at most 1 MiB, keys dotted or nested, optionally with `apiVersion:
/// config.kernwise.io/v1alpha1` and `kind`. Environment: `<prefix>KEY`, except the variables that
/// Kubernetes makes for Services of the same name. An option whose default is empty may be set to
/// empty again.
[[nodiscard]] Result<Outcome> load(const Program& program,
                                   const std::vector<std::string>& arguments,
                                   const Environment& environment);

/// The process environment as a map.
[[nodiscard]] Environment process_environment();

/// The option table as Markdown, for docs/.
[[nodiscard]] std::string reference(const Program& program);

}  // namespace kernwise::options
