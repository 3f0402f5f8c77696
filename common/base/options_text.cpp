// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "common/base/options_sources.hpp"

namespace kernwise::options {
namespace {

std::string shown(const std::string& value) {
  return value.empty() ? "\"\"" : value;
}

/// Text for one cell of a Markdown table.
std::string cell(const std::string& text) {
  std::string safe;
  for (const char byte : text) {
    if (byte == '|') safe.push_back('\\');
    safe.push_back(byte == '\n' ? ' ' : byte);
  }
  return safe;
}

}  // namespace

std::string help(const Program& program) {
  std::size_t width = std::string_view("print-config").size();
  for (const Option& option : program.table) width = std::max(width, option.key.size());
  const auto line = [width](const std::string& key, const std::string& what) {
    return "  --" + key + std::string(width - key.size() + 2, ' ') + what + "\n";
  };
  std::string text = program.name + ": " + program.summary + "\n\nUsage: " + program.name +
                     " [--config FILE] [--KEY VALUE ...]\n\nA flag overrides the environment (" +
                     program.env_prefix +
                     "KEY, '.' as '_'), which overrides the file.\n\nOptions:\n";
  for (const Option& option : program.table) {
    text += line(option.key, option.help + " [" + shown(option.fallback) + "]");
  }
  text += "\n" + line("config", "YAML file of the same keys, nested or dotted");
  text += line("print-config", "show every value and where it comes from, then stop");
  text += line("version", "show the version, then stop");
  text += line("help", "show this text, then stop");
  return text;
}

std::string reference(const Program& program) {
  std::string text =
      "| Key (flag `--key`) | Environment | Default | Meaning |\n|---|---|---|---|\n";
  for (const Option& option : program.table) {
    text += "| `" + option.key + "` | `" + variable_of(program, option.key) + "` | `" +
            cell(shown(option.fallback)) + "` | " + cell(option.help) + " |\n";
  }
  return text;
}

std::string Settings::describe() const {
  std::size_t width = 0;
  for (const auto& [key, setting] : values_) {
    width = std::max(width, key.size() + shown(setting.value).size());
  }
  std::string text;
  for (const auto& [key, setting] : values_) {
    const std::string value = shown(setting.value);
    const std::string gap(width - key.size() - value.size() + 3, ' ');
    text.append(key).append(" = ").append(value).append(gap);
    text.append("# ").append(setting.origin).append("\n");
  }
  return text;
}

}  // namespace kernwise::options
