// SPDX-License-Identifier: Apache-2.0
#include "profiler/app/options.hpp"

#include <catch2/catch_all.hpp>

#include "test/support/show_result.hpp"

namespace kernwise::profiler {

TEST_CASE("options: every default passes its own check", "[profiler]") {
  const auto loaded = options::load(program(), {}, {});
  REQUIRE(loaded);
  REQUIRE(loaded->settings);
  CHECK(loaded->settings->milliseconds("window") == 5000);
  CHECK(loaded->settings->text("listen") == "127.0.0.1:5000");
  CHECK(loaded->settings->list("filter.exclude_namespaces").size() == 3);
}

TEST_CASE("options: a window outside 1s..60s is refused by name", "[profiler]") {
  const auto loaded = options::load(program(), {"--window", "61s"}, {});
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().message().find("window") != std::string::npos);
}

TEST_CASE("collectors: the profile decides, custom takes the switches", "[profiler]") {
  const auto of = [](std::vector<std::string> arguments) {
    return collectors(*options::load(program(), arguments, {})->settings);
  };
  CHECK_FALSE(of({"--profile", "minimal"}).stacks);
  CHECK_FALSE(of({"--profile", "minimal"}).network);
  CHECK(of({"--profile", "standard", "--collect.tcp", "false"}).network);
  CHECK_FALSE(of({"--profile", "custom", "--collect.tcp", "false"}).network);
}

}  // namespace kernwise::profiler
