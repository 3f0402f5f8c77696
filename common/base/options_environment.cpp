// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cctype>

#include "common/base/options_sources.hpp"

namespace kernwise::options {
namespace {

/// Kubernetes gives every container variables for the Services of its namespace. A Service named
/// like the program has the prefix of our options: `KERNWISE_ORCHESTRATOR_PORT_8443_TCP_ADDR`.
bool is_service_link(std::string_view name) {
  return name == "SERVICE_HOST" || name == "SERVICE_PORT" || name.starts_with("SERVICE_PORT_") ||
         name == "PORT" || name.starts_with("PORT_");
}

}  // namespace

std::string variable_of(const Program& program, std::string_view key) {
  std::string name = program.env_prefix;
  for (const char byte : key) {
    const bool joins = byte == '.' || byte == '-';
    name.push_back(joins ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(byte))));
  }
  return name;
}

Result<std::vector<Written>> read_environment(const Program& program,
                                              const Environment& environment) {
  std::map<std::string, std::string, std::less<>> keys;
  std::vector<std::string> known{program.env_prefix + "CONFIG"};
  for (const Option& option : program.table) {
    known.push_back(variable_of(program, option.key));
    keys[known.back()] = option.key;
  }
  std::vector<Written> written;
  for (const auto& [name, value] : environment) {
    if (!name.starts_with(program.env_prefix) || name == known.front()) continue;
    if (const auto key = keys.find(name); key != keys.end()) {
      written.push_back({key->second, value, "environment " + name, name});
    } else if (!is_service_link(std::string_view(name).substr(program.env_prefix.size()))) {
      return invalid("environment: " + unknown(known, name));
    }
  }
  return written;
}

Environment process_environment() {
  Environment all;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos) {
      all.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  return all;
}

}  // namespace kernwise::options
