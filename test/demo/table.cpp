// SPDX-License-Identifier: Apache-2.0
#include "test/demo/table.hpp"

#include <array>
#include <cstdio>
#include <string_view>

namespace kernwise::demo {
namespace {

std::string fixed(double value, int digits) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

/// Cuts or fills to `width` characters, so that columns stay columns.
std::string column(std::string text, std::size_t width) {
  if (text.size() > width) text = text.substr(0, width - 2) + "..";
  text.resize(width, ' ');
  return text + ' ';
}

constexpr std::array<Share, kShareCount> kShownShares{
    Share::on_cpu, Share::runqueue, Share::throttled, Share::disk, Share::network,
    Share::lock,   Share::memory,   Share::ipc,       Share::idle};

/// Four characters, whatever the number of threads.
std::string share_text(double share) {
  return fixed(share, share < 9.995 ? 2 : (share < 99.95 ? 1 : 0)).append(4, ' ').substr(0, 4);
}

/// What it does most: the function it runs, or whom it waits for.
std::string main_cause(const PodState& pod) {
  if (pod.verdict == "downstream_wait" && !pod.peers.empty())
    return "waits for " + pod.peers.front().name;
  if (!pod.functions.empty() && pod.shares[Share::on_cpu] >= 0.05)
    return pod.functions.front().name;
  return pod.peers.empty() ? "" : "talks to " + pod.peers.front().name;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += (text.empty() ? "" : "; ") + line;
  return text;
}

std::string evidence_of(const json::Value& node) {
  std::vector<std::string> lines;
  if (const json::Value* evidence = node.find("evidence"))
    for (const auto& line : evidence->items()) lines.emplace_back(line.text());
  return joined(lines);
}

/// The evidence for `host` in the last recorded answer about the pod.
std::string evidence_for(const json::Value& explanation, std::string_view host) {
  std::string text;
  const json::Value* answers = explanation.find("placements");
  if (answers == nullptr) return text;
  for (const auto& answer : answers->items()) {
    const json::Value* best = answer.find("best");
    if (best == nullptr) continue;
    for (const auto& node : best->items()) {
      const json::Value* name = node.find("node");
      if (name != nullptr && name->text() == host) text = evidence_of(node);
    }
  }
  return text;
}

}  // namespace

std::string table_of(const std::vector<PodState>& pods) {
  std::string text = column("POD", 15) + column("VERDICT", 22) +
                     "cpu  runq thr  disk net  lock mem  ipc  idle  " +
                     column("TOP FUNCTION OR PEER", 28) + "EVIDENCE\n";
  for (const auto& pod : pods) {
    text += column(pod.name, 15) + column(pod.verdict + " (" + fixed(pod.confidence, 2) + ")", 22);
    for (const Share share : kShownShares) text += share_text(pod.shares[share]) + ' ';
    text += ' ' + column(main_cause(pod), 28) + joined(pod.evidence) + '\n';
  }
  return text;
}

std::string text_of(const Placement& placement) {
  std::string text =
      "Where would " + placement.pod + " (" + placement.what + ") go? 0 worst, 10 best\n";
  if (placement.scores.empty()) text += "  no opinion: too few nodes with fresh data\n";
  for (const auto& [host, score] : placement.scores)
    text += "  " + column(host, 26) + std::to_string(score) + "   " +
            evidence_for(placement.explanation, host) + '\n';
  return text;
}

std::string text_of(const std::vector<DecisionState>& decisions) {
  std::string text = "What scaling recommends (nothing is changed)\n";
  for (const auto& decision : decisions) {
    text += "  " + column(decision.workload, 28) + column(decision.action, 11);
    if (decision.action == "redirect") {
      text += "scale " + decision.target + " instead";
    } else if (decision.from != decision.to) {
      text += fixed(decision.from, 0) + " -> " + fixed(decision.to, 0) + " replicas";
    }
    text += "  [" + decision.reason + "] " + joined(decision.evidence) + '\n';
  }
  return text;
}

}  // namespace kernwise::demo
