// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "common/report/report.hpp"
#include "extender/placement/pod.hpp"
#include "orchestrator/view/name_book.hpp"

/// Who a cgroup is.
namespace kernwise::view {

/// The names of a container of `node`: the book's, else those in the report, unless the book is
/// complete. Without either, a pod's UID stands in `pod` and the namespace is empty; another cgroup
/// is named by its path (`system.slice/ssh.service` is pod `ssh.service` in namespace
/// `system.slice`).
[[nodiscard]] report::Name join_names(std::string_view node, const report::Container& container,
                                      const NameBook& book);

/// `namespace/Kind/name`. Where no workload is known it comes from the pod's name, as controllers
/// build it: `cart-7d4b9c6f5d-x2x4z` is Deployment `cart`, `db-0` StatefulSet `db`, else the pod is
/// its own.
[[nodiscard]] std::string workload_of(const report::Name& name);

/// What the pod itself, else its workload, else its namespace says by an annotation of ours; empty:
/// nothing. A pod that is not in the book yet has its namespace alone beside its own word.
[[nodiscard]] std::string_view word_of(const placement::PodFacts& pod, const NameBook& book,
                                       std::string_view key);

}  // namespace kernwise::view
