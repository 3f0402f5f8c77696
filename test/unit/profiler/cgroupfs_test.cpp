// SPDX-License-Identifier: Apache-2.0
#include "profiler/kernel/cgroupfs.hpp"

#include <rapidcheck.h>

#include <catch2/catch_all.hpp>
#include <filesystem>
#include <fstream>

#include "profiler/kernel/cgroup_files.hpp"
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
  CgroupFilesReader reader(tree->root());
  const auto files = reader.read("/a/b");
  CHECK(files.cpu_limit == 1.5);
  CHECK(files.memory_working_set_bytes == 3000U);
  CHECK_FALSE(files.pressure.cpu);
  fs::remove_all(root);
}

TEST_CASE("CgroupFilesReader: keeps files open, sees changes, and stays within its limit",
          "[kernel-files]") {
  namespace fs = std::filesystem;
  const auto root = fs::temp_directory_path() / ("kernwise-files-" + std::to_string(::getpid()));
  const auto write = [&root](const std::string& cgroup, const std::string& text) {
    fs::create_directories(root / cgroup);
    std::ofstream(root / cgroup / "cpu.max") << text;
    std::ofstream(root / cgroup / "cpu.stat") << "usage_usec 1\n";
  };
  CgroupFilesReader reader(root, 14);
  write("a", "50000 100000\n");
  CHECK(reader.read("/a").cpu_limit == 0.5);
  CHECK(reader.open_files() == 2);
  write("a", "200000 100000\n");  // the same file, longer
  CHECK(reader.read("/a").cpu_limit == 2.0);
  CHECK(reader.open_files() == 2);
  for (const std::string name : {"b", "c", "d", "e", "f", "g", "h"}) {
    write(name, "100000 100000\n");
    CHECK(reader.read("/" + name).cpu_limit == 1.0);
    CHECK(reader.open_files() <= 14);
  }
  CHECK(reader.read("/a").cpu_limit == 2.0);  // closed meanwhile, opened again
  reader.forget("/a");
  reader.forget("/never");
  // A file that comes later is found, though not with every read.
  CHECK_FALSE(reader.read("/h").pressure.cpu);
  std::ofstream(root / "h" / "cpu.pressure") << "some avg10=0.00 total=9\n";
  bool found = false;
  for (int reads = 0; reads < 100 && !found; ++reads) {
    found = reader.read("/h").pressure.cpu.has_value();
  }
  CHECK(found);
  fs::remove_all(root);
  CHECK(CgroupFilesReader({}).read("/a").cpu.usage_us == 0);  // no hierarchy at all
}

}  // namespace kernwise::kernel
