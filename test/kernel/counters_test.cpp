// SPDX-License-Identifier: Apache-2.0
// Counters against programs that know how often they did something: a prime number of times.
#include "test/kernel/counters.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <catch2/catch_all.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <thread>

#include "common/base/file.hpp"
#include "profiler/kernel/process_files.hpp"
#include "test/kernel/waits.hpp"

namespace kernwise::test {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::uint64_t kFaults = 101, kCalls = 107;

std::string scratch_file(const char* name) {
  return "/var/tmp/kernwise-" + std::to_string(::getpid()) + "-" + name;
}

/// Touches pages of a file that are not in memory, each far from the others: one disk read each.
void fault_often(Truth& truth, const std::string& path) {
  constexpr std::size_t kStride = 64 * kPage;
  const Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  const std::string block(kStride, 'x');
  for (std::uint64_t i = 0; i < kFaults; ++i) {
    if (::write(file.value(), block.data(), block.size()) < 0) ::_exit(71);
  }
  if (::fsync(file.value()) != 0) ::_exit(72);
  ::posix_fadvise(file.value(), 0, 0, POSIX_FADV_DONTNEED);
  auto* pages = static_cast<volatile char*>(
      ::mmap(nullptr, kFaults * kStride, PROT_READ, MAP_SHARED, file.value(), 0));
  ::madvise(const_cast<char*>(pages), kFaults * kStride, MADV_RANDOM);
  await_begin(truth);
  rusage before{}, after{};
  ::getrusage(RUSAGE_SELF, &before);
  for (std::uint64_t i = 0; i < kFaults; ++i) static_cast<void>(pages[i * kStride]);
  ::getrusage(RUSAGE_SELF, &after);
  done(truth, static_cast<std::uint64_t>(after.ru_majflt - before.ru_majflt));
}

/// Works on the first CPU, then sleeps, so that nothing is pending.
void work_on_first_cpu(Truth& truth) {
  pin_to(0);
  await_begin(truth);
  burn(0.5);
  done(truth, 1);
}

/// Second field of schedstat, ns, of a process with one thread.
std::uint64_t queued_ns(pid_t pid) {
  const auto text = read_file("/proc/" + std::to_string(pid) + "/schedstat");
  std::uint64_t ran = 0, queued = 0;
  if (text) std::istringstream(*text) >> ran >> queued;
  return queued;
}

std::uint64_t run_queue_of(const kw_slot& slot) {
  std::uint64_t sum = 0;
  for (const auto ns : slot.runq_ns) sum += ns;
  return sum;
}

}  // namespace

TEST_CASE("counters: every major fault is counted, once", "[kernel]") {
  KW_REQUIRE_KERNEL();
  Watch watch(every_collector());
  const Cgroup cgroup("faults");
  const auto slot = watch.follow(cgroup);
  const auto path = scratch_file("faults");
  Workload workload(cgroup, [&path](Truth& truth) { fault_often(truth, path); });
  REQUIRE(workload.wait_ready());
  const auto before = counters_of(watch, slot);
  REQUIRE(run_to_end(workload));
  const auto after = counters_of(watch, slot);
  std::filesystem::remove(path);
  CHECK(workload.truth().operations >= kFaults);
  CHECK(after.detail.memory.major_faults - before.detail.memory.major_faults ==
        workload.truth().operations);
}

TEST_CASE("counters: tracked system calls, their errors and their time", "[kernel]") {
  KW_REQUIRE_KERNEL();
  Watch watch(every_collector());
  const Cgroup cgroup("calls");
  const auto slot = watch.follow(cgroup);
  Workload workload(cgroup, [](Truth& truth) {
    const Fd zero(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
    await_begin(truth);
    char byte = 0;
    std::uint64_t read = 0;
    for (std::uint64_t i = 0; i < kCalls; ++i) {
      ::syscall(SYS_close, -1);  // an error each time
      read += ::syscall(SYS_read, zero.value(), &byte, 1) == 1 ? 1 : 0;
    }
    done(truth, read);
  });
  REQUIRE(workload.wait_ready());
  const auto before = counters_of(watch, slot);
  REQUIRE(run_to_end(workload));
  const auto after = counters_of(watch, slot);
  sense::Totals totals;
  sense::add_detail(totals, before.detail, after.detail);
  REQUIRE(totals.syscalls.size() >= 2);
  CHECK(totals.syscalls[0].calls == kCalls);
  CHECK(totals.syscalls[0].errors == kCalls);
  CHECK(totals.syscalls[1].calls == kCalls);
  CHECK(totals.syscalls[1].errors == 0);
  for (const auto& call : {totals.syscalls[0], totals.syscalls[1]}) {
    std::uint64_t samples = 0;
    for (const auto count : call.latency.counts) samples += count;
    CHECK(samples == kCalls);
    CHECK(call.latency.sum_ns > 0);
  }
}

TEST_CASE("counters: run queue time agrees with schedstat within a hundredth", "[kernel]") {
  KW_REQUIRE_KERNEL();
  Watch watch;
  const Cgroup cgroup("queue");
  const auto slot = watch.follow(cgroup);
  const Cgroup other("rival");
  Workload workload(cgroup, work_on_first_cpu), rival(other, work_on_first_cpu);
  REQUIRE(workload.wait_ready());
  REQUIRE(rival.wait_ready());
  // The kernel's count is read on both sides of ours: on a busy machine it grows in between.
  const auto queued = [&workload] { return static_cast<double>(queued_ns(workload.pid())); };
  const double first = queued();
  const auto before = counters_of(watch, slot);
  const double second = queued();
  rival.truth().seconds[0] = 1;
  REQUIRE(run_to_end(workload));
  const double third = queued();
  const auto after = counters_of(watch, slot);
  const double least = third - second, most = queued() - first;
  const auto seen = static_cast<double>(run_queue_of(after.slot) - run_queue_of(before.slot));
  CAPTURE(least, most, seen);
  CHECK(least > 0.1e9);  // it did have to wait
  CHECK(seen >= 0.99 * least);
  CHECK(seen <= 1.01 * most);
}

TEST_CASE("counters: disks are told apart by device, and add up to the container's", "[kernel]") {
  KW_REQUIRE_KERNEL();
  Watch watch;
  const Cgroup cgroup("devices");
  const auto slot = watch.follow(cgroup);
  Workload workload(cgroup, direct_writes_of_known_number);
  REQUIRE(workload.wait_ready());
  const auto before = counters_of(watch, slot);
  workload.truth().seconds[0] = 1;  // go
  while (!workload.truth().stop) let_run(0.01);
  let_run(0.05);
  const auto after = counters_of(watch, slot);
  sense::Totals totals;
  sense::add_detail(totals, before.detail, after.detail);
  std::uint64_t written = 0, requests = 0;
  for (const auto& [device, disk] : totals.disks) {
    written += disk.written_bytes;
    requests += disk.writes;
    CHECK(kernel::device_name("/sys", device).find(':') == std::string::npos);
  }
  CHECK(written == after.slot.disk_bytes[1] - before.slot.disk_bytes[1]);
  CHECK(requests == after.slot.disk_ops[1] - before.slot.disk_ops[1]);
  CHECK(requests >= kKnownWrites);
}

}  // namespace kernwise::test
