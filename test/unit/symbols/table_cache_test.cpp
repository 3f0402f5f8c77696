// SPDX-License-Identifier: Apache-2.0
#include "profiler/symbols/table_cache.hpp"

#include <fcntl.h>
#include <rapidcheck.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>

#include "common/base/fd.hpp"

namespace kernwise::symbols {
namespace {

using std::chrono::minutes;

constexpr MonoTime kStart{};

FileId file(std::uint64_t inode) {
  return {.device = 1, .inode = inode, .size = 1};
}

/// The dynamic symbols of libc: has a build-id, a few thousand functions.
SymbolTable some_table() {
  static const std::string kPath = "/lib/x86_64-linux-gnu/libm.so.6";
  const Fd fd(::open(kPath.c_str(), O_RDONLY | O_CLOEXEC));
  auto table = SymbolTable::read(fd.value(), 64UL * 1024 * 1024);
  REQUIRE(table.has_value());
  REQUIRE_FALSE(table->build_id().empty());
  return std::move(*table);
}

TEST_CASE("table cache: copies of one file share one table", "[symbols]") {
  TableCache cache(64UL * 1024 * 1024);
  const auto first = cache.keep(file(1), some_table(), kStart);
  const auto bytes = cache.bytes();
  const auto second = cache.keep(file(2), some_table(), kStart);
  CHECK(first == second);
  CHECK(cache.files() == 2);
  CHECK(cache.bytes() < bytes + 1024);
  CHECK(cache.find(file(2), kStart)->table == first);
}

TEST_CASE("table cache: the least recently used leaves", "[symbols]") {
  const std::size_t one = some_table().bytes();
  TableCache cache((one * 3) / 2);
  (void)cache.keep(file(1), some_table(), kStart);
  for (std::uint64_t inode = 2; inode < 5000; ++inode) {
    (void)cache.keep(file(inode), std::nullopt, kStart);
    CHECK(cache.find(file(1), kStart).has_value());
  }
  CHECK(cache.bytes() <= (one * 3) / 2);
  CHECK_FALSE(cache.find(file(2), kStart).has_value());
}

TEST_CASE("table cache: a file without a table is asked again after ten minutes", "[symbols]") {
  TableCache cache(1024 * 1024);
  (void)cache.keep(file(1), std::nullopt, kStart);
  const auto known = cache.find(file(1), kStart + minutes(9));
  REQUIRE(known.has_value());
  CHECK(known->table == nullptr);
  CHECK_FALSE(cache.find(file(1), kStart + minutes(10)).has_value());
  CHECK(cache.bytes() == 0);
}

TEST_CASE("table cache: bytes return to nothing and never pass the limit", "[symbols]") {
  const auto table = some_table();
  REQUIRE(rc::check("bounded", [&] {
    const std::size_t limit = table.bytes() + 2048;
    TableCache cache(limit);
    const auto steps = *rc::gen::container<std::vector<std::pair<std::uint8_t, bool>>>(
        rc::gen::arbitrary<std::pair<std::uint8_t, bool>>());
    for (const auto& [inode, with_table] : steps) {
      (void)cache.keep(file(inode), with_table ? std::optional(table) : std::nullopt, kStart);
      RC_ASSERT(cache.bytes() <= limit + table.bytes());
      RC_ASSERT(cache.files() <= 256U);
    }
  }));
}

}  // namespace
}  // namespace kernwise::symbols
