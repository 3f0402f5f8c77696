// SPDX-License-Identifier: Apache-2.0
// Cgroups that come and go on the real kernel, faster than anybody would.
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch_all.hpp>
#include <string>

#include "profiler/kernel/cgroup_files.hpp"
#include "test/kernel/reporting.hpp"
#include "test/support/show_result.hpp"

namespace kernwise::test {
namespace {

/// Cgroups below one of our own, removed with it.
class Storm {
 public:
  explicit Storm(const kernel::CgroupTree& tree) : folder_(tree.root() + home_.path()) {}
  void blow(int cgroups) {
    for (int i = 0; i < cgroups; ++i) {
      const auto path = folder_ + "/s" + std::to_string(next_++);
      REQUIRE(::mkdir(path.c_str(), 0755) == 0);
      REQUIRE(::rmdir(path.c_str()) == 0);
    }
  }
  [[nodiscard]] bool is_ours(const kw_cgroup_event& event) const {
    return std::string_view(event.path).starts_with(home_.path() + "/");
  }

 private:
  Cgroup home_{"storm"};
  std::string folder_;
  int next_ = 0;
};

}  // namespace

TEST_CASE("cgroups: thousands of short-lived ones leave no slot, no map entry, no name",
          "[kernel]") {
  KW_REQUIRE_KERNEL();
  Watch watch;
  Reporting reporting(watch);
  Storm storm(reporting.tree());
  auto& reporter = reporting.reporter();
  const auto held = reporter.table().containers().size();
  const auto mapped = reporter.table().cgroups();
  for (int burst = 0; burst < 20; ++burst) {
    storm.blow(100);
    reporter.drain();
    REQUIRE(reporter.close_window());
    CHECK(reporter.table().containers().size() <= held + 300 + 50);  // three windows of them
  }
  storm.blow(1500);  // 3000 events at once: more than the ring buffer holds
  for (int window = 0; window < 4; ++window) REQUIRE(reporter.close_window());
  // Other cgroups of this machine may come and go meanwhile: a few, not hundreds.
  CHECK(reporter.table().containers().size() <= held + 50);
  CHECK(reporter.table().cgroups() <= mapped + 50);
  CHECK(use_of(watch, "kw_cgroups").entries <= mapped + 50);
}

TEST_CASE("cgroups: events that found no room are counted, none is counted twice", "[kernel]") {
  KW_REQUIRE_KERNEL();
  Watch watch;
  const auto tree = kernel::CgroupTree::open();
  REQUIRE(tree);
  Storm storm(*tree);
  std::uint64_t seen = 0;
  const auto count = [&](const kw_cgroup_event& event) { seen += storm.is_ours(event) ? 1 : 0; };
  const auto lost = [&] {
    const std::uint32_t slots[] = {KW_SYSTEM_SLOT};
    const auto reading = watch.reader().read(slots);
    REQUIRE(reading);
    return reading->globals.errors[KW_ERROR_CGROUP_EVENTS];
  };
  watch.reader().drain_cgroups(count);
  seen = 0;
  const auto before = lost();
  constexpr std::uint64_t kCgroups = 2000;
  storm.blow(kCgroups);
  watch.reader().drain_cgroups(count);
  const double told = static_cast<double>(seen + lost() - before);
  CAPTURE(seen, lost() - before);
  CHECK(seen < 2 * kCgroups);                                  // some were lost
  CHECK(told == Catch::Approx(2.0 * kCgroups).epsilon(0.01));  // and every one is known of
}

TEST_CASE("cgroups: a handle names the path of an id, and none that is gone", "[kernel]") {
  KW_REQUIRE_KERNEL();
  const auto tree = kernel::CgroupTree::open();
  REQUIRE(tree);
  std::uint64_t id = 0;
  {
    const Cgroup cgroup("named");
    id = cgroup.id();
    const auto path = tree->path_of(id);
    REQUIRE(path);
    CHECK(*path == cgroup.path());
  }
  CHECK_FALSE(tree->path_of(id));
}

TEST_CASE("cgroups: files of one that was made again under its path are read anew", "[kernel]") {
  KW_REQUIRE_KERNEL();
  const auto tree = kernel::CgroupTree::open();
  REQUIRE(tree);
  const Cgroup home("again");
  const auto path = home.path() + "/inner";
  const auto folder = tree->root() + path;
  REQUIRE(::mkdir(folder.c_str(), 0755) == 0);
  kernel::CgroupFilesReader reader(tree->root());
  REQUIRE(reader.read(path).pressure.cpu);
  REQUIRE(::rmdir(folder.c_str()) == 0);
  CHECK_FALSE(reader.read(path).pressure.cpu);
  REQUIRE(::mkdir(folder.c_str(), 0755) == 0);
  bool found = false;
  for (int reads = 0; reads < 100 && !found; ++reads) {
    found = reader.read(path).pressure.cpu.has_value();
  }
  CHECK(found);
  CHECK(::rmdir(folder.c_str()) == 0);
}

}  // namespace kernwise::test
