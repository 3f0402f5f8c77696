// SPDX-License-Identifier: Apache-2.0
#include "profiler/symbols/text_maps.hpp"

#include <rapidcheck.h>

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "test/unit/symbols/made_files.hpp"

namespace kernwise::symbols {
namespace {

std::vector<std::string> perf_names(const std::string& text,
                                    const std::vector<std::uint64_t>& addresses) {
  std::vector<std::string> names;
  const auto fd = test::memory_file(text);
  const auto file = ByteSource::file(fd.value());
  for (const auto& function : find_perf_map_functions(file, addresses)) {
    names.push_back(function.symbol);
  }
  return names;
}

TEST_CASE("perf map: an address belongs to the last line that holds it", "[symbols]") {
  const std::string text =
      "3ef414c0 398 LazyCompile:~burn /app/main.js:3\n"
      "0x3ef41900 0x10 py::spin:/app/main.py\n"
      "3ef41500 10 Stub:again\n"
      "broken line\n"
      "3ef42000 0 empty\n"
      "3ef43000 10\n"
      "ffffffffffffff00 ffffffff huge\n"
      "3ef44000 20 unfinished last line";
  CHECK(perf_names(text, {0x3ef414bf, 0x3ef414c0, 0x3ef41500, 0x3ef41510, 0x3ef41857, 0x3ef41858,
                          0x3ef41905, 0x3ef42000, 0x3ef43000, 0x3ef44010, 0xffffffffffffff80}) ==
        std::vector<std::string>{"", "LazyCompile:~burn /app/main.js:3", "Stub:again",
                                 "LazyCompile:~burn /app/main.js:3",
                                 "LazyCompile:~burn /app/main.js:3", "", "py::spin:/app/main.py",
                                 "", "", "unfinished last line", "huge"});
}

TEST_CASE("perf map: of a file above the limit the newest lines are read", "[symbols]") {
  std::string text = "1000 10 oldest\n";
  while (text.size() < kMaxPerfMapBytes + 100) text += "2000 10 filler line of some length\n";
  text += "3000 10 newest\n";
  CHECK(perf_names(text, {0x1000, 0x2000, 0x3000}) ==
        std::vector<std::string>{"", "filler line of some length", "newest"});
}

TEST_CASE("perf map: a line above the limit is left out, the next one is not", "[symbols]") {
  const std::string text =
      "1000 10 " + std::string(kMaxLine, 'x') + "\n2000 10 next\n" + std::string(200'000, 'y');
  CHECK(perf_names(text, {0x1000, 0x2000}) == std::vector<std::string>{"", "next"});
}

TEST_CASE("perf map: any bytes give answers around the addresses asked", "[symbols]") {
  REQUIRE(rc::check("answers hold", [](const std::string& noise) {
    static const std::vector<std::string> kWords = {"0",  "10", "ffffffffffffffff", "x",  " ",
                                                    "\n", "f",  "8000000000000000", "a b"};
    std::string text = noise;
    for (const auto& word :
         *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(kWords))) {
      text += word;
    }
    const std::vector<std::uint64_t> asked = {0, 5, 0x10, ~0ULL - 1};
    const auto found = find_perf_map_functions(ByteSource::memory(text), asked);
    RC_ASSERT(found.size() == asked.size());
    for (std::size_t i = 0; i < asked.size(); ++i) {
      RC_ASSERT(found[i].begin <= asked[i]);
      RC_ASSERT(asked[i] < found[i].end);
    }
  }));
}

TEST_CASE("kallsyms: an address belongs to the closest function before it", "[symbols]") {
  const auto fd = test::memory_file(
      "ffffffff81000000 T _stext\n"
      "ffffffff81000000 T _text\n"
      "ffffffff81000100 t do_work\n"
      "ffffffff81000180 D some_data\n"
      "ffffffff81000200 W weak_one\n"
      "ffffffffc0000000 t ext4_read\t[ext4]\n"
      "ffffffffc0000400 t bpf_prog_0123456789abcdef_kw\t[bpf]\n");
  ::lseek(fd.value(), 0, SEEK_SET);
  const auto found = find_kernel_functions(
      fd.value(),
      std::vector<std::uint64_t>{0xffffffff80000000, 0xffffffff81000010, 0xffffffff81000190,
                                 0xffffffff81000200, 0xffffffffc0000010, 0xffffffffc0000500});
  std::vector<std::string> names;
  for (const auto& function : found) names.push_back(function.symbol);
  CHECK(names == std::vector<std::string>{"", "_stext", "do_work", "weak_one", "ext4_read",
                                          "bpf_prog_0123456789abcdef_kw"});
  CHECK(found[2].begin == 0xffffffff81000100);
  CHECK(found[2].end == 0xffffffff81000200);
}

TEST_CASE("kallsyms: zeros, for a reader without the right, name nothing", "[symbols]") {
  const auto fd = test::memory_file("0000000000000000 T _stext\n0000000000000000 t do_work\n");
  ::lseek(fd.value(), 0, SEEK_SET);
  const auto found = find_kernel_functions(fd.value(), std::vector<std::uint64_t>{~0ULL - 1});
  CHECK_FALSE(found.at(0).known());
  CHECK(found.at(0).end == kNoLimit);
}

}  // namespace
}  // namespace kernwise::symbols
