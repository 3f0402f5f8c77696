// SPDX-License-Identifier: Apache-2.0
#include "profiler/sense/program_cost.hpp"

#include <catch2/catch_all.hpp>
#include <limits>
#include <string>

namespace kernwise::sense {
namespace {

ProgramRuns timed(Collector collector, std::uint64_t runs, std::uint64_t ns) {
  ProgramRuns all;
  all[collector] = {runs, ns};
  return all;
}

ProgramRuns switches(std::uint64_t followed, std::uint64_t runs = 0, std::uint64_t ns = 0) {
  auto all = timed(Collector::switches, runs, ns);
  all.switches = followed;
  return all;
}

}  // namespace

TEST_CASE("program cost: a timed run stands for 512, of rare ones for 32, of samples for itself",
          "[sense]") {
  const auto [name, collector, runs, expected] =
      GENERATE(table<std::string, Collector, ProgramRuns, double>({
          {"10 transfers of 200 + 30 ns: 512 * 2300", Collector::requests,
           timed(Collector::requests, 10, 2000), 1'177'600},
          {"10 block requests of 700 + 30 ns: 32 * 7300", Collector::disk,
           timed(Collector::disk, 10, 7000), 233'600},
          {"990 samples of 11,000 + 30 ns", Collector::samples,
           timed(Collector::samples, 990, 990 * 11'000), 10'919'700},
          {"one run that the machine stopped in: 512 * (20,000 + 30)", Collector::packets,
           timed(Collector::packets, 1, 4'000'000), 10'255'360},
          {"too few timed switches: 1000 * 150", Collector::switches, switches(1000, 19, 19'000),
           150'000},
          {"enough of them: 512 * 20 * (120 + 30)", Collector::switches,
           switches(1000, 20, 20 * 120), 1'536'000},
          {"dear ones: 512 * 20 * (8000 + 30)", Collector::switches, switches(1000, 20, 160'000),
           82'227'200},
          {"only counted: 1000 * 45", Collector::switches, {.unfollowed = 1000}, 45'000},
          {"nothing ran", Collector::disk, {}, 0},
      }));
  CAPTURE(name);
  const auto spent = estimated_ns(runs, {});
  CHECK(spent[collector] == Catch::Approx(expected));
  CHECK(spent.total() == Catch::Approx(expected));
}

TEST_CASE("program cost: a switch is priced as the last timed ones were", "[sense]") {
  // 512 * 25 * (170 + 30) = 2,560,000 for 10,000 switches: 256, runs for kernel threads included
  const auto cost = learned(switches(10'000, 25, 25 * 170), {});
  CHECK(cost.switch_ns == Catch::Approx(256));
  CHECK(estimated_ns(switches(1000), cost).total() == Catch::Approx(256'000));
  CHECK(learned(switches(1000, 19, 19'000), cost).switch_ns == Catch::Approx(256));
  CHECK(learned(switches(0, 25, 25 * 170), cost).switch_ns == Catch::Approx(256));
}

TEST_CASE("program cost: run time statistics say what a run costs around its clocks", "[sense]") {
  const auto [name, measured, runs,
              expected] = GENERATE(table<std::string, double, ProgramRuns, double>({
      {"(20,480,000 - 512 * 200 * 160) / (512 * 200) = 40", 20'480'000,
       switches(100'000, 200, 200 * 160), 40},
      {"too few runs to say anything", 20'480'000, switches(100'000, 199, 199 * 160), 30},
      {"not under 15", 1, switches(100'000, 200, 200 * 160), 15},
      {"not over 150", 1e12, switches(100'000, 200, 200 * 160), 150},
      {"no number", std::numeric_limits<double>::infinity(), switches(100'000, 200, 200 * 160), 30},
  }));
  CAPTURE(name);
  CHECK(calibrated(measured, runs, {}).entry_ns == Catch::Approx(expected));
}

TEST_CASE("program cost: counters that went back count as nothing", "[sense]") {
  const auto runs = between(switches(1000, 30, 3000), switches(400, 10, 1000));
  CHECK(runs == ProgramRuns{});
  CHECK(between(switches(400, 10, 1000), switches(1000, 30, 3000)) == switches(600, 20, 2000));
}

TEST_CASE("program cost: collectors have names", "[sense]") {
  CHECK(name_of(Collector::switches) == "switches");
  CHECK(name_of(Collector::requests) == "requests");
}

}  // namespace kernwise::sense
