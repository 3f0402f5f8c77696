// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/report/pods_file.hpp"
#include "common/report/report.hpp"

/// Who a cgroup is.
namespace kernwise::view {

/// The pods somebody named for us, by UID. Immutable; a changed file makes a new one.
class NameBook {
 public:
  NameBook() = default;
  explicit NameBook(std::vector<report::PodEntry> pods);

  /// The entry of that UID, or nullptr.
  [[nodiscard]] const report::PodEntry* find(std::string_view uid) const;
  /// What to answer to a profiler that asks; names nobody knows are left out.
  [[nodiscard]] std::vector<report::NameEntry> answer(
      const std::vector<report::NameRequest>& wanted) const;
  [[nodiscard]] std::size_t size() const { return pods_.size(); }

 private:
  std::map<std::string, report::PodEntry, std::less<>> pods_;
};

/// The names of a container: the book's, else those in the report. Without either, a pod's UID
/// stands in `pod` and the namespace is empty; another cgroup is named by its path
/// (`system.slice/ssh.service` is pod `ssh.service` in namespace `system.slice`).
[[nodiscard]] report::Name join_names(const report::Container& container, const NameBook& book);

/// `namespace/Kind/name`. Where no workload is known it comes from the pod's name, as controllers
/// build it: `cart-7d4b9c6f5d-x2x4z` is Deployment `cart`, `db-0` StatefulSet `db`, else the pod is
/// its own.
[[nodiscard]] std::string workload_of(const report::Name& name);

}  // namespace kernwise::view
