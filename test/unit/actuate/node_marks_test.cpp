// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/actuate/node_marks.hpp"

#include <rapidcheck.h>

#include <catch2/catch_test_macros.hpp>
#include <map>

namespace kernwise::actuate {
namespace {

using placement::Resource;

NodeLook quiet(std::string name) {
  return {.name = std::move(name), .has_data = true, .acts = true};
}
NodeLook contended(std::string name, double excess, bool tainted = false) {
  NodeLook look = quiet(std::move(name));
  look.contended = Contended{Resource::disk, excess};
  look.tainted = tainted;
  return look;
}
NodeLook tainted(std::string name) {
  NodeLook look = quiet(std::move(name));
  look.tainted = true;
  return look;
}

/// `taint b disk contended` and so on.
std::vector<std::string> told(const std::vector<NodeLook>& nodes, MarkMemory& memory,
                              const MarkRules& rules = {}) {
  std::vector<std::string> lines;
  for (const NodeIntent& intent : mark(nodes, rules, memory)) {
    std::string line = std::string(name_of(intent.action)) + " " + intent.node;
    if (!intent.resource.empty()) line += " " + intent.resource;
    lines.push_back(line + " " + intent.reason);
  }
  return lines;
}
std::vector<std::string> told(const std::vector<NodeLook>& nodes) {
  MarkMemory memory;
  return told(nodes, memory);
}

using Lines = std::vector<std::string>;

TEST_CASE("mark: a contended node is tainted, one that has cooled no more", "[actuate]") {
  CHECK(told({quiet("a"), contended("b", 0.2), quiet("c")}) == Lines{"taint b disk contended"});
  CHECK(told({quiet("a"), contended("b", 0.2, true), quiet("c")}).empty());
  CHECK(told({quiet("a"), tainted("b"), quiet("c")}) == Lines{"untaint b cooled"});
}

TEST_CASE("mark: a taint goes when nothing is known any more or the mode says so", "[actuate]") {
  NodeLook silent = contended("b", 0.2, true);
  silent.has_data = false;
  CHECK(told({quiet("a"), silent}) == Lines{"untaint b no_data"});
  NodeLook switched_off = contended("b", 0.2, true);
  switched_off.acts = false;
  CHECK(told({quiet("a"), switched_off}) == Lines{"untaint b switched_off"});
  NodeLook never = contended("b", 0.2);
  never.has_data = false;
  CHECK(told({quiet("a"), never}).empty());
}

TEST_CASE("mark: the most contended within the bound, tainted ones first", "[actuate]") {
  // 0.3 * 7 = 2.1: two of seven.
  std::vector<NodeLook> nodes{contended("a", 0.1), contended("b", 0.3), contended("c", 0.2)};
  for (const char* name : {"d", "e", "f", "g"}) nodes.push_back(quiet(name));
  CHECK(told(nodes) == Lines{"taint b disk contended", "taint c disk contended"});
  nodes[0].tainted = true;  // it stays, although others are worse: marks do not wander
  CHECK(told(nodes) == Lines{"taint b disk contended"});
  for (auto& node : nodes) node.contended = Contended{Resource::cpu, 0.1};
  nodes[0].tainted = false;  // all equal: by name
  CHECK(told(nodes) == Lines{"taint a cpu contended", "taint b cpu contended"});
}

TEST_CASE("mark: a lone node is never tainted, of two one may be", "[actuate]") {
  CHECK(told({contended("a", 0.3)}).empty());
  CHECK(told({contended("a", 0.1), contended("b", 0.2)}) == Lines{"taint b disk contended"});
}

TEST_CASE("mark: who was rejected and has room again is touched until it is done", "[actuate]") {
  MarkMemory memory;
  const MarkRules rules{.wake = true, .most_part = 0.01};
  std::vector<NodeLook> nodes{contended("a", 0.1, true), quiet("b"), contended("c", 0.1)};
  CHECK(told(nodes, memory, rules).empty());
  nodes[2].contended.reset();
  CHECK(told(nodes, memory, rules) == Lines{"touch c cooled"});
  CHECK(told(nodes, memory, rules) == Lines{"touch c cooled"});
  memory.cooled.erase("c");  // written
  CHECK(told(nodes, memory, rules).empty());

  nodes[0].has_data = false;  // silence is not room
  nodes[0].tainted = false;
  CHECK(told(nodes, memory, rules).empty());
  nodes[0].has_data = true;
  nodes[0].contended.reset();
  CHECK(told(nodes, memory, rules) == Lines{"touch a cooled"});
  nodes[0].contended = Contended{Resource::disk, 0.1};  // contended anew: nobody is told
  CHECK(told(nodes, memory, {.wake = true, .most_part = 0}) == Lines{"taint a disk contended"});
  CHECK(memory.cooled.empty());
  CHECK(told({}, memory, rules).empty());
  CHECK(memory.contended.empty());  // what is no node is not remembered
}

TEST_CASE("mark: without a filter nobody is touched", "[actuate]") {
  MarkMemory memory;
  CHECK(told({contended("a", 0.1, true), quiet("b")}, memory).empty());
  CHECK(told({quiet("a"), quiet("b")}, memory).empty());
}

TEST_CASE("contended_for_long: the worst resource of those over their limit", "[actuate]") {
  const placement::FilterParams params;  // limits .6 .6 .3, recovered .4 .4 .15, 5 windows
  placement::NodeRow row;
  row.contention = {0.7, 0.9, 0.31};
  row.windows_over_limit = {5, 4, 9};
  auto found = contended_for_long(row, params);
  REQUIRE(found);
  CHECK(found->resource == Resource::cpu);  // .7 - .6 = .1 > .31 - .3; disk not long enough
  row.windows_over_limit[1] = 5;
  CHECK(contended_for_long(row, params)->resource == Resource::disk);  // .9 - .6 = .3
  row.contention = {0.4, 0.4, 0.15};
  CHECK_FALSE(contended_for_long(row, params));
}

TEST_CASE("changed: others' taints stay as they are", "[actuate]") {
  const kube::Taint other{"dedicated", "gpu", "NoSchedule", "2026-01-01T00:00:00Z"};
  const kube::Taint same_key{kContended, "x", "NoExecute"};  // not ours: another effect
  const NodeIntent set{NodeAction::taint, "a", "disk", "contended"};
  const NodeIntent clear{NodeAction::untaint, "a", {}, "cooled"};
  const auto with = changed({other, same_key}, set);
  REQUIRE(with);
  CHECK(*with ==
        std::vector<kube::Taint>{other, same_key, {kContended, "disk", kPreferNoSchedule}});
  CHECK_FALSE(changed(*with, set));
  CHECK(changed(*with, clear) == std::vector<kube::Taint>{other, same_key});
  CHECK_FALSE(changed({other}, clear));
}

TEST_CASE("mark: any sequence ends within the bound and without a taint on a quiet node",
          "[actuate]") {
  REQUIRE(rc::check("marks follow the nodes", [] {
    const auto count = *rc::gen::inRange<std::size_t>(1, 12);
    const double part = *rc::gen::elementOf(std::vector<double>{0.01, 0.3, 0.5, 0.9});
    std::map<std::string, NodeLook> cluster;
    MarkMemory memory;
    const MarkRules rules{.wake = true, .most_part = part};
    for (int round = 0; round < 8; ++round) {
      std::vector<NodeLook> nodes;
      for (std::size_t i = 0; i < count; ++i) {
        NodeLook& node = cluster[std::string(1, static_cast<char>('a' + i))];
        node.name = std::string(1, static_cast<char>('a' + i));
        node.has_data = *rc::gen::inRange(0, 5) > 0;
        node.acts = *rc::gen::inRange(0, 9) > 0;
        node.contended.reset();
        if (*rc::gen::arbitrary<bool>()) node.contended = Contended{Resource::cpu, 0.1};
        nodes.push_back(node);
      }
      for (const NodeIntent& intent : mark(nodes, rules, memory)) {
        if (intent.action == NodeAction::touch) memory.cooled.erase(intent.node);
        if (intent.action == NodeAction::taint && cluster[intent.node].acts) {
          cluster[intent.node].tainted = true;
        }
        if (intent.action == NodeAction::untaint) cluster[intent.node].tainted = false;
      }
      std::size_t all = 0;
      for (const auto& [name, node] : cluster) {
        all += node.tainted ? 1 : 0;
        RC_ASSERT(!node.tainted || (node.contended && node.has_data && node.acts));
      }
      const auto most = static_cast<std::size_t>(part * static_cast<double>(count) + 1e-9);
      RC_ASSERT(all <= (count < 2 ? 0 : std::max<std::size_t>(most, 1)));
    }
  }));
}

}  // namespace
}  // namespace kernwise::actuate
