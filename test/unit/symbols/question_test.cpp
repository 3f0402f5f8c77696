// SPDX-License-Identifier: Apache-2.0
#include "profiler/symbols/question.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <string>

#include "test/unit/symbols/made_files.hpp"

namespace kernwise::symbols {
namespace {

using test::memory_file;

Answer ask(const std::string& bytes, std::vector<std::uint64_t> offsets,
           FileKind kind = FileKind::program) {
  const auto fd = memory_file(bytes);
  return answer_question({.kind = kind, .addresses = std::move(offsets)}, fd.value());
}

std::vector<std::string> names(const Answer& answer) {
  std::vector<std::string> names;
  for (const auto& function : answer.functions) names.push_back(function.symbol);
  return names;
}

TEST_CASE("question: the best source of names that has one is believed", "[symbols]") {
  const auto inner = test::elf_of(test::symbol_sections(
      {{"_ZN2ns7privateEv", 0x401400, 0x10}, {"from_go_too", 0x401100, 0x80}}, 1));
  auto sections =
      test::symbol_sections({{"exported", 0x401500, 0x10}, {"private", 0x401400, 4}}, 1, true);
  sections.push_back(
      {.name = ".gopclntab",
       .bytes = test::go_table(test::GoForm::go120, {{"main.burn", 0x401100}}, 0x401200, 0x401000),
       .address = 1});
  sections.push_back({.name = ".gnu_debugdata", .bytes = test::packed(inner)});
  const auto answer = ask(test::elf_of(sections), {0x1110, 0x1408, 0x1508, 0x1608});
  REQUIRE(answer.readable);
  CHECK(names(answer) == std::vector<std::string>{"main.burn", "ns::private", "exported", ""});
  CHECK(answer.functions[0].begin == 0x1100);  // in offsets of the file
  CHECK(answer.functions[0].end == 0x1200);
  auto with_table = test::symbol_sections({{"mine", 0x401100, 0x10}}, 1);
  for (auto section : sections) {
    if (section.link != 0) section.link += 2;
    with_table.push_back(std::move(section));
  }
  CHECK(names(ask(test::elf_of(with_table), {0x1104, 0x1110})) ==
        std::vector<std::string>{"mine", "main.burn"});
}

TEST_CASE("question: facts alone need no address", "[symbols]") {
  const auto answer = ask(test::small_elf({}, ".go.buildinfo"), {});
  CHECK(answer.readable);
  CHECK(answer.go);
  CHECK_FALSE(ask("#!/bin/sh\n", {}).readable);
  CHECK_FALSE(answer_question({}, -1).readable);
}

TEST_CASE("question: packed symbols that unpack to too much are left out", "[symbols]") {
  const std::string bomb = test::packed(std::string(32UL * 1024 * 1024, '\0'));
  CHECK(bomb.size() < 32UL * 1024);
  const auto answer = ask(test::elf_of({{.name = ".gnu_debugdata", .bytes = bomb}}), {0x1000});
  CHECK(names(answer) == std::vector<std::string>{""});
  for (const auto& broken : {std::string("xz?"), bomb.substr(0, 40), std::string(4096, '\xfd')}) {
    CHECK(ask(test::elf_of({{.name = ".gnu_debugdata", .bytes = broken}}), {0x1000}).readable);
  }
}

TEST_CASE("question: packed symbols do not unpack a second time", "[symbols]") {
  auto nested = test::elf_of({});
  for (int i = 0; i < 3; ++i) {
    nested = test::elf_of({{.name = ".gnu_debugdata", .bytes = test::packed(nested)}});
  }
  CHECK(names(ask(nested, {0x1000})) == std::vector<std::string>{""});
}

Function some_function(std::uint64_t address) {
  const auto before = *rc::gen::inRange<std::uint64_t>(0, address + 1);
  const auto after = *rc::gen::inRange<std::uint64_t>(1, 1000);
  return {.begin = before,
          .end = address + after,
          .symbol = *rc::gen::element<std::string>("", "f", "ns::T::m", std::string(512, 'x'))};
}

TEST_CASE("question: what is encoded comes back, and nothing else does", "[symbols]") {
  REQUIRE(rc::check("round trip", [] {
    Question question{
        .kind = *rc::gen::element(FileKind::program, FileKind::perf_map, FileKind::kernel),
        .addresses = *rc::gen::container<std::vector<std::uint64_t>>(
            rc::gen::inRange<std::uint64_t>(0, 1ULL << 40))};
    question.addresses.resize(std::min(question.addresses.size(), kMaxAsked));
    std::ranges::sort(question.addresses);
    const auto asked = decode_question(encode(question));
    RC_ASSERT(asked.has_value());
    RC_ASSERT(*asked == question);
    Answer answer{.readable = true,
                  .go = *rc::gen::arbitrary<bool>(),
                  .build_id = *rc::gen::element<std::string>("", std::string(20, '\x7f')),
                  .functions = {}};
    for (const auto address : question.addresses) {
      answer.functions.push_back(some_function(address));
    }
    const auto bytes = encode(answer);
    const auto back = decode_answer(bytes, question);
    RC_ASSERT(back.has_value());
    RC_ASSERT(*back == answer);
    const auto cut = *rc::gen::inRange<std::size_t>(0, bytes.size());
    RC_ASSERT(!decode_answer(bytes.substr(0, cut), question).has_value());
    RC_ASSERT(!decode_answer(bytes + "x", question).has_value());
  }));
  REQUIRE(rc::check("any bytes", [](const std::string& bytes) {
    const Question question{.kind = FileKind::program, .addresses = {1, 2, 3}};
    const auto answer = decode_answer(bytes, question);
    RC_ASSERT(!answer || !answer->readable || answer->functions.size() == 3U);
    (void)decode_question(bytes);
  }));
}

TEST_CASE("question: an answer that lies about its addresses or names is none", "[symbols]") {
  const Question question{.kind = FileKind::program, .addresses = {100}};
  const auto accepted = [&](const Function& function) {
    return decode_answer(encode(Answer{.readable = true, .functions = {function}}), question)
        .has_value();
  };
  CHECK(accepted({.begin = 100, .end = 101, .symbol = "f"}));
  CHECK_FALSE(accepted({.begin = 101, .end = 200, .symbol = "f"}));
  CHECK_FALSE(accepted({.begin = 0, .end = 100, .symbol = "f"}));
  CHECK_FALSE(accepted({.begin = 100, .end = 101, .symbol = "two\nlines"}));
  CHECK_FALSE(accepted({.begin = 100, .end = 101, .symbol = "\xff"}));
}

/// A file with every kind of section there is a reader for.
std::string rich_file() {
  auto sections = test::symbol_sections({{"first", 0x401000, 0x10}, {"second", 0x401010, 0}}, 1);
  for (auto& section : test::symbol_sections({{"third", 0x401800, 8}}, 3, true)) {
    sections.push_back(std::move(section));
  }
  sections.push_back({.name = ".gopclntab",
                      .bytes = test::go_table(test::GoForm::go120, {{"main.burn", 0x401100}},
                                              0x401200, 0x401000, false),
                      .address = 1});
  sections.push_back({.name = ".go.module", .bytes = std::string(200, '\0'), .address = 1});
  sections.push_back({.name = ".rela.dyn", .type = SHT_RELA, .bytes = std::string(48, '\1')});
  sections.push_back({.name = ".gnu_debugdata",
                      .bytes = test::packed(test::small_elf({{"inner", 0x401300, 0x10}}))});
  return test::elf_of(sections);
}

void exercise(const std::string& bytes) {
  const std::vector<std::uint64_t> offsets = {0, 0x1000, 0x1008, 0x1104, 0x1308, 0x1804, ~0ULL - 1};
  const Question question{.kind = FileKind::program, .addresses = offsets};
  const auto fd = memory_file(bytes);
  const auto answer = answer_question(question, fd.value());
  // Whatever it holds: what is said of it can be sent and is taken.
  RC_ASSERT(decode_answer(encode(answer), question).has_value());
}

TEST_CASE("question: a truncated file never breaks its reader", "[symbols]") {
  const auto bytes = rich_file();
  for (std::size_t size = 0; size < bytes.size(); size += 1 + size / 64) {
    exercise(bytes.substr(0, size));
  }
}

TEST_CASE("question: a mutated file never breaks its reader", "[symbols]") {
  const auto rich = rich_file();
  REQUIRE(rc::check("bytes", [&] {
    auto bytes = rich;
    const auto edits = *rc::gen::inRange(1, 20);
    for (int i = 0; i < edits; ++i) {
      bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] = *rc::gen::arbitrary<char>();
    }
    exercise(bytes);
  }));
  REQUIRE(rc::check("words", [&] {
    auto bytes = rich;
    const auto edits = *rc::gen::inRange(1, 6);
    for (int i = 0; i < edits; ++i) {
      // Half of the words go into the section headers at the end: sizes, offsets, links.
      const bool tail = *rc::gen::arbitrary<bool>();
      const auto from = tail ? bytes.size() - 700 : SELFMAG + 1;
      const auto at = *rc::gen::inRange<std::size_t>(from, bytes.size() - 8);
      const auto word = *rc::gen::element<std::uint64_t>(0, 1, 0x7f, 0xffff, 0x7fffffff, 0xffffffff,
                                                         1ULL << 40, ~0ULL >> 1, ~0ULL);
      std::memcpy(bytes.data() + at, &word, *rc::gen::element<std::size_t>(2, 4, 8));
    }
    exercise(bytes);
  }));
}

}  // namespace
}  // namespace kernwise::symbols
