// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "cli/doctor/scheduler_checks.hpp"
#include "cli/doctor/scheduler_file.hpp"
#include "common/base/clock.hpp"
#include "common/base/result.hpp"

/// Looks at what runs, to find out facts. Reads only.
namespace kernwise::doctor {

/// How a listener at the address of `url_prefix` answers when it is asked about no node at all;
/// `path_prefix` goes before the verb. No value where the address is none. Waits two seconds.
[[nodiscard]] std::optional<Answer> probe(const std::string& url_prefix,
                                          const std::string& path_prefix);

/// A GET of the API server: the body; no value for 404. Errors: anything else.
using Get = std::function<Result<std::optional<std::string>>(const std::string& path)>;

/// Adds what the cluster says: versions, the service account and the replicas of the overlay
/// second-scheduler, what may run in the profilers' namespace, the lease of `file` (not known where
/// it may not be read). Replicas have the election of `file`, for all of them read it. Errors: the
/// API server did not answer, or not so.
[[nodiscard]] Result<> add_cluster(const Get& get, const SchedulerFile& file, WallTime now,
                                   SchedulerFacts& facts);

/// How the schedulers that read `file` elect one.
[[nodiscard]] Election election_of(const SchedulerFile& file);

/// `v1.36.3` and the like, at the end of an image's name or alone.
[[nodiscard]] std::optional<KubeVersion> version_in(const std::string& text);

}  // namespace kernwise::doctor
