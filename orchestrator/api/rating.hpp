// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/base/json.hpp"
#include "extender/placement/rank.hpp"
#include "orchestrator/view/snapshot.hpp"

namespace kernwise::api {

/// How all nodes of a snapshot would be rated now, members `abstention` and `nodes`: the `most`
/// best with every term, input and age, best first.
void write_rating(json::Writer& json, const view::Snapshot& snapshot,
                  const placement::Question& question, std::size_t most);

}  // namespace kernwise::api
