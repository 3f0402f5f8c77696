// SPDX-License-Identifier: Apache-2.0
// Whole stacks of real programs: named, and adding up to what the kernel counted.
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <catch2/catch_all.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "profiler/app/flame_recording.hpp"
#include "profiler/kernel/stack_recorder.hpp"
#include "test/fakes/direct_parser.hpp"
#include "test/support/scenario.hpp"

namespace kernwise::flame_target {

struct Worker {
  [[gnu::noinline]] std::uint64_t burn(std::uint64_t value) const {
    for (int i = 0; i < 1'000'000; ++i) value = value * 2862933555777941757ULL + 3037000493ULL;
    return value;
  }
};

/// Libraries and the bare system call keep no frame of their own: who called the caller is seen.
[[gnu::noinline]] void nap() {
  timespec time{.tv_sec = 0, .tv_nsec = 20'000'000};
  ::syscall(SYS_nanosleep, &time, nullptr);
}
[[gnu::noinline]] void rest() {
  nap();
  asm volatile("");  // no tail call
}

}  // namespace kernwise::flame_target

namespace kernwise::test {
namespace {

constexpr std::uint64_t kTickNs = 1'000'000'000ULL / 99;

void burn_in_a_method(Truth& truth) {
  const flame_target::Worker worker;
  volatile std::uint64_t value = 1;
  truth.ready = true;
  while (!truth.stop) value = worker.burn(value);
}

void rest_again_and_again(Truth& truth) {
  truth.ready = true;
  while (!truth.stop) flame_target::rest();
}

/// One recording of one slot.
struct Recorded {
  profiler::StackProfile profile;
  std::uint64_t inner_ticks = 0;  ///< that the kernel counted while it was being recorded
  std::uint64_t outer_ticks = 0;  ///< the same from just before to just after
  std::uint64_t took_ns = 0;

