// SPDX-License-Identifier: Apache-2.0
// What the kernel programs cost a context switch, as wall time: with and without them, in
// interleaved pairs.
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "profiler/kernel/programs.hpp"
#include "test/bench/ping_pong.hpp"

namespace {

using namespace kernwise;

/// A bare switch where the goals were set: the middle of 1010-1070 ns.
constexpr double kReferenceSwitch = 1030;

/// Programs as the profiler loads them; 1 is no process of interest, so this one is counted.
std::unique_ptr<kernel::Programs> load(const kernel::ProgramOptions& options) {
  auto programs = kernel::Programs::load(options);
  if (programs) return std::move(*programs);
  std::fprintf(stderr, "%s\n", programs.error().message().c_str());
  std::exit(1);
}

/// Short, so that what else the machine does changes little within a pair; many, because it does.
/// Loaded anew for some of them: where code and tables lie is worth as much as some of the steps.
constexpr int kLoads = 8, kPairs = 10, kTurns = 15'000;

double with_programs(kernel::Programs& programs, bool attached) {
  if (auto set = programs.attach_all(attached); !set) {
    std::fprintf(stderr, "%s\n", set.error().message().c_str());
    std::exit(1);
  }
  return bench::nanoseconds_per_switch(kTurns);
}

struct Times {
  std::vector<double> without, with, difference;
};

void measure(kernel::Programs& programs, Times& times) {
  for (int pair = 0; pair < kPairs; ++pair) {
    const bool first = pair % 2 == 0;  // what comes second may be the slower for that
    const double one = with_programs(programs, first), other = with_programs(programs, !first);
    times.with.push_back(first ? one : other);
    times.without.push_back(first ? other : one);
    times.difference.push_back(times.with.back() - times.without.back());
  }
}

void compare(const char* name, double goal, const kernel::ProgramOptions& options) {
  Times times;
  for (int turn = 0; turn < kLoads; ++turn) measure(*load(options), times);
  const double base = bench::median(times.without), loaded = bench::median(times.with);
  const double cost = bench::median(times.difference);
  std::printf("%-9s without %7.1f ns   with %7.1f ns   cost of a switch %6.1f ns (goal %.0f)\n",
              name, base, loaded, cost, goal);
  std::printf(
      "          ratio %.3f   scaled to a machine whose bare switch takes %.0f ns: %.0f ns\n",
      loaded / base, kReferenceSwitch, cost * kReferenceSwitch / base);
}

}  // namespace

int main() {
  bench::pin_to_first_cpu();
  std::printf("wall time per context switch, medians of %d interleaved pairs in each of %d loads\n",
              kPairs, kLoads);
  compare("standard", 150, {.self_tgid = 1});
  compare("minimal", 120, {.self_tgid = 1, .stacks = false, .network = false, .reasons = false});
  return 0;
}
