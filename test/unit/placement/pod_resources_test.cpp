// SPDX-License-Identifier: Apache-2.0
#include "extender/placement/pod_resources.hpp"

#include <catch2/catch_all.hpp>

namespace kernwise::placement {
namespace {

struct Asked {
  enum class Role : std::uint8_t { main, init, sidecar };
  Role role = Role::main;
  std::optional<double> cores;
};
using enum Asked::Role;

TEST_CASE("pod resources: as kube-scheduler adds them up", "[placement]") {
  struct Row {
    const char* what;
    std::vector<Asked> containers;
    std::optional<double> overhead;
    std::optional<double> expected;
  };
  const std::vector<Row> rows{
      {"nothing", {}, {}, {}},
      {"nobody asks", {{main, {}}, {init, {}}}, {}, {}},
      {"main ones run together", {{main, 1}, {main, 2}}, {}, 3},
      {"init ones run one by one", {{init, 2}, {init, 3}, {main, 1}}, {}, 3},    // max(1, 2, 3)
      {"and cost nothing where they need less", {{init, 2}, {main, 4}}, {}, 4},  // max(4, 2)
      {"a sidecar goes on running", {{sidecar, 1}, {main, 2}}, {}, 3},           // 2 + 1
      {"an init one beside a sidecar",
       {{sidecar, 2}, {init, 3}, {main, 1}},
       {},
       5},                                                                  // max(1+2, 2+3)
      {"a sidecar after it", {{init, 3}, {sidecar, 1}, {main, 1}}, {}, 3},  // max(1+1, 3, 1)
      {"two sidecars", {{sidecar, 1}, {sidecar, 2}, {init, 1}, {main, 1}}, {}, 4},  // max(1+3, 3+1)
      {"some do not ask", {{main, {}}, {main, 2}, {init, {}}}, {}, 2},
      {"only an init one asks", {{init, 2}, {main, {}}}, {}, 2},
      {"the sandbox comes on top", {{init, 3}, {main, 1}}, 0.25, 3.25},
      {"but is no request alone", {{main, {}}}, 0.25, {}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    ResourceTally tally;
    for (const Asked& asked : row.containers) {
      const Resources of{.cores = asked.cores, .memory_bytes = asked.cores};
      if (asked.role == main) {
        tally.add_main(of);
      } else {
        tally.add_init(of, asked.role == sidecar);
      }
    }
    const Resources total = tally.total({.cores = row.overhead, .memory_bytes = row.overhead});
    CHECK(total.cores == row.expected);
    CHECK(total.memory_bytes == row.expected);
  }
}

}  // namespace
}  // namespace kernwise::placement
