// SPDX-License-Identifier: Apache-2.0
#include "profiler/discovery/filter.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/base/utf8.hpp"

namespace kernwise::discovery {
namespace {

constexpr std::size_t kMaxSelectorBytes = 4096;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// Up to 63 letters, digits, `-`, `_`, `.`; a letter or digit at both ends.
bool is_label_name(std::string_view text) {
  constexpr std::size_t kLongest = 63;
  return !text.empty() && text.size() <= kLongest && is_letter_or_digit(text.front()) &&
         is_letter_or_digit(text.back()) && std::all_of(text.begin(), text.end(), [](char c) {
           return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.';
         });
}

bool is_value(std::string_view text) {
  return text.empty() || is_label_name(text);
}

/// A name, perhaps behind `dns.prefix/`.
bool is_key(std::string_view text) {
  constexpr std::size_t kLongestPrefix = 253;
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return is_label_name(text);
  const auto prefix = text.substr(0, slash);
  const bool dns =
      !prefix.empty() && prefix.size() <= kLongestPrefix && is_letter_or_digit(prefix.front()) &&
      is_letter_or_digit(prefix.back()) && std::all_of(prefix.begin(), prefix.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
      });
  return dns && is_label_name(text.substr(slash + 1));
}

Error complaint(std::string_view part) {
  return invalid("label_selector: cannot read '" + printable(part, 128) +
                 "'; write key=value, key!=value, key in (a,b), key notin (a,b), key or !key");
}

/// Splits at commas outside parentheses.
std::vector<std::string_view> parts_of(std::string_view text) {
  std::vector<std::string_view> parts;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    const bool end = at == text.size();
    if (!end && text[at] == '(') ++depth;
    if (!end && text[at] == ')') --depth;
    if (end || (text[at] == ',' && depth <= 0)) {
      parts.push_back(trimmed(text.substr(begin, at - begin)));
      begin = at + 1;
    }
  }
  return parts;
}

bool contains(const std::vector<std::string>& list, std::string_view wanted) {
  return std::find(list.begin(), list.end(), wanted) != list.end();
}

/// The values of `(a,b)`; nothing when the parentheses or a value are wrong.
std::optional<std::vector<std::string>> set_of(std::string_view text) {
  text = trimmed(text);
  if (text.size() < 2 || text.front() != '(' || text.back() != ')') return std::nullopt;
  std::vector<std::string> values;
  text = trimmed(text.substr(1, text.size() - 2));
  if (text.empty()) return std::nullopt;  // `in ()` says nothing
  for (const auto value : parts_of(text)) {
    if (!is_value(value)) return std::nullopt;
    values.emplace_back(value);
  }
  return values;
}

}  // namespace

Result<LabelSelector::Requirement> LabelSelector::parse_requirement(std::string_view text) {
  if (text.starts_with('!') && is_key(trimmed(text.substr(1)))) {
    return Requirement{std::string(trimmed(text.substr(1))), Rule::absent, {}};
  }
  if (is_key(text)) return Requirement{std::string(text), Rule::present, {}};
  if (const auto space = text.find(' '); space != std::string_view::npos) {
    const auto rest = trimmed(text.substr(space));
    const bool none = rest.starts_with("notin");
    const auto set = none                     ? set_of(rest.substr(5))
                     : rest.starts_with("in") ? set_of(rest.substr(2))
                                              : std::nullopt;
    if (set && is_key(text.substr(0, space))) {
      return Requirement{std::string(text.substr(0, space)), none ? Rule::none_of : Rule::one_of,
                         *set};
    }
  }
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) return complaint(text);
  auto key = text.substr(0, equals);
  auto value = text.substr(equals + 1);
  const bool not_equal = key.ends_with('!');
  if (not_equal) key.remove_suffix(1);
  if (!not_equal && value.starts_with('=')) value.remove_prefix(1);
  key = trimmed(key);
  value = trimmed(value);
  if (!is_key(key) || !is_value(value)) return complaint(text);
  return Requirement{
      std::string(key), not_equal ? Rule::none_of : Rule::one_of, {std::string(value)}};
}

Result<LabelSelector> LabelSelector::parse(std::string_view text) {
  if (text.size() > kMaxSelectorBytes) return invalid("label_selector: longer than 4096 bytes");
  LabelSelector selector;
  if (trimmed(text).empty()) return selector;
  for (const auto part : parts_of(text)) {
    auto requirement = parse_requirement(part);
    if (!requirement) return requirement.error();
    selector.requirements_.push_back(std::move(*requirement));
  }
  return selector;
}

bool LabelSelector::matches(const Labels& labels) const {
  return std::all_of(requirements_.begin(), requirements_.end(), [&](const Requirement& r) {
    const auto label = labels.find(r.key);
    const bool present = label != labels.end();
    switch (r.rule) {
      case Rule::present:
        return present;
      case Rule::absent:
        return !present;
      case Rule::one_of:
        return present && contains(r.values, label->second);
      case Rule::none_of:
        return !present || !contains(r.values, label->second);
    }
    return false;
  });
}

Result<Filter> Filter::make(const FilterOptions& options) {
  auto selector = LabelSelector::parse(options.label_selector);
  if (!selector) return wrap(selector.error(), "filter");
  Filter filter;
  filter.exclude_ = options.exclude_namespaces;
  filter.include_ = options.namespaces;
  filter.selector_ = std::move(*selector);
  return filter;
}

bool Filter::excluded(const report::Name& name, const Labels* labels) const {
  if (name.pod.empty()) return false;
  if (contains(exclude_, name.pod_namespace)) return true;
  if (!include_.empty() && !contains(include_, name.pod_namespace)) return true;
  return labels != nullptr && !selector_.matches(*labels);
}

}  // namespace kernwise::discovery
