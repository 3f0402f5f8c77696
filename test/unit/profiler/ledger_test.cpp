// SPDX-License-Identifier: Apache-2.0
#include "profiler/app/ledger.hpp"

#include <catch2/catch_all.hpp>

namespace kernwise::profiler {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

/// A node whose containers are set by hand.
struct Node {
  std::map<std::uint64_t, sense::Totals> totals;
  std::set<std::uint64_t> gone, excluded;
  report::Report report;
  Ledger ledger;

  void show(std::uint64_t id, const std::string& uid, const std::string& name,
            std::uint64_t samples) {
    report::Container container;
    container.cgroup_id = id;
    container.pod_uid = uid;
    container.name.pod = "p";
    container.name.container = name;
    container.path = "/path-" + std::to_string(id);
    report.containers.push_back(container);
    totals[id].samples = samples;
  }
  /// Closes the window at that second and gives what a scrape would show: cgroup id -> samples.
  std::map<std::uint64_t, std::uint64_t> close(std::uint64_t second) {
    ledger.update(
        report,
        [this](std::uint64_t id) {
          const auto found = totals.find(id);
          return Standing{.known = found != totals.end(),
                          .gone = gone.contains(id),
                          .excluded = excluded.contains(id),
                          .totals = found == totals.end() ? nullptr : &found->second};
        },
        second * kSecond);
    ExportInput input;
    input.report = report;
    ledger.fill(input);
    std::map<std::uint64_t, std::uint64_t> shown;
    for (const auto& container : input.report.containers) {
      shown[container.cgroup_id] = input.totals.at(container.cgroup_id).samples;
    }
    past = input.past;
    report.containers.clear();
    return shown;
  }
  std::set<std::uint64_t> past;
};

using Shown = std::map<std::uint64_t, std::uint64_t>;

}  // namespace

TEST_CASE("Ledger: the last values of a container that ended are shown for a minute",
          "[profiler]") {
  Node node;
  node.show(7, "u", "app", 100);
  CHECK(node.close(1000) == Shown{{7, 100}});
  CHECK(node.past.empty());
  node.totals[7].samples = 130;  // what it did before it ended
  node.gone.insert(7);
  CHECK(node.close(1005) == Shown{{7, 130}});
  CHECK(node.past == std::set<std::uint64_t>{7});  // counters only, no verdict
  node.totals.clear();                             // its slot is somebody else's now
  CHECK(node.close(1064) == Shown{{7, 130}});
  CHECK(node.close(1065).empty());  // 60 s after its end
}

TEST_CASE("Ledger: a container that starts again goes on counting", "[profiler]") {
  Node node;
  node.show(7, "u", "app", 100);
  node.show(8, "u", "sidecar", 5);
  static_cast<void>(node.close(1000));
  node.gone.insert(7);
  node.show(9, "u", "app", 3);
  node.show(8, "u", "sidecar", 6);
  CHECK(node.close(1005) == Shown{{8, 6}, {9, 103}});  // 100 + 3
  node.totals.erase(7);
  node.show(9, "u", "app", 10);
  CHECK(node.close(1100) == Shown{{8, 6}, {9, 110}});  // 95 s later still
  node.gone.insert(9);
  node.show(11, "u", "app", 1);
  CHECK(node.close(1105) == Shown{{8, 6}, {11, 111}});  // the second restart
}

TEST_CASE("Ledger: other pods, and containers without a name, inherit nothing", "[profiler]") {
  Node node;
  node.show(7, "u", "app", 100);
  node.show(8, "v", "", 50);
  static_cast<void>(node.close(1000));
  node.gone = {7, 8};
  node.show(9, "w", "app", 3);
  node.show(10, "v", "", 1);
  const auto shown = node.close(1005);
  CHECK(shown.at(9) == 3);
  CHECK(shown.at(10) == 1);
}

TEST_CASE("Ledger: an empty container that lives keeps its counters, an excluded one does not",
          "[profiler]") {
  Node node;
  node.show(7, "u", "app", 100);
  node.show(8, "v", "app", 50);
  static_cast<void>(node.close(1000));
  node.excluded.insert(8);
  CHECK(node.close(1500) == Shown{{7, 100}});  // no thread for minutes, but not gone
  node.show(7, "u", "app", 120);
  CHECK(node.close(1505) == Shown{{7, 120}});  // counted once
}

TEST_CASE("Ledger: memory is bounded whatever ends, and forgotten in the end", "[profiler]") {
  Node node;
  std::uint64_t now = 1000;
  for (std::uint64_t id = 1; id <= 20'000; ++id) {
    node.show(id, "u" + std::to_string(id), "app", 1);
    node.gone.insert(id);
    if (id % 500 != 0) continue;
    static_cast<void>(node.close(now += 5));
    CHECK(node.ledger.size() <= 2 * Ledger::kMaxEnded + 500);
    node.totals.clear();
    node.gone.clear();
  }
  static_cast<void>(node.close(now + 100));
  static_cast<void>(node.close(now + 800));
  CHECK(node.ledger.size() == 0);
}

}  // namespace kernwise::profiler
