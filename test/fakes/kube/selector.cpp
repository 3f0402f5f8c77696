// SPDX-License-Identifier: Apache-2.0
#include "test/fakes/kube/selector.hpp"

#include <algorithm>

namespace kernwise::test {
namespace {

std::string trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return std::string(text);
}

/// Splits at commas outside of parentheses.
std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts(1);
  int depth = 0;
  for (const char each : text) {
    depth += each == '(' ? 1 : each == ')' ? -1 : 0;
    if (each == ',' && depth == 0) {
      parts.emplace_back();
    } else {
      parts.back().push_back(each);
    }
  }
  for (auto& part : parts) part = trimmed(part);
  return parts;
}

std::optional<Selector::Requirement> parse_one(const std::string& text) {
  using Op = Selector::Op;
  for (const auto& [word, op] :
       {std::pair(" notin ", Op::none_of), std::pair(" in ", Op::one_of)}) {
    const auto where = text.find(word);
    if (where == std::string::npos) continue;
    const auto open = text.find('('), close = text.rfind(')');
    if (open == std::string::npos || close < open) return std::nullopt;
    return Selector::Requirement{trimmed(text.substr(0, where)), op,
                                 split(text.substr(open + 1, close - open - 1))};
  }
  for (const auto& [word, op] :
       {std::pair("!=", Op::differs), std::pair("==", Op::equals), std::pair("=", Op::equals)}) {
    const auto where = text.find(word);
    if (where == std::string::npos) continue;
    return Selector::Requirement{trimmed(text.substr(0, where)),
                                 op,
                                 {trimmed(text.substr(where + std::string_view(word).size()))}};
  }
  if (text.empty() || text == "!") return std::nullopt;
  if (text.front() == '!') return Selector::Requirement{trimmed(text.substr(1)), Op::absent};
  return Selector::Requirement{text, Op::exists};
}

bool holds(const Selector::Requirement& requirement, const std::optional<std::string>& value) {
  using Op = Selector::Op;
  const bool listed =
      value && std::ranges::find(requirement.values, *value) != requirement.values.end();
  switch (requirement.op) {
    case Op::equals:
    case Op::one_of:
      return listed;
    case Op::differs:
    case Op::none_of:
      return !listed;
    case Op::exists:
      return value.has_value();
    case Op::absent:
      return !value.has_value();
  }
  return false;
}

std::optional<std::string> label(const Json& object, const std::string& key) {
  const auto* labels = at(object, "/metadata/labels");
  if (labels == nullptr || !labels->is_object()) return std::nullopt;
  const auto* found = labels->get_object().if_contains(key);
  if (found == nullptr || !found->is_string()) return std::nullopt;
  return std::string(found->get_string());
}

std::optional<std::string> field(const Json& object, std::string path) {
  std::ranges::replace(path, '.', '/');
  return text_at(object, "/" + path);
}

}  // namespace

std::optional<std::vector<Selector::Requirement>> Selector::parse(std::string_view text) {
  std::vector<Requirement> requirements;
  if (text.empty()) return requirements;
  for (const auto& part : split(text)) {
    auto requirement = parse_one(part);
    if (!requirement) return std::nullopt;
    requirements.push_back(*std::move(requirement));
  }
  return requirements;
}

bool Selector::matches(const Json& object) const {
  if (!name_space.empty() && text_at(object, "/metadata/namespace") != name_space) return false;
  return std::ranges::all_of(
             labels, [&](const auto& each) { return holds(each, label(object, each.key)); }) &&
         std::ranges::all_of(
             fields, [&](const auto& each) { return holds(each, field(object, each.key)); });
}

}  // namespace kernwise::test