  [[nodiscard]] std::uint64_t count() const {
    std::uint64_t sum = 0;
    for (const auto& stack : profile.stacks) sum += stack.count;
    return sum;
  }
  /// Nanoseconds of stacks that a function is part of; all without a name.
  [[nodiscard]] std::uint64_t of(const std::string& function = {}) const {
    std::uint64_t sum = 0;
    for (const auto& stack : profile.stacks) {
      const bool in = function.empty() ||
                      std::ranges::any_of(stack.frames, [&](const profiler::StackFrame& frame) {
                        return frame.function == function;
                      });
      if (in) sum += stack.nanoseconds;
    }
    return sum;
  }
};

std::uint64_t ticks_of(Watch& watch, std::uint32_t slot) {
  const auto reading = watch.reader().read(std::array{slot});
  REQUIRE(reading.has_value());
  return reading->slots.at(0).second.samples;
}

Recorded record(Watch& watch, std::uint32_t slot, kw_record_what what, double seconds) {
  symbols::Resolver resolver({}, std::make_unique<DirectParser>());
  const auto kind = what == KW_RECORD_CPU ? profiler::StackKind::cpu : profiler::StackKind::off_cpu;
  profiler::FlameRecording recording(resolver, kind, {{slot, "app"}}, kTickNs);
  auto recorder = kernel::StackRecorder::open(watch.programs());
  REQUIRE(recorder.has_value());
  const auto each = [&](const kw_stack& stack) { recording.add(stack); };
  Recorded result;
  const auto ticks_before = ticks_of(watch, slot);
  const auto begin = kernel::kernel_now_ns();
  REQUIRE((*recorder)->begin({slot}, what).has_value());
  const auto ticks_begun = ticks_of(watch, slot);
  for (double done = 0; done < seconds; done += 0.05) {
    let_run(0.05);
    (*recorder)->drain(each);
  }
  result.inner_ticks = ticks_of(watch, slot) - ticks_begun;
  (*recorder)->end({slot}, what, each);
  result.took_ns = kernel::kernel_now_ns() - begin;
  result.outer_ticks = ticks_of(watch, slot) - ticks_before;
  recording.lose(slot, (*recorder)->lost(slot));
  for (int turn = 0; turn < 20; ++turn) {
    recording.want_names();
    resolver.wait(std::chrono::milliseconds(500));
  }
  result.profile = recording.profile();
  return result;
}

TEST_CASE("flame: the stacks of a burning method add up to its samples", "[kernel]") {
  KW_REQUIRE_KERNEL();
  Watch watch;
  const Cgroup cgroup("flame-cpu");
  const auto slot = watch.follow(cgroup);
  Workload workload(cgroup, burn_in_a_method);
  REQUIRE(workload.wait_ready());
  const auto result = record(watch, slot, KW_RECORD_CPU, 1.5);
  CAPTURE(folded(result.profile));
  REQUIRE(result.inner_ticks > 20);
  CHECK(result.count() >= result.inner_ticks);
  CHECK(result.count() <= result.outer_ticks);
  CHECK(result.of("kernwise::flame_target::Worker::burn") * 10 >= result.of() * 9);
}

TEST_CASE("flame: a stripped Go program's burning function is named", "[kernel]") {
  KW_REQUIRE_KERNEL();
  if (std::system("go version >/dev/null 2>&1") != 0) SKIP("no go on PATH");
  const auto folder =
      std::filesystem::temp_directory_path() / ("kernwise-flame-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "main.go") << R"(package main

//go:noinline
func burnCycles(x uint64) uint64 {
	for i := 0; i < 1000000; i++ {
		x = x*2862933555777941757 + 3037000493
	}
	return x
}

func main() {
	x := uint64(1)
	for {
		x = burnCycles(x)
	}
}
)";
  const auto program = (folder / "program").string();
  const auto build = "cd " + folder.string() +
                     " && GO111MODULE=off CGO_ENABLED=0 GOTOOLCHAIN=local go build"
                     " -ldflags='-s -w' -o program main.go >/dev/null 2>&1";
  if (std::system(build.c_str()) != 0) SKIP("go cannot build here");
  Watch watch;
  const Cgroup cgroup("flame-go");
  const auto slot = watch.follow(cgroup);
  Workload workload(cgroup, [&](Truth& truth) {
    truth.ready = true;
    ::execl(program.c_str(), program.c_str(), nullptr);
  });
  REQUIRE(workload.wait_ready());
  const auto result = record(watch, slot, KW_RECORD_CPU, 1.5);
  std::filesystem::remove_all(folder);
  CAPTURE(folded(result.profile));
  REQUIRE(result.inner_ticks > 20);
  CHECK(result.of("main.burnCycles") * 10 >= result.of() * 8);
  // A function without a frame hides who called it; the one above is seen.
  CHECK(result.of("runtime.main") * 10 >= result.of() * 8);
}

TEST_CASE("flame: the stacks of a resting thread add up to the time it rested", "[kernel]") {
  KW_REQUIRE_KERNEL();
  Watch watch;
  const Cgroup cgroup("flame-waits");
  const auto slot = watch.follow(cgroup);
  Workload workload(cgroup, rest_again_and_again);
  REQUIRE(workload.wait_ready());
  const auto result = record(watch, slot, KW_RECORD_WAITS, 1.5);
  CAPTURE(folded(result.profile), result.took_ns);
  CHECK(result.of() * 10 >= result.took_ns * 8);
  CHECK(result.of() <= result.took_ns);
  // All but the wait that was under way when the recording began has its user stack.
  CHECK(result.of("kernwise::flame_target::rest") * 10 >= result.of() * 9);
  for (const auto& stack : result.profile.stacks) {
    if (stack.frames.back().function != "[lost]") CHECK(stack.wait == "idle");
  }
}

TEST_CASE("flame: nothing is recorded of a slot nobody asked for", "[kernel]") {
  KW_REQUIRE_KERNEL();
  Watch watch;
  const Cgroup quiet("flame-quiet"), busy("flame-busy");
  const auto quiet_slot = watch.follow(quiet);
  static_cast<void>(watch.follow(busy));
  Workload workload(busy, burn_in_a_method);
  REQUIRE(workload.wait_ready());
  CHECK(record(watch, quiet_slot, KW_RECORD_CPU, 0.3).profile.stacks.empty());
}

}  // namespace
}  // namespace kernwise::test
