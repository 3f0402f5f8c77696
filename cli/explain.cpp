// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "cli/pod_file.hpp"
#include "cli/show.hpp"
#include "cli/table.hpp"
#include "common/base/file.hpp"

namespace kernwise::cli {
namespace {

/// A part of the cost of a rated node, by its name.
std::string part_of(const json::Value& node, std::string_view name) {
  const json::Value* const parts = node.find("cost");
  if (parts == nullptr) return "-";
  const auto found =
      std::find_if(parts->items().begin(), parts->items().end(),
                   [name](const json::Value& part) { return text_at(part, "name") == name; });
  return found == parts->items().end() ? "-" : text_at(*found, "value");
}

/// Scores and terms, then what they were made of.
std::string nodes_text(const json::Value& nodes) {
  if (nodes.items().empty()) return {};
  std::vector<Row> terms{{"NODE", "SCORE", "QUALITY", "AGE", "DATA", "BOTTLENECK", "WORST", "MEAN",
                          "INTERFERENCE", "CHURN"}};
  std::vector<Row> inputs{
      {"NODE", "LOAD", "PREDICTED", "PENDING", "CONTENTION", "SENSITIVITY", "CAPACITY"}};
  for (const json::Value& node : nodes.items()) {
    terms.push_back({text_at(node, "node"), text_at(node, "score"), text_at(node, "quality"),
                     text_at(node, "age_seconds"), text_at(node, "reason"),
                     text_at(node, "bottleneck"), part_of(node, "worst"), part_of(node, "mean"),
                     part_of(node, "interference"), part_of(node, "churn")});
    if (node.find("inputs") == nullptr) continue;
    inputs.push_back({text_at(node, "node"), text_at(node, "inputs.load"),
                      text_at(node, "predicted"), text_at(node, "inputs.pending"),
                      text_at(node, "inputs.contention"), text_at(node, "inputs.sensitivity"),
                      text_at(node, "inputs.capacity")});
  }
  return columns(terms) + (inputs.size() > 1 ? "\n" + columns(inputs) : "");
}

std::string profile_text(const json::Value& document) {
  const json::Value* const profile = document.find("profile");
  if (profile == nullptr) return {};
  std::string text = "profile: " + text_at(*profile, "source") + ", confidence " +
                     text_at(*profile, "confidence") + "\n  demand " + text_at(*profile, "demand") +
                     "\n  mix " + text_at(*profile, "mix") + "\n  sensitivity " +
                     text_at(*profile, "sensitivity") + "\n";
  const json::Value* const overrides = document.find("overrides");
  if (overrides == nullptr) return text;
  for (const json::Value& word : overrides->items()) {
    text += "  " + text_at(word, "annotation") + "=" + text_at(word, "value");
    if (word.find("problem") != nullptr) text += " does not count: " + text_at(word, "problem");
    text += "\n";
  }
  return text;
}

std::string rating_text(const json::Value& document) {
  std::string text = profile_text(document);
  const std::string abstention = text_at(document, "abstention");
  if (abstention != "-") text += "no opinion: " + abstention + "\n";
  const json::Value* const nodes = document.find("nodes");
  return nodes == nullptr ? text : text + "\n" + nodes_text(*nodes);
}

std::string placement_text(const json::Value& placement) {
  std::string text = "\n" + text_at(placement, "time") + " " + text_at(placement, "verb") + ": " +
                     text_at(placement, "effect");
  const std::string reason = text_at(placement, "reason");
  if (reason != "-") text += ", " + reason;
  text += ", " + text_at(placement, "candidates") + " candidates\n";
  if (const json::Value* const after = placement.find("after")) {
    text += "  went to " + text_at(*after, "node") + "; load " + text_at(*after, "actual") +
            ", expected " + text_at(*after, "predicted") + "\n";
  }
  const json::Value* const best = placement.find("best");
  return best == nullptr ? text : text + nodes_text(*best);
}

std::string state_text(const json::Value& thing, const std::string& kind) {
  std::string text = kind + " " + text_at(thing, "name");
  for (const char* field : {"node", "workload", "verdict", "confidence", "age_seconds", "data"}) {
    if (thing.find(field) != nullptr)
      text += ", " + std::string(field) + " " + text_at(thing, field);
  }
  text += "\n";
  if (const json::Value* const shares = thing.find("shares")) {
    text += "  shares " + text_at(*shares, "") + "\n";
  }
  if (const json::Value* const evidence = thing.find("evidence")) {
    for (const json::Value& line : evidence->items()) text += "  " + text_at(line, "") + "\n";
  }
  return text;
}

std::string decision_text(const json::Value& document) {
  const json::Value* const decision = document.find("decision");
  if (decision == nullptr || decision->is_null()) return {};
  return "scaling: " + text_at(*decision, "action") + " from " + text_at(*decision, "from") +
         " to " + text_at(*decision, "to") + ", " + text_at(*decision, "reason") + "\n";
}

std::string explanation_text(const json::Value& document, const std::string& kind) {
  std::string text;
  if (const json::Value* const thing = document.find(kind)) text += state_text(*thing, kind);
  text += decision_text(document) + rating_text(document);
  if (const json::Value* const pods = document.find("pods")) {
    for (const json::Value& pod : pods->items()) text += state_text(pod, "pod");
  }
  if (const json::Value* const placements = document.find("placements")) {
    for (const json::Value& one : placements->items()) text += placement_text(one);
  }
  return text;
}

bool is_plain(std::string_view name) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/";
  return !name.empty() && name.find_first_not_of(kAllowed) == std::string_view::npos;
}

}  // namespace

Result<> explain(const Server& server, const std::string& kind, const std::string& name,
                 const Output& output) {
  if (!is_plain(name)) return invalid(kind + ": not a name: '" + name + "'");
  const auto tell = [&](const json::Value& document) {
    output.to << explanation_text(document, kind);
    return Result<>();
  };
  return show(server.get("/v1/explain/" + kind + "/" + name), output, tell);
}

Result<> what_if(const Server& server, const std::string& file, const Output& output) {
  const auto text = read_file(file);
  if (!text) return text.error();
  auto question = question_about(*text);
  if (!question) return wrap(question.error(), file);
  const auto tell = [&](const json::Value& document) {
    output.to << "pod " << text_at(document, "pod") << "\n" << rating_text(document);
    return Result<>();
  };
  return show(server.post("/v1/whatif?limit=10000", *std::move(question)), output, tell);
}

}  // namespace kernwise::cli
