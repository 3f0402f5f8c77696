// SPDX-License-Identifier: Apache-2.0
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include "test/kernel/waits.hpp"

namespace kernwise::test {
namespace {

double thread_cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// What a thread that never sleeps does when it does not run: no clock has the switches themselves.
constexpr Share kRunnable = Share::runqueue;

void spin(Truth& truth) {
  truth.ready = true;
  Stopwatch watch;
  while (!truth.stop) {
    burn(0.01);
    watch.lap(truth, kRunnable);
  }
}

/// Two processes of one cgroup on one CPU: each gets half, the other half is run queue.
void preempted(Truth& truth) {
  pin_to(0);
  if (::fork() == 0) spin(truth);
  spin(truth);
}

void yields(Truth& truth) {
  pin_to(0);
  const auto yielding = [&truth] {
    truth.ready = true;
    Stopwatch watch;
    while (!truth.stop) {
      for (int i = 0; i < 20; ++i) ::sched_yield();
      watch.lap(truth, kRunnable);
    }
  };
  if (::fork() == 0) yielding();
  yielding();
}

void half_busy(Truth& truth) {
  truth.ready = true;
  Stopwatch watch;
  while (!truth.stop) {
    burn(0.01);
    timespec time{0, 10'000'000};
    ::nanosleep(&time, nullptr);
    watch.lap(truth, Share::idle);
  }
}

}  // namespace

void pin_to(int cpu) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(cpu, &cpus);
  static_cast<void>(::sched_setaffinity(0, sizeof(cpus), &cpus));
}

void spin_on_first_cpu(Truth& truth) {
  pin_to(0);
  truth.ready = true;
  while (!truth.stop) burn(0.01);
}

void burn(double seconds) {
  const double until = thread_cpu_seconds() + seconds;
  while (thread_cpu_seconds() < until) {
  }
}

std::vector<WaitScenario> cpu_scenarios() {
  return {
      {"spinning", Share::on_cpu, spin},
      {"preempted in user mode", Share::runqueue, preempted},
      {"sched_yield", Share::runqueue, yields},
      {"half busy", Share::on_cpu, half_busy},
  };
}

}  // namespace kernwise::test
