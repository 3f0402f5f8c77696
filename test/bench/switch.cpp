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

void compare(const char* name, double goal, const kernel::ProgramOptions& options) {
  std::vector<double> without, with, difference;
  for (int round = 0; round < bench::kRounds; ++round) {
    without.push_back(bench::nanoseconds_per_switch());
    const auto programs = load(options);
    with.push_back(bench::nanoseconds_per_switch());
    difference.push_back(with.back() - without.back());
  }
  const double base = bench::median(without), loaded = bench::median(with);
  const double cost = bench::median(difference);
  std::printf("%-9s without %7.1f ns   with %7.1f ns   cost of a switch %6.1f ns   ratio %.3f\n",
              name, base, loaded, cost, loaded / base);
  std::printf(
      "          scaled to a machine whose bare switch takes %.0f ns: %.0f ns (goal %.0f)\n",
      kReferenceSwitch, cost * kReferenceSwitch / base, goal);
}

}  // namespace

int main() {
  bench::pin_to_first_cpu();
  std::printf("wall time per context switch, medians of %d interleaved pairs\n", bench::kRounds);
  compare("standard", 150, {.self_tgid = 1});
  compare("minimal", 120, {.self_tgid = 1, .stacks = false, .network = false, .reasons = false});
  return 0;
}
