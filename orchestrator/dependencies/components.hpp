// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

namespace kernwise::dependencies {

/// `neighbours[v]` are the vertices that `v` points to.
using Adjacency = std::vector<std::vector<std::size_t>>;

/// The strongly connected component of each vertex (Tarjan, without recursion so that a long chain
/// cannot exhaust the stack). Components are numbered callees first: an edge between two components
/// always leads to the smaller number.
[[nodiscard]] std::vector<std::size_t> components_of(const Adjacency& neighbours);

}  // namespace kernwise::dependencies
