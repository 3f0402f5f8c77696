// SPDX-License-Identifier: Apache-2.0
#include "test/bench/ping_pong.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <thread>

#include "profiler/kernel/bpf_reader.hpp"

namespace kernwise::bench {
namespace {

void hand_over(int from, int to, int turns) {
  char byte = 0;
  for (int turn = 0; turn < turns; ++turn) {
    if (::read(from, &byte, 1) != 1 || ::write(to, &byte, 1) != 1) std::exit(1);
  }
}

}  // namespace

void pin_to_first_cpu() {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(0, &cpus);
  ::sched_setaffinity(0, sizeof(cpus), &cpus);
}

double nanoseconds_per_switch(int turns) {
  std::array<int, 2> there{}, back{};
  if (::pipe(there.data()) != 0 || ::pipe(back.data()) != 0) std::exit(1);
  std::thread other([&] {
    pin_to_first_cpu();
    hand_over(there[0], back[1], turns);
  });
  const auto begin = kernel::kernel_now_ns();
  char byte = 0;
  for (int turn = 0; turn < turns; ++turn) {
    if (::write(there[1], &byte, 1) != 1 || ::read(back[0], &byte, 1) != 1) std::exit(1);
  }
  const auto spent = kernel::kernel_now_ns() - begin;
  other.join();
  for (const int fd : {there[0], there[1], back[0], back[1]}) ::close(fd);
  return static_cast<double>(spent) / (2.0 * turns);
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

}  // namespace kernwise::bench
