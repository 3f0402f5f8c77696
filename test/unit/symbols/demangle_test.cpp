// SPDX-License-Identifier: Apache-2.0
#include "profiler/symbols/demangle.hpp"

#include <rapidcheck.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <string>
#include <vector>

#include "common/base/utf8.hpp"

namespace kernwise::symbols {
namespace {

TEST_CASE("demangled: names as people write them", "[symbols]") {
  const auto [symbol, expected] = GENERATE(table<std::string, std::string>({
      {"burn", "burn"},
      {"main.burnCycles", "main.burnCycles"},
      {"main.(*Server).Handle", "main.(*Server).Handle"},
      {"main.main.func1", "main.main.func1"},
      {"memcpy@@GLIBC_2.14", "memcpy"},
      {"_ZN2ns1T6methodEi", "ns::T::method"},
      {"_ZNK2ns1T6methodEiPKc", "ns::T::method"},
      {"_ZN2ns1TC1Ev", "ns::T::T"},
      {"_ZN2ns1TclEi", "ns::T::operator()"},
      {"_ZN2ns1TltERKS0_", "ns::T::operator<"},
      {"_ZN2nslsIcEEvT_", "ns::operator<< <char>"},
      {"_ZN2ns1TcvjEv", "ns::T::operator unsigned int"},
      {"_ZN2ns1fIiEEvT_", "ns::f<int>"},
      {"_ZN2ns1fIiEEPKcT_", "ns::f<int>"},
      {"_ZN12_GLOBAL__N_14workEi", "(anonymous namespace)::work"},
      {"_ZThn8_N1A1fEv", "A::f"},
      {"_ZZN1A1fEvENKUliE_clEi", "A::f()::{lambda(int)#1}::operator()"},
      {"_Z3fooi.cold", "foo"},
      {"_ZN4core3ptr13drop_in_place17h0123456789abcdefE", "core::ptr::drop_in_place"},
      {"_ZN31_$LT$T$u20$as$u20$app..Work$GT$3run17h0123456789abcdefE", "<T as app::Work>::run"},
      {"_RNvNtCsfbV7joVcJy8_8rust_try4work4spin", "rust_try::work::spin"},
      {"_RNCNvNtCsfbV7joVcJy8_8rust_try4work4spins_0B5_", "rust_try::work::spin::{closure#1}"},
      {"_RNvMs2_NtCs4X4t9plMPHF_9addr2line6lookupINtB5_13LoopingLookupmE10new_lookup",
       "<addr2line::lookup::LoopingLookup<u32>>::new_lookup"},
      {"_R", "_R"},
      {"_RNv", "_RNv"},
      {"_Z", "_Z"},
      {"_Z9", "_Z9"},
      {"", ""},
  }));
  CAPTURE(symbol);
  CHECK(demangled(symbol) == expected);
}

TEST_CASE("demangled: parameters go, also around lambdas and function pointers", "[symbols]") {
  const auto [text, expected] = GENERATE(table<std::string, std::string>({
      {"f(int)", "f"},
      {"f(int (*)(char), void (T::*)() const) const", "f"},
      {"unsigned long f<int>(int)", "f<int>"},
      {"std::vector<int> const& ns::f<(E)1>(int)", "ns::f<(E)1>"},
      {"a::f(int) const::{lambda(int)#1}::operator()(int) const",
       "a::f(int) const::{lambda(int)#1}::operator()"},
      {"operator delete(void*)", "operator delete"},
      {"ns::T::operator std::string<char>() const", "ns::T::operator std::string<char>"},
      {"ns::operator->*(T, int)", "ns::operator->*"},
      {"vtable for ns::T", "vtable for ns::T"},
      {"broken(", "broken("},
      {"broken)", "broken)"},
      {"", ""},
  }));
  CAPTURE(text);
  CHECK(without_parameters(text) == expected);
}

TEST_CASE("demangled: long names lose their template arguments, then their tail", "[symbols]") {
  const std::string argument = "200" + std::string(200, 'a');
  const std::string three = argument + argument + argument;
  CHECK(demangled("_ZN2ns1TI" + three + "E6methodEv") == "ns::T<>::method");
  CHECK(demangled(std::string(4000, 'x')) == std::string(kMaxNameBytes, 'x'));
}

/// `p<p<...>, p<...>>`: each level names the one before twice.
std::string doubling(int levels) {
  static const std::string kDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  std::string text = "_Z1f1a1pIS_S_E";
  for (int i = 2; i < levels + 2; ++i) {
    const std::string last = "S" + kDigits.substr(static_cast<std::size_t>(i) - 1, 1) + "_";
    text += "S0_I" + last + last + "E";
  }
  return text;
}

TEST_CASE("demangled: a symbol that doubles with every letter stays mangled", "[symbols]") {
  CHECK(demangled(doubling(3)) == "f");
  const auto bomb = doubling(34);
  CHECK(demangled_size_bound(bomb) > 1e9);
  CHECK(demangled(bomb) == bomb.substr(0, kMaxNameBytes));
}

TEST_CASE("demangled: a Rust symbol that doubles with every letter stays mangled", "[symbols]") {
  // Each tuple names the one before twice by back references.
  std::string bomb = "_RINvC1a1f";
  std::string last = "T";
  std::size_t at = bomb.size() - 2;
  bomb += "TmmE";
  for (int i = 0; i < 60; ++i) {
    static const std::string kDigits =
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const auto target = at - 1;
    const std::string digits = target < 62
                                   ? std::string(1, kDigits[target])
                                   : std::string{kDigits[target / 62], kDigits[target % 62]};
    at = bomb.size() - 2;
    bomb += "TB" + digits + "_B" + digits + "_E";
  }
  bomb += "E";
  CHECK(rust_size_bound(bomb) > 1e9);
  CHECK(demangled(bomb) == bomb.substr(0, kMaxNameBytes));
}

TEST_CASE("demangled: ordinary template names stay well below the bound", "[symbols]") {
  const std::string name =
      "_ZNSt6vectorINSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEESaIS5_EE17_M_realloc_"
      "insertIJRKS5_EEEvN9__gnu_cxx17__normal_iteratorIPS5_S7_EEDpOT_";
  CHECK(demangled_size_bound(name) < 32.0 * 1024);
  CHECK(demangled(name).find("_M_realloc_insert") != std::string::npos);
}

TEST_CASE("demangled: any symbol gives a short printable name", "[symbols]") {
  const auto holds = [](const std::string& symbol) {
    const auto name = demangled(symbol);
    RC_ASSERT(name.size() <= kMaxNameBytes);
    RC_ASSERT(is_valid_utf8(name));
    RC_ASSERT(name.find('\n') == std::string::npos);
  };
  REQUIRE(rc::check("any bytes", [&](const std::string& tail) {
    holds(tail);
    holds("_Z" + tail);
    holds("_R" + tail);
  }));
  REQUIRE(rc::check("pieces of mangled names", [&] {
    static const std::vector<std::string> kPieces = {
        "N", "E",  "I",   "J",    "S_", "S0_", "S1_", "St",    "Sa", "T_",   "T0_", "1a", "3foo",
        "i", "PK", "cvT", "clEi", "lt", "C1",  "D2",  "UlvE_", "X",  "Li1E", "DpT", "Z",  "F",
        "M", "A2", "R",   "O",    "L",  "B1x", "9",   ".cold", "_",  "h",    "sr",  "dt", "on"};
    const auto pieces = *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(kPieces));
    std::string symbol = "_Z";
    for (const auto& piece : pieces) symbol += piece;
    holds(symbol);
  }));
}

}  // namespace
}  // namespace kernwise::symbols
