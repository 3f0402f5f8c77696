// SPDX-License-Identifier: Apache-2.0
#include "profiler/symbols/module_book.hpp"

#include <rapidcheck.h>

#include <catch2/catch_test_macros.hpp>

namespace kernwise::symbols {
namespace {

FileId file(std::uint64_t inode) {
  return {.device = 1, .inode = inode, .size = 1};
}

Answer answer_of(Functions functions) {
  return {.readable = true, .go = false, .build_id = "id", .functions = std::move(functions)};
}

TEST_CASE("module book: what was answered is found in its range", "[symbols]") {
  ModuleBook book(1024UL * 1024);
  auto& module = book.open(file(1), FileKind::program);
  book.want(module, 0x105);
  book.want(module, 0x400);
  book.keep(module, {.kind = FileKind::program, .addresses = {0x105, 0x400}},
            answer_of({{.begin = 0x100, .end = 0x200, .symbol = "f"},
                       {.begin = 0x400, .end = 0x500, .symbol = ""}}));
  CHECK(module.wanted.empty());
  REQUIRE(module.find(0x1ff) != nullptr);
  CHECK(*module.find(0x1ff)->name == "f");
  CHECK(module.find(0x200) == nullptr);
  REQUIRE(module.find(0x450) != nullptr);
  CHECK(module.find(0x450)->name == nullptr);  // known to have no name
  book.want(module, 0x450);
  CHECK(module.wanted.empty());
}

TEST_CASE("module book: of overlapping answers the first one stays", "[symbols]") {
  ModuleBook book(1024UL * 1024);
  auto& module = book.open(file(1), FileKind::program);
  const Question question{.kind = FileKind::program, .addresses = {0x150}};
  book.keep(module, question, answer_of({{.begin = 0x140, .end = 0x160, .symbol = "inner"}}));
  book.keep(module, question, answer_of({{.begin = 0x100, .end = 0x200, .symbol = "outer"}}));
  CHECK(*module.find(0x150)->name == "inner");
  CHECK(*module.find(0x110)->name == "outer");
}

TEST_CASE("module book: copies of one library share its names", "[symbols]") {
  ModuleBook book(1024UL * 1024);
  const std::string name(400, 'n');
  const Question question{.kind = FileKind::program, .addresses = {0x100}};
  std::vector<std::size_t> bytes = {book.bytes()};
  for (std::uint64_t inode = 1; inode <= 3; ++inode) {
    auto& module = book.open(file(inode), FileKind::program);
    book.keep(module, question, answer_of({{.begin = 0x100, .end = 0x200, .symbol = name}}));
    bytes.push_back(book.bytes());
  }
  CHECK(bytes[3] - bytes[2] == bytes[2] - bytes[1]);
  CHECK(bytes[3] - bytes[2] + name.size() <= bytes[1] - bytes[0]);
}

TEST_CASE("module book: bytes stay below the limit and return to nothing", "[symbols]") {
  REQUIRE(rc::check("bounded", [] {
    constexpr std::size_t kLimit = 64UL * 1024;
    ModuleBook book(kLimit);
    const auto steps = *rc::gen::container<std::vector<std::tuple<std::uint8_t, std::uint16_t>>>(
        rc::gen::arbitrary<std::tuple<std::uint8_t, std::uint16_t>>());
    for (const auto& [inode, begin] : steps) {
      auto& module = book.open(file(inode), FileKind::program);
      book.want(module, begin);
      book.keep(module, {.kind = FileKind::program, .addresses = {begin}},
                answer_of({{.begin = begin,
                            .end = begin + 16UL,
                            .symbol = "name" + std::to_string(begin % 100)}}));
      RC_ASSERT(book.bytes() <= kLimit || book.size() == 1U);
      RC_ASSERT(book.find(file(inode)) != nullptr);
    }
  }));
}

TEST_CASE("module book: one module cannot want or know without end", "[symbols]") {
  ModuleBook book(64UL * 1024 * 1024);
  auto& module = book.open(file(1), FileKind::program);
  for (std::uint64_t i = 0; i < 10'000; ++i) book.want(module, i);
  CHECK(module.wanted.size() == ModuleBook::kMaxWanted);
  for (std::uint64_t i = 0; i < 40'000; ++i) {
    book.keep(module, {}, answer_of({{.begin = i, .end = i + 1, .symbol = "f"}}));
  }
  CHECK(module.known.size() <= ModuleBook::kMaxKnown);
}

}  // namespace
}  // namespace kernwise::symbols
