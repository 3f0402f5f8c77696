// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/app/placement_tray.hpp"

#include <algorithm>
#include <catch2/catch_all.hpp>
#include <string>
#include <thread>
#include <vector>

#include "orchestrator/api/metrics.hpp"

namespace kernwise::orchestrator {
namespace {

/// Value of the counter's series with that label, or 0.
double counted(const metrics::Registry& registry, const std::string& name,
               const metrics::Label& label) {
  for (const auto& family : registry.collect()) {
    for (const auto& sample : family.samples) {
      const auto& labels = sample.labels;
      const bool has = std::find(labels.begin(), labels.end(), label) != labels.end();
      if (family.definition.name == name && (has || label.first.empty())) return sample.value;
    }
  }
  return 0;
}

}  // namespace

TEST_CASE("Handover: what goes in comes out in that order, once", "[orchestrator]") {
  Handover<std::string, 3> queue;
  std::vector<std::string> out;
  const auto drain = [&] { queue.drain([&](std::string&& item) { out.push_back(item); }); };
  drain();
  CHECK(out.empty());
  for (const char* item : {"a", "b", "c"}) CHECK(queue.push(item));
  std::string fourth = "d";
  CHECK_FALSE(queue.push(std::move(fourth)));
  CHECK(fourth == "d");  // NOLINT(bugprone-use-after-move): that is what is promised
  drain();
  CHECK(queue.push(std::move(fourth)));
  drain();
  drain();
  CHECK(out == std::vector<std::string>{"a", "b", "c", "d"});
}

TEST_CASE("Handover: nothing is lost between threads that both go on", "[orchestrator]") {
  constexpr int kItems = 20'000;
  Handover<int, 16> queue;
  std::thread other([&] {
    for (int item = 1; item <= kItems;) {
      if (queue.push(int{item})) ++item;
    }
  });
  int last = 0, out_of_order = 0;
  while (last < kItems) {
    queue.drain([&](int&& item) {
      if (item != last + 1) ++out_of_order;
      last = item;
    });
  }
  other.join();
  CHECK(out_of_order == 0);
}

TEST_CASE("PlacementTray: answers are counted, kept in order, and dropped aloud",
          "[orchestrator]") {
  metrics::Registry registry;
  PlacementTray tray(registry);
  constexpr int kSent = 600, kHeld = 512;
  for (int i = 0; i < kSent; ++i) {
    protocol::Outcome outcome;
    outcome.snapshot = static_cast<std::uint64_t>(i);
    outcome.effect = i % 2 == 0 ? protocol::Effect::answered : protocol::Effect::abstained;
    tray.put("prioritize", std::move(outcome), WallTime{});
  }
  std::uint64_t next = 0;
  tray.drain([&](const history::PlacementRecord& record) {
    CHECK(record.outcome.snapshot == next++);
    CHECK(record.verb == "prioritize");
  });
  CHECK(next == kHeld);
  const std::string answers = api::metric::kPlacements.name;
  CHECK(counted(registry, answers, {"outcome", "answered"}) == kSent / 2);
  CHECK(counted(registry, answers, {"outcome", "abstained"}) == kSent / 2);
  CHECK(counted(registry, api::metric::kPlacementsDropped.name, {}) == kSent - kHeld);
}

}  // namespace kernwise::orchestrator
