// SPDX-License-Identifier: Apache-2.0
// What only cgroup v2 with its controllers shows: whose a write is that the kernel does later, and
// a limit's throttling.
#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch_all.hpp>
#include <fstream>
#include <string>

#include "common/base/file.hpp"
#include "profiler/kernel/cgroup_files.hpp"
#include "profiler/kernel/cgroupfs.hpp"
#include "test/kernel/waits.hpp"

namespace kernwise::test {
namespace {

constexpr std::uint64_t kWrites = 211;  // a prime number
constexpr std::size_t kBlock = 64UL * 1024;
/// The file system's own metadata may ride along.
constexpr std::uint64_t kMetadata = 1024UL * 1024;

/// Writes kWrites blocks into the page cache, flushes nothing, and stays.
void buffered_writes(Truth& truth) {
  const auto name = "/var/tmp/kernwise-writeback-" + std::to_string(::getpid());
  const int file = ::open(name.c_str(), O_CREAT | O_RDWR | O_TRUNC, 0600);
  ::unlink(name.c_str());
  const std::string block(kBlock, 'w');
  for (std::uint64_t i = 0; i < kWrites; ++i) {
    if (::write(file, block.data(), block.size()) != static_cast<ssize_t>(block.size())) {
      ::_exit(74);
    }
  }
  truth.ready = true;
  ::pause();
}

void spin(Truth& truth) {
  truth.ready = true;
  while (!truth.stop) burn(0.01);
}

/// Empty when cgroups below the root have this controller, else the reason to skip.
std::string without_controller(const std::string& controller) {
  const auto tree = kernel::CgroupTree::open();
  if (!tree) return tree.error().message();
  const auto enabled = read_file(tree->root() + "/cgroup.subtree_control");
  if (enabled && (" " + *enabled).find(" " + controller) != std::string::npos) return {};
  return "cgroup v2 has no " + controller + " controller here";
}

}  // namespace

TEST_CASE("writeback: bytes written later by the kernel are charged to who wrote them",
          "[kernel]") {
  KW_REQUIRE_KERNEL();
  if (const auto reason = without_controller("io"); !reason.empty()) SKIP(reason);
  Watch watch;
  const Cgroup writer("writer"), other("other");
  const std::uint32_t slots[] = {watch.follow(writer), watch.follow(other)};
  ::sync();
  const auto before = watch.reader().read(slots);
  Workload workload(writer, buffered_writes);
  REQUIRE(workload.wait_ready());
  ::sync();
  const auto now = watch.reader().read(slots);
  REQUIRE(before.has_value());
  REQUIRE(now.has_value());
  const auto written = [&](std::size_t at) {
    return sense::block_between({before->slots[at].second, before->at_ns},
                                {now->slots[at].second, now->at_ns})
        .written_bytes;
  };
  CHECK(written(0) >= kWrites * kBlock);
  CHECK(written(0) <= kWrites * kBlock + kMetadata);
  CHECK(written(1) == 0);
}

TEST_CASE("throttling: a limit on an idle node is throttled time and nobody's contention",
          "[kernel]") {
  KW_REQUIRE_KERNEL();
  if (const auto reason = without_controller("cpu"); !reason.empty()) SKIP(reason);
  auto tree = kernel::CgroupTree::open();
  REQUIRE(tree.has_value());
  Watch watch;
  const Cgroup cgroup("throttled");
  REQUIRE(std::ofstream(tree->root() + cgroup.path() + "/cpu.max") << "20000 100000" << std::flush);
  const auto slot = watch.follow(cgroup);
  Workload workload(cgroup, spin);
  REQUIRE(workload.wait_ready());
  kernel::CgroupFilesReader files(tree->root());
  const auto files_before = files.read(cgroup.path());
  const auto result = watch.compare(slot, workload.truth(), 3.0);
  const auto files_now = files.read(cgroup.path());
  REQUIRE(files_before.cpu.throttled_us.has_value());
  REQUIRE(files_now.cpu.throttled_us.has_value());
  const double throttled =
      static_cast<double>(*files_now.cpu.throttled_us - *files_before.cpu.throttled_us) * 1e-6;
  const auto window =
      sense::shares_between(result.before, result.now, {.throttled_seconds = throttled});
  CAPTURE(window.shares[Share::on_cpu], window.shares[Share::runqueue],
          window.shares[Share::throttled], window.behind_others);
  CHECK(files_now.cpu_limit == 0.2);
  CHECK(window.shares[Share::throttled] > 0.5);
  CHECK(window.shares[Share::on_cpu] < 0.4);
  CHECK(window.behind_others < 0.02);
}

}  // namespace kernwise::test
