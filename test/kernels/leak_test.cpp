// SPDX-License-Identifier: Apache-2.0
#include <bpf/bpf.h>

#include <algorithm>
#include <catch2/catch_all.hpp>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>

#include "common/base/fd.hpp"
#include "common/base/file.hpp"
#include "test/support/scenario.hpp"

namespace kernwise::test {
namespace {

constexpr int kTurns = 100;
constexpr int kWarmUpTurns = 10;  ///< until the kernel's own caches have grown
constexpr std::uint64_t kNoiseBytes = 4UL * 1024 * 1024;

/// What this process holds of one kind of kernel object (`prog_id`, `map_id`, `link_id`).
std::set<std::uint32_t> held(const std::string& kind) {
  std::set<std::uint32_t> ids;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fdinfo")) {
    const auto text = read_file(entry.path());  // the listing's own descriptor is gone by now
    const auto at = text ? text->find(kind + ":") : std::string::npos;
    if (at == std::string::npos) continue;
    ids.insert(static_cast<std::uint32_t>(
        std::strtoul(text->c_str() + at + kind.size() + 1, nullptr, 10)));
  }
  return ids;
}

struct Objects {
  std::set<std::uint32_t> programs = held("prog_id"), maps = held("map_id"),
                          links = held("link_id");
  void add(const Objects& other) {
    programs.insert(other.programs.begin(), other.programs.end());
    maps.insert(other.maps.begin(), other.maps.end());
    links.insert(other.links.begin(), other.links.end());
  }
};

/// How many of these the kernel still has.
std::size_t left(const std::set<std::uint32_t>& ids, int (*open)(__u32)) {
  return static_cast<std::size_t>(
      std::ranges::count_if(ids, [&](std::uint32_t id) { return Fd(open(id)).valid(); }));
}

std::size_t left(const Objects& objects) {
  return left(objects.programs, bpf_prog_get_fd_by_id) + left(objects.maps, bpf_map_get_fd_by_id) +
         left(objects.links, bpf_link_get_fd_by_id);
}

/// Bytes of kernel memory that programs and maps are made of. Errors end the test.
std::uint64_t kernel_bytes() {
  const auto text = read_file("/proc/meminfo", 64UL * 1024);
  REQUIRE(text.has_value());
  std::uint64_t kilobytes = 0;
  for (const auto* field : {"Slab:", "VmallocUsed:", "Percpu:"}) {
    const auto at = text->find(field);
    REQUIRE(at != std::string::npos);
    kilobytes += std::strtoull(text->c_str() + at + std::string_view(field).size(), nullptr, 10);
  }
  return kilobytes * 1024;
}

/// Returns what there was while the programs ran.
Objects load_and_unload() {
  Watch watch;
  REQUIRE(watch.reader().read({}).has_value());
  return {};
}

/// The kernel frees programs and maps after a grace period, not within close().
void await_gone(const Objects& objects) {
  for (int turn = 0; turn < 1000 && left(objects) > 0; ++turn) let_run(0.01);
}

}  // namespace

TEST_CASE("attach and detach a hundred times: nothing stays, memory does not grow", "[kernel]") {
  KW_REQUIRE_KERNEL();
  Objects made;
  std::uint64_t bytes = 0;
  for (int turn = 0; turn < kTurns; ++turn) {
    made.add(load_and_unload());
    if (turn + 1 != kWarmUpTurns) continue;
    await_gone(made);
    bytes = kernel_bytes();
  }
  await_gone(made);
  // Each turn has programs, maps and links of its own: the numbers say that we saw them.
  CHECK(made.programs.size() >= 8UL * kTurns);
  CHECK(made.maps.size() >= 8UL * kTurns);
  CHECK(left(made.programs, bpf_prog_get_fd_by_id) == 0);
  CHECK(left(made.maps, bpf_map_get_fd_by_id) == 0);
  CHECK(left(made.links, bpf_link_get_fd_by_id) == 0);
  const Objects still;
  CHECK(still.programs.size() + still.maps.size() + still.links.size() == 0);
  // On a machine with other work its memory is not ours to judge.
  if (std::getenv("KERNWISE_EMULATED")) CHECK(kernel_bytes() <= bytes + kNoiseBytes);
}

}  // namespace kernwise::test
