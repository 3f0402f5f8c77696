// SPDX-License-Identifier: Apache-2.0
#include "profiler/symbols/go_functions.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <string>

#include "test/unit/symbols/made_files.hpp"

namespace kernwise::symbols {
namespace {

using test::go_table;
using test::GoForm;
using test::MadeSection;
using test::raw;

constexpr std::uint64_t kText = 0x401000;

std::string some_table(GoForm form, bool with_text = true) {
  return go_table(
      form,
      {{"runtime.text", kText}, {"main.burnCycles", kText + 0x100}, {"main.(*T).M", kText + 0x180}},
      kText + 0x200, kText, with_text);
}

/// The answer for each address, or nothing at all.
std::vector<std::string> names_in(const std::string& bytes,
                                  const std::vector<std::uint64_t>& addresses) {
  const auto file = ByteSource::memory(bytes);
  const auto layout = read_layout(file);
  REQUIRE(layout.has_value());
  const auto found = find_go_functions(file, *layout, addresses);
  std::vector<std::string> names;
  if (found) {
    for (const auto& function : *found) names.push_back(function.symbol);
  }
  return names;
}

TEST_CASE("Go functions: every form of the table names its functions", "[symbols]") {
  const auto form = GENERATE(GoForm::go12, GoForm::go116, GoForm::go118, GoForm::go120);
  const auto bytes =
      test::elf_of({{.name = ".gopclntab", .bytes = some_table(form), .address = 1}});
  const std::vector<std::uint64_t> addresses = {
      kText - 1, kText, kText + 0xff, kText + 0x100, kText + 0x17f, kText + 0x1ff, kText + 0x200};
  CHECK(names_in(bytes, addresses) == std::vector<std::string>{"", "runtime.text", "runtime.text",
                                                               "main.burnCycles", "main.burnCycles",
                                                               "main.(*T).M", ""});
  const auto file = ByteSource::memory(bytes);
  const auto layout = read_layout(file);
  const auto one = find_go_functions(file, *layout, std::vector{kText + 0x110});
  REQUIRE(one.has_value());
  CHECK(one->at(0).begin == kText + 0x100);
  CHECK(one->at(0).end == kText + 0x180);
}

TEST_CASE("Go functions: without a start of text in the table it comes from the module",
          "[symbols]") {
  const MadeSection table{
      .name = ".gopclntab", .bytes = some_table(GoForm::go120, false), .address = 1};
  CHECK(names_in(test::elf_of({table}), {kText + 0x100}).empty());
  std::string module(22 * 8, '\0');
  const MadeSection with_text{.name = ".go.module", .bytes = module + raw(kText), .address = 1};
  CHECK(names_in(test::elf_of({table, with_text}), {kText + 0x100}) ==
        std::vector<std::string>{"main.burnCycles"});
}

TEST_CASE("Go functions: in a program without a fixed place the relocation says it", "[symbols]") {
  const bool in_module = GENERATE(false, true);
  const MadeSection table{
      .name = ".data.rel.ro.gopclntab", .bytes = some_table(GoForm::go118, false), .address = 1};
  const MadeSection module{.name = ".go.module", .bytes = std::string(23 * 8, '\0'), .address = 1};
  Elf64_Rela relocation{};
  relocation.r_info = ELF64_R_INFO(0, R_X86_64_RELATIVE);
  relocation.r_addend = static_cast<Elf64_Sxword>(kText);
  const MadeSection empty{.name = ".rela.dyn", .type = SHT_RELA, .bytes = raw(relocation)};
  // The file has to be made once to learn where its sections lie.
  const auto draft_bytes = test::elf_of({table, module, empty});
  const auto draft = read_layout(ByteSource::memory(draft_bytes));
  relocation.r_offset =
      in_module ? draft->go_module.address + 22 * 8 : draft->pclntab.address + 8 + 2 * 8;
  const MadeSection filled{.name = ".rela.dyn", .type = SHT_RELA, .bytes = raw(relocation)};
  CHECK(names_in(test::elf_of({table, module, filled}), {kText + 0x100}) ==
        std::vector<std::string>{"main.burnCycles"});
}

TEST_CASE("Go functions: a table that contradicts itself is an error", "[symbols]") {
  const auto good = some_table(GoForm::go120);
  const auto with = [&](std::size_t at, std::uint64_t word) {
    auto table = good;
    std::memcpy(table.data() + at, &word, sizeof(word));
    return table;
  };
  for (const auto& table :
       {std::string(), good.substr(0, 6), std::string(64, '\xff'), with(8, 0), with(8, 1ULL << 62),
        with(8, 100'000), with(64, ~0ULL), with(64, good.size())}) {
    CHECK(names_in(test::elf_of({{.name = ".gopclntab", .bytes = table, .address = 1}}),
                   {kText + 0x100})
              .empty());
  }
  CHECK(names_in(test::elf_of({}), {kText}).empty());
}

}  // namespace
}  // namespace kernwise::symbols
