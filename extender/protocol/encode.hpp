// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/quoted.hpp"
#include "extender/placement/rank.hpp"
#include "extender/protocol/known_nodes.hpp"

/// The answers of extender/v1, byte for byte as Go's encoder writes them.
namespace kernwise::protocol {

/// Appends `text` as a JSON string. As in Go, `<`, `>`, `&`, U+2028 and U+2029 are escaped too.
/// `text` must be UTF-8.
void append_json_string(std::string& out, std::string_view text);

/// Appends what a host of an answer is up to its score: `{"Host":"<name>","Score":`.
void append_host(std::string& out, std::string_view name);

/// HostPriorityList: a bare array of every candidate with its integer score,
/// `[{"Host":"n1","Score":7},...]`. `hosts` stand beside the ranking's scores; an abstaining
/// ranking is `[]`. `memory` is used for the answer; its content does not matter.
[[nodiscard]] std::string encode_priorities(const placement::Ranking& ranking, const Hosts& hosts,
                                            std::string memory = {});

/// The same order of preference in fewer bytes: scores relative to the most frequent one (the lower
/// of equally frequent ones), leaving out the hosts that have it. kube-scheduler adds nothing for a
/// host that is left out, so every total differs from the full answer's by the same amount.
[[nodiscard]] std::string encode_relative(const placement::Ranking& ranking, const Hosts& hosts,
                                          std::string memory = {});

/// ExtenderFilterResult. Absent lists are null; nodes are the request's own bytes.
struct FilterResult {
  using Failures = std::vector<std::pair<std::string_view, std::string_view>>;

  std::optional<std::vector<std::string_view>> nodes;
  std::optional<std::vector<std::string_view>> node_names;
  Failures failed_nodes;                   ///< name and text; written in the order of the names
  Failures failed_and_unresolvable_nodes;  ///< preemption cannot help there
  std::string_view error;
};

/// Whole nodes are quoted, so they must outlive the answer.
[[nodiscard]] Quoted encode_filter(const FilterResult& result, std::string memory = {});

}  // namespace kernwise::protocol
