// SPDX-License-Identifier: Apache-2.0
#include "profiler/symbols/proc_maps.hpp"

#include <rapidcheck.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "test/unit/symbols/known_functions.hpp"

namespace kernwise::symbols {
namespace {

TEST_CASE("maps: an executable mapping is read", "[symbols]") {
  const auto mapping = parse_map_line(
      "7f0000001000-7f0000003000 r-xp 00001000 fe:00 4242                       "
      "/usr/lib/libc.so.6");
  REQUIRE(mapping.has_value());
  CHECK(*mapping == Mapping{.start = 0x7f0000001000,
                            .end = 0x7f0000003000,
                            .offset = 0x1000,
                            .inode = 4242,
                            .path = "/usr/lib/libc.so.6"});
}

TEST_CASE("maps: hostile names stay names", "[symbols]") {
  const std::string head = "1000-2000 r-xp 00000000 00:00 7 ";
  for (const std::string path :
       {"/a b c", "/x 1000-2000 r-xp", "/dev/zero (deleted)", "/\"quoted\"", "/\xff\xfe", ""}) {
    CAPTURE(path);
    const auto mapping = parse_map_line(head + path);
    REQUIRE(mapping.has_value());
    CHECK(mapping->path == path);
    CHECK(mapping->inode == 7);
  }
  CHECK(parse_map_line(head + "/two\\012lines")->path == "/two\nlines");
}

TEST_CASE("maps: anonymous code has no path", "[symbols]") {
  const auto mapping = parse_map_line("1000-2000 rwxp 00000000 00:00 0 ");
  REQUIRE(mapping.has_value());
  CHECK(mapping->inode == 0);
  CHECK(mapping->path.empty());
}

TEST_CASE("maps: other lines give nothing", "[symbols]") {
  for (const std::string line :
       {"", "1000-2000 r--p 00000000 00:00 7 /a", "2000-1000 r-xp 00000000 00:00 7 /a",
        "1000-1000 r-xp 00000000 00:00 7 /a", "1000 r-xp 00000000 00:00 7 /a",
        "g000-2000 r-xp 00000000 00:00 7 /a", "1000-2000 r-xp 0 00:00 x /a", "1000-2000 r-xp",
        "1000-2000 r-x 00000000 00:00 7 /a", "-1000-2000 r-xp 00000000 00:00 7 /a",
        "10000000000000000-20000000000000000 r-xp 0 00:00 7 /a"}) {
    CAPTURE(line);
    CHECK_FALSE(parse_map_line(line).has_value());
  }
}

TEST_CASE("maps: this process's own mappings hold its own functions", "[symbols]") {
  const auto mappings = read_maps("/proc/self/maps");
  REQUIRE(mappings.has_value());
  const auto address = test::address_of(&kw_test_plain_function);
  const auto* mapping = mapping_at(*mappings, address);
  REQUIRE(mapping != nullptr);
  CHECK(mapping->path.ends_with("kw_test_symbols"));
  CHECK(mapping_at(*mappings, 0) == nullptr);
  CHECK(mapping_at(*mappings, ~0ULL) == nullptr);
}

TEST_CASE("maps: an endless file and an endless line are cut", "[symbols]") {
  const test::TemporaryFolder folder;
  std::string many;
  for (std::size_t i = 1; i <= kMaxMappings + 10; ++i) {
    const auto page = std::to_string(i);  // digits are hexadecimal digits too
    many += page + "000-" + page + "800 r-xp 00000000 00:00 7 /a\n";
  }
  many += "1-2 r-xp 00000000 00:00 7 /" + std::string(100'000, 'a') + "\n";
  const auto mappings = read_maps(folder.write("maps", many));
  REQUIRE(mappings.has_value());
  CHECK(mappings->size() == kMaxMappings);
  const auto one = read_maps(
      folder.write("line", std::string(100'000, 'a') + "\n1-2 r-xp 00000000 00:00 7 /b\n3-4 r-xp"));
  REQUIRE(one.has_value());
  REQUIRE(one->size() == 1);
  CHECK(one->front().path == "/b");
  CHECK_FALSE(read_maps(folder.path() + "/none").has_value());
}

TEST_CASE("maps: any line is answered", "[symbols]") {
  REQUIRE(rc::check("any text", [](const std::string& text) {
    const auto mapping = parse_map_line(text);
    if (mapping) RC_ASSERT(mapping->start < mapping->end);
  }));
  REQUIRE(rc::check("mutated line", [] {
    std::string line = "7f0000001000-7f0000003000 r-xp 00001000 fe:00 4242   /usr/lib/libc.so.6";
    const auto at = *rc::gen::inRange<std::size_t>(0, line.size());
    line[at] = *rc::gen::arbitrary<char>();
    const auto mapping = parse_map_line(line);
    if (mapping) RC_ASSERT(mapping->start < mapping->end);
  }));
}

TEST_CASE("process key: fields are found behind any name", "[symbols]") {
  const std::string rest =
      " S 1 1 1 0 -1 4194560 100 0 0 0 1 2 0 0 20 0 1 0 5555 1000 200 18446744073709551615 "
      "4096 8192 140000 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0";
  for (const std::string name : {"sh", "a b", "a) S 1 1", "((", "\xff"}) {
    CAPTURE(name);
    const auto key = parse_process_key("42 (" + name + ")" + rest);
    REQUIRE(key.has_value());
    CHECK(*key == ProcessKey{.start_time = 5555, .start_code = 4096, .start_stack = 140000});
  }
  CHECK_FALSE(parse_process_key("").has_value());
  CHECK_FALSE(parse_process_key("42 (sh) S 1").has_value());
}

}  // namespace
}  // namespace kernwise::symbols
