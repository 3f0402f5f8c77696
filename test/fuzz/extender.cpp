// SPDX-License-Identifier: Apache-2.0
// The scheduler's three verbs, with simdjson below them; what they take, the program's other JSON
// reader has to take, too.
#include <set>
#include <string>

#include "common/base/json.hpp"
#include "extender/protocol/service.hpp"
#include "test/fuzz/fuzz.hpp"

namespace kernwise::fuzz {
namespace {

constexpr json::Limits kLimits{.depth = 128, .bytes = 1UL << 20U, .values = 1'000'000};

placement::NodeRow row(std::string name, double contention) {
  placement::NodeRow node;
  node.name = std::move(name);
  node.contention = {contention, 1 - contention, 0};
  node.capacity = {8, 1, 32e9};
  node.windows_over_limit = {9, 9, 9};
  return node;
}

struct Rig {
  std::shared_ptr<const placement::NodeTable> nodes = std::make_shared<const placement::NodeTable>(
      std::vector{row("n1", 0), row("n2", 1), row("n3", 0.5)});
  placement::PriorBook profiles;
  protocol::Cluster cluster{.nodes = nodes, .profiles = profiles, .snapshot = 1};
  protocol::Service service;
};

/// Of a document only; what the two readers refuse for other reasons than grammar is their own.
bool breaks_a_limit_of_ours(const Error& error) {
  for (const char* reason : {"twice", "duplicate", "64 characters", "too big", "deep", "nest"}) {
    if (error.context.find(reason) != std::string::npos) return true;
  }
  return false;
}

json::Value document(const std::string& text, const char* promise) {
  auto value = json::parse(text, kLimits);
  must(value.has_value(), promise);
  return *std::move(value);
}

void check_scores(const std::string& answer, bool relative) {
  std::set<std::string, std::less<>> hosts;
  const auto list = document(answer, "scores are JSON");
  for (const auto& entry : list.items()) {
    const auto* const host = entry.find("Host");
    const auto* const score = entry.find("Score");
    must(host && score, "a score has a host and a value");
    must(hosts.emplace(host->text()).second, "each host once");
    const auto value = std::stol(std::string(score->text()));
    must(value >= (relative ? -10 : 0) && value <= 10, "a score lies within the protocol's range");
  }
}

}  // namespace

void read(std::string_view input) {
  static Rig rig;
  const std::string body(input);
  protocol::Outcome outcome;
  const auto scores = rig.service.prioritize(body, rig.cluster, outcome);
  must(outcome.status == 200 || outcome.status == 400, "a call is answered or refused");
  must((outcome.status == 400) == !outcome.problem.empty(), "a refusal says why");
  if (outcome.status == 400) must(scores.empty(), "and reflects nothing");
  const auto asked = outcome.status;
  if (asked == 200) {
    check_scores(scores, false);
    const auto other = json::parse(body, kLimits);
    must(other.has_value() || breaks_a_limit_of_ours(other.error()), "both readers agree");
  }
  const auto relative = rig.service.prioritize_relative(body, rig.cluster, outcome);
  must(outcome.status == asked, "one grammar for all verbs");
  if (asked == 200) check_scores(relative, true);
  const auto filtered = rig.service.filter(body, rig.cluster, outcome).joined();
  must(outcome.status == asked, "one grammar for all verbs");
  if (asked != 200) return;
  // Nodes come back byte for byte, also what they say twice.
  const auto result = json::parse(filtered, kLimits);
  must(result.has_value() || breaks_a_limit_of_ours(result.error()), "a filter result is JSON");
}

}  // namespace kernwise::fuzz
