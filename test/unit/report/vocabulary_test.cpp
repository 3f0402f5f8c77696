// SPDX-License-Identifier: Apache-2.0
#include "common/report/vocabulary.hpp"

#include <catch2/catch_all.hpp>
#include <set>

namespace kernwise {

TEST_CASE("vocabulary: every share has a name of its own that leads back to it", "[report]") {
  std::set<std::string_view> names;
  for (std::size_t at = 0; at < kShareCount; ++at) {
    const auto share = static_cast<Share>(at);
    names.insert(name_of(share));
    CHECK(share_named(name_of(share)) == share);
  }
  CHECK(names.size() == kShareCount);
  CHECK(names.contains("on_cpu"));
  CHECK(share_named("cpu") == std::nullopt);
  CHECK(share_named("") == std::nullopt);
}

TEST_CASE("vocabulary: every verdict has a name of its own that leads back to it", "[report]") {
  std::set<std::string_view> names;
  for (std::size_t at = 0; at < kVerdictCount; ++at) {
    const auto verdict = static_cast<Verdict>(at);
    names.insert(name_of(verdict));
    CHECK(verdict_named(name_of(verdict)) == verdict);
  }
  CHECK(names.size() == kVerdictCount);
  CHECK(verdict_named("busy") == std::nullopt);
}

TEST_CASE("vocabulary: coarse form is the first seed's three types", "[report]") {
  const auto [verdict, expected] = GENERATE(table<Verdict, CoarseType>({
      {Verdict::cpu_saturated, CoarseType::cpu},
      {Verdict::cpu_throttled, CoarseType::cpu},
      {Verdict::noisy_neighbour, CoarseType::cpu},
      {Verdict::disk_bound, CoarseType::io},
      {Verdict::downstream_wait, CoarseType::off_cpu},
      {Verdict::lock_bound, CoarseType::off_cpu},
      {Verdict::memory_pressure, CoarseType::off_cpu},
      {Verdict::backlog, CoarseType::off_cpu},
      {Verdict::steady, CoarseType::none},
      {Verdict::idle, CoarseType::none},
      {Verdict::unknown, CoarseType::none},
  }));
  CAPTURE(name_of(verdict));
  CHECK(coarse(verdict) == expected);
}

TEST_CASE("WaitShares: sums leave out what they do not count", "[report]") {
  WaitShares shares;
  shares[Share::on_cpu] = 1;
  shares[Share::runqueue] = 2;
  shares[Share::throttled] = 4;
  shares[Share::disk] = 8;
  shares[Share::network] = 16;
  shares[Share::lock] = 32;
  shares[Share::memory] = 64;
  shares[Share::ipc] = 128;
  shares[Share::idle] = 256;
  CHECK(shares.total() == 511);   // 2^9 - 1
  CHECK(shares.active() == 255);  // without idle
  CHECK(shares.own() == 253);     // without idle and run queue
  CHECK(shares.demand() == 7);    // 1 + 2 + 4
}

TEST_CASE("WaitShares: a long idle time leaves no error in a small active part", "[report]") {
  WaitShares shares;
  shares[Share::on_cpu] = 0.1;
  shares[Share::idle] = 1e16;
  CHECK(shares.active() == 0.1);
  CHECK(shares.own() == 0.1);
}

}  // namespace kernwise
