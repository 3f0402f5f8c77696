// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/report/report.hpp"

namespace kernwise::discovery {

using Labels = std::map<std::string, std::string, std::less<>>;

/// A Kubernetes label selector: `a=b`, `a!=b`, `a in (b,c)`, `a notin (b,c)`, `a`, `!a`, separated
/// by commas; all must hold. `!=` and `notin` also hold without the label. Empty: everything.
class LabelSelector {
 public:
  /// Errors name the part that is wrong.
  [[nodiscard]] static Result<LabelSelector> parse(std::string_view text);
  [[nodiscard]] bool matches(const Labels& labels) const;
  [[nodiscard]] bool empty() const { return requirements_.empty(); }

 private:
  enum class Rule : std::uint8_t { present, absent, one_of, none_of };
  struct Requirement {
    std::string key;
    Rule rule = Rule::present;
    std::vector<std::string> values;
  };
  static Result<Requirement> parse_requirement(std::string_view text);
  std::vector<Requirement> requirements_;
};

/// filter.exclude_namespaces, filter.namespaces and filter.label_selector.
struct FilterOptions {
  std::vector<std::string> exclude_namespaces;
  std::vector<std::string> namespaces;  ///< empty: all
  std::string label_selector;
};

/// Which pods are counted in the aggregate `system` instead of by themselves.
class Filter {
 public:
  [[nodiscard]] static Result<Filter> make(const FilterOptions& options);
  /// An exclusion beats an inclusion. A pod without a name yet is not excluded, and neither is one
  /// whose labels are not known (`labels` null) by the selector: a missing answer is no "no".
  [[nodiscard]] bool excluded(const report::Name& name, const Labels* labels = nullptr) const;

 private:
  std::vector<std::string> exclude_;
  std::vector<std::string> include_;
  LabelSelector selector_;
};

}  // namespace kernwise::discovery
