// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <string_view>

#include "common/base/log.hpp"
#include "profiler/app/daemon.hpp"
#include "profiler/app/options.hpp"
#include "profiler/symbols/parser.hpp"

namespace {

constexpr int kBadConfiguration = 2;

void configure_log(const kernwise::options::Settings& settings) {
  using kernwise::log::Level;
  const auto& word = settings.text("log.level");
  const auto level = word == "debug"   ? Level::debug
                     : word == "warn"  ? Level::warn
                     : word == "error" ? Level::error
                                       : Level::info;
  kernwise::log::configure(level, settings.text("log.format") == "json"
                                      ? kernwise::log::Format::json
                                      : kernwise::log::Format::logfmt);
}

}  // namespace

int main(int argc, char** argv) {
  // The other life of this program: what reads files for the symbols of containers.
  if (argc == 2 && argv[1] == std::string_view(kernwise::symbols::kParserMode)) {
    return kernwise::symbols::parser_main();
  }
  auto outcome = kernwise::options::load(kernwise::profiler::program(), {argv + 1, argv + argc},
                                         kernwise::options::process_environment());
  if (!outcome) {
    std::cerr << "kernwise-profiler: " << outcome.error().message() << "\n";
    return kBadConfiguration;
  }
  if (!outcome->settings) {
    std::cout << outcome->text;
    return 0;
  }
  configure_log(*outcome->settings);
  auto daemon = kernwise::profiler::Daemon::start(*outcome->settings);
  if (!daemon) {
    std::cerr << "kernwise-profiler: " << daemon.error().message() << "\n";
    return kBadConfiguration;
  }
  (*daemon)->run();
  return 0;
}
