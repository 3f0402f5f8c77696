// SPDX-License-Identifier: Apache-2.0
#include "common/base/quantity.hpp"

#include <rapidcheck.h>

#include <catch2/catch_all.hpp>
#include <cmath>

namespace kernwise {
namespace {

TEST_CASE("parse_quantity: Kubernetes' notations", "[base]") {
  const auto [text, expected] = GENERATE(table<std::string, double>({
      {"0", 0},
      {"1", 1},
      {"+1", 1},
      {"-0", 0},
      {"250m", .250},
      {"0.5", .5},
      {".5", .5},
      {"5.", 5},
      {"1500m", 1.5},
      {"100u", 100e-6},
      {"100n", 100e-9},
      {"128974848", 128974848},
      {"129e6", 129e6},
      {"129M", 129e6},
      {"123Mi", 123.0 * 1024 * 1024},
      {"1Ki", 1024},
      {"1Gi", 1073741824},
      {"1.5Gi", 1610612736},
      {"2Ti", 2 * 0x1p40},
      {"1Pi", 0x1p50},
      {"1Ei", 0x1p60},
      {"1k", 1e3},
      {"1G", 1e9},
      {"1T", 1e12},
      {"1P", 1e15},
      {"1E", 1e18},  // exa, not an exponent
      {"1e3", 1e3},
      {"1E3", 1e3},
      {"1e+3", 1e3},
      {"25e-3", .025},
      {"0e9999999999", 0},
      {"1e-9999999999", 0},
      {"1e9999999999", kMaxQuantity},  // capped as Kubernetes does
      {"9223372036854775808", kMaxQuantity},
  }));
  CAPTURE(text);
  const auto amount = parse_quantity(text);
  REQUIRE(amount.has_value());
  CHECK_THAT(*amount, Catch::Matchers::WithinRel(expected, 1e-12));
}

TEST_CASE("parse_quantity: refuses everything else", "[base]") {
  const auto text = GENERATE(values<std::string>({"",
                                                  " ",
                                                  "m",
                                                  "+",
                                                  "-",
                                                  ".",
                                                  "-1",
                                                  "-250m",
                                                  "1 Gi",
                                                  " 1",
                                                  "1 ",
                                                  "1ki",
                                                  "1K",
                                                  "1mi",
                                                  "1Mii",
                                                  "1.2.3",
                                                  "1e",
                                                  "1e+",
                                                  "1e1.5",
                                                  "0x10",
                                                  "1,5",
                                                  "NaN",
                                                  "inf",
                                                  "1e3m",
                                                  "--1",
                                                  std::string("1\0", 2),
                                                  std::string(65, '1')}));
  CAPTURE(text);
  CHECK_FALSE(parse_quantity(text).has_value());
}

TEST_CASE("parse_signed_quantity: also below zero", "[base]") {
  const auto [text, expected] = GENERATE(table<std::string, double>({
      {"-250m", -.250},
      {"-1Ki", -1024},
      {"-0", 0},
      {"1", 1},
      {"-1e9999999999", -kMaxQuantity},
  }));
  CAPTURE(text);
  const auto amount = parse_signed_quantity(text);
  REQUIRE(amount.has_value());
  CHECK_THAT(*amount, Catch::Matchers::WithinRel(expected, 1e-12));
  for (const std::string none : {"--1", "-", "-m", "- 1"}) {
    CHECK_FALSE(parse_signed_quantity(none).has_value());
  }
}

TEST_CASE("parse_quantity: any bytes give a bounded amount or an error", "[base]") {
  REQUIRE(rc::check("total", [] {
    const auto text = *rc::gen::container<std::string>(
        rc::gen::element('0', '1', '9', '.', 'e', 'E', '-', '+', 'm', 'K', 'M', 'i', 'n', ' '));
    const auto amount = parse_quantity(text);
    if (!amount) return;
    RC_ASSERT(*amount >= 0);
    RC_ASSERT(*amount <= kMaxQuantity);
  }));
}

}  // namespace
}  // namespace kernwise
