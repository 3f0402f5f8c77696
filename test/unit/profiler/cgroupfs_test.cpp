// SPDX-License-Identifier: Apache-2.0
#include "profiler/kernel/cgroupfs.hpp"

#include <rapidcheck.h>

#include <catch2/catch_all.hpp>
#include <filesystem>
#include <fstream>

#include "test/support/show_result.hpp"

namespace kernwise::kernel {

TEST_CASE("parse_cpu_max: cores, or no limit", "[kernel-files]") {
  const auto [text, expected] = GENERATE(table<std::string, std::optional<double>>({
      {"50000 100000\n", 0.5},
      {"200000 100000\n", 2.0},
      {"max 100000\n", std::nullopt},
      {"", std::nullopt},
      {"50000", std::nullopt},
      {"50000 0\n", std::nullopt},
      {"-1 100000\n", std::nullopt},
  }));
  CAPTURE(text);
  CHECK(parse_cpu_max(text) == expected);
}

TEST_CASE("parse_cpu_stat: with and without the controller", "[kernel-files]") {
  const auto whole = parse_cpu_stat(
      "usage_usec 4200\nuser_usec 4000\nsystem_usec 200\nnr_periods 10\nnr_throttled 3\n"
      "throttled_usec 90000\n");
  CHECK(whole.usage_us == 4200);
  CHECK(whole.periods == 10U);
  CHECK(whole.throttled_periods == 3U);
  CHECK(whole.throttled_us == 90000U);
  const auto bare = parse_cpu_stat("usage_usec 7\nuser_usec 7\nsystem_usec 0\n");
  CHECK(bare.usage_us == 7);
  CHECK_FALSE(bare.throttled_us);
}

TEST_CASE("parse_pressure: totals of both lines; cpu before 5.13 has one", "[kernel-files]") {
  const auto both = parse_pressure(
      "some avg10=0.00 avg60=0.00 avg300=0.19 total=5448390\n"
      "full avg10=0.00 avg60=0.00 avg300=0.00 total=12\n");
  REQUIRE(both);
  CHECK(both->some_us == 5448390);
  CHECK(both->full_us == 12);
  const auto one = parse_pressure("some avg10=0.00 avg60=0.00 avg300=0.00 total=9\n");
  REQUIRE(one);
  CHECK(one->full_us == 0);
  CHECK_FALSE(parse_pressure(""));
  CHECK_FALSE(parse_pressure("some avg10=0.00 total=many\n"));
}

TEST_CASE("the parsers take any text", "[kernel-files]") {
  REQUIRE(rc::check("no crash", [](const std::string& text) {
    static_cast<void>(parse_cpu_max(text));
    static_cast<void>(parse_cpu_stat(text));
    static_cast<void>(parse_pressure(text));
    static_cast<void>(number_after(text, "usage_usec"));
  }));
}

TEST_CASE("CgroupTree: walks parents first and reads what is there", "[kernel-files]") {
  namespace fs = std::filesystem;
  const auto root = fs::temp_directory_path() / ("kernwise-tree-" + std::to_string(::getpid()));
  fs::create_directories(root / "a/b");
  std::ofstream(root / "a/b/cpu.max") << "150000 100000\n";
  std::ofstream(root / "a/b/memory.current") << "4096\n";
  std::ofstream(root / "a/b/memory.stat") << "anon 1\ninactive_file 1096\n";
  auto tree = CgroupTree::at(root);
  REQUIRE(tree);
  std::vector<std::string> paths;
  tree->walk([&](std::uint64_t id, const std::string& path) {
    CHECK(id == *tree->id_of(path));
    paths.push_back(path);
  });
  CHECK(paths == std::vector<std::string>{"/a", "/a/b"});
  const auto files = tree->read("/a/b");
  CHECK(files.cpu_limit == 1.5);
  CHECK(files.memory_working_set_bytes == 3000U);
  CHECK_FALSE(files.pressure.cpu);
  fs::remove_all(root);
}

}  // namespace kernwise::kernel
