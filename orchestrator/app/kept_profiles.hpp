// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "orchestrator/api/routes.hpp"
#include "orchestrator/history/store.hpp"
#include "orchestrator/view/profiles.hpp"

/// Learned profiles in the history's file, so that a restart does not forget them. The newest entry
/// of a workload counts.
namespace kernwise::orchestrator {

inline constexpr const char* kProfileKind = "profile";

/// One entry per workload.
[[nodiscard]] std::vector<history::Entry> profile_entries(const view::ProfileLearner& learner,
                                                          api::Now now);

/// Takes up what the file has. Gives the number of workloads; entries that cannot be read are
/// passed over.
std::size_t restore_profiles(const std::vector<history::Entry>& newest_first,
                             view::ProfileLearner& learner, api::Now now);

}  // namespace kernwise::orchestrator
