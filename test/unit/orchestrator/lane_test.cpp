// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/app/lane.hpp"

#include <sched.h>
#include <sys/resource.h>

#include <catch2/catch_all.hpp>
#include <future>

namespace kernwise::orchestrator {
namespace {

struct Priority {
  int policy = -1, nice = 0;
};

Priority priority_here() {
  return {::sched_getscheduler(0), ::getpriority(PRIO_PROCESS, 0)};
}

Priority priority_on(Turn turn) {
  std::promise<Priority> seen;
  Lane lane;
  lane.post([&seen] { seen.set_value(priority_here()); });
  lane.run(turn);
  return seen.get_future().get();
}

TEST_CASE("Lane: one that comes later gives way, the first stays what the program is", "[app]") {
  const Priority own = priority_here();
  if (own.policy != SCHED_OTHER || own.nice > 14) SKIP("started with a priority of its own");
  CHECK(priority_on(Turn::first).nice == own.nice);
  CHECK(priority_on(Turn::later).nice == own.nice + 5);
  CHECK(priority_on(Turn::later).policy == SCHED_OTHER);
}

}  // namespace
}  // namespace kernwise::orchestrator
