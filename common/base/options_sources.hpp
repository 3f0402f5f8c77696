// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/options.hpp"

/// How the three sources of options are read. For options*.cpp only.
namespace kernwise::options {

/// A value as somebody wrote it, not yet checked.
struct Written {
  std::string key;
  std::string value;
  std::string origin;
  std::string place;  ///< what a complaint starts with: `--window`, `/etc/k.yaml:3: window`
};

/// One source on the way to the next: checked values by key, starting with the defaults.
using Values = std::map<std::string, Setting, std::less<>>;

[[nodiscard]] const Option* find(const Program& program, std::string_view key);

/// `unknown option 'windw', did you mean 'window'?` with `key` as the source writes it.
[[nodiscard]] std::string unknown(const std::vector<std::string>& known, std::string_view key);

/// True for the check that `boolean()` or `list()` made.
[[nodiscard]] bool is_boolean(const Check& check);
[[nodiscard]] bool is_list(const Check& check);

/// The variable of an option: `KERNWISE_PROFILER_DISCOVERY_MODE`.
[[nodiscard]] std::string variable_of(const Program& program, std::string_view key);

[[nodiscard]] Result<std::vector<Written>> read_yaml(const Program& program,
                                                     const std::string& path);
[[nodiscard]] Result<std::vector<Written>> read_environment(const Program& program,
                                                            const Environment& environment);

/// What --help prints.
[[nodiscard]] std::string help(const Program& program);

}  // namespace kernwise::options
