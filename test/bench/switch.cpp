// SPDX-License-Identifier: Apache-2.0
// What the kernel programs cost a context switch, as wall time: one pair of threads on one CPU
// hands a byte back and forth over pipes, with and without the programs, in interleaved pairs.
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

#include "profiler/kernel/bpf_reader.hpp"
#include "profiler/kernel/programs.hpp"

namespace {

using namespace kernwise;

constexpr int kRounds = 9;
constexpr int kTurns = 300'000;  // round trips a measurement: about 0.7 s

void pin_to_first_cpu() {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(0, &cpus);
  ::sched_setaffinity(0, sizeof(cpus), &cpus);
}

void hand_over(int from, int to, int turns) {
  char byte = 0;
  for (int turn = 0; turn < turns; ++turn) {
    if (::read(from, &byte, 1) != 1 || ::write(to, &byte, 1) != 1) std::exit(1);
  }
}

/// Nanoseconds per switch of one ping-pong run; a round trip is two switches.
double measure() {
  std::array<int, 2> there{}, back{};
  if (::pipe(there.data()) != 0 || ::pipe(back.data()) != 0) std::exit(1);
  std::thread other([&] {
    pin_to_first_cpu();
    hand_over(there[0], back[1], kTurns);
  });
  const auto begin = kernel::kernel_now_ns();
  char byte = 0;
  for (int turn = 0; turn < kTurns; ++turn) {
    if (::write(there[1], &byte, 1) != 1 || ::read(back[0], &byte, 1) != 1) std::exit(1);
  }
  const auto spent = kernel::kernel_now_ns() - begin;
  other.join();
  for (const int fd : {there[0], there[1], back[0], back[1]}) ::close(fd);
  return static_cast<double>(spent) / (2.0 * kTurns);
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

/// Programs as the profiler loads them; 1 is no process of interest, so this one is counted.
std::unique_ptr<kernel::Programs> load(const kernel::ProgramOptions& options) {
  auto programs = kernel::Programs::load(options);
  if (programs) return std::move(*programs);
  std::fprintf(stderr, "%s\n", programs.error().message().c_str());
  std::exit(1);
}

void compare(const char* name, const kernel::ProgramOptions& options) {
  std::vector<double> without, with, difference;
  for (int round = 0; round < kRounds; ++round) {
    without.push_back(measure());
    const auto programs = load(options);
    with.push_back(measure());
    difference.push_back(with.back() - without.back());
  }
  std::printf("%-9s without %7.1f ns   with %7.1f ns   cost of a switch %6.1f ns   ratio %.3f\n",
              name, median(without), median(with), median(difference),
              median(with) / median(without));
}

}  // namespace

int main() {
  pin_to_first_cpu();
  std::printf("wall time per context switch, medians of %d interleaved pairs\n", kRounds);
  compare("standard", {.self_tgid = 1});
  compare("minimal", {.self_tgid = 1, .stacks = false, .network = false});
  return 0;
}
