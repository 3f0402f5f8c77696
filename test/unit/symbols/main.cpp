// SPDX-License-Identifier: Apache-2.0
// As kernwise-profiler, this program is its own symbol parser in a second mode.
#include <catch2/catch_session.hpp>
#include <string_view>

#include "profiler/symbols/parser.hpp"

int main(int argc, char** argv) {
  if (argc == 2 && argv[1] == std::string_view(kernwise::symbols::kParserMode)) {
    return kernwise::symbols::parser_main();
  }
  return Catch::Session().run(argc, argv);
}
