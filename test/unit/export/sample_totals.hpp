// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "profiler/export/kpod_metrics.hpp"

/// A container that has something of everything, for the tests of the metrics.
namespace kernwise::test {

void add_everything(profiler::ExportInput& to, std::uint64_t cgroup_id);
/// One window with one container, cgroup 101.
[[nodiscard]] profiler::ExportInput one_container();
/// Two tracked calls, `read` and `close`; the disk is `vda`.
[[nodiscard]] profiler::ExportOptions of_profile(
    profiler::Profile profile, profiler::Histograms histograms = profiler::Histograms::brief);

}  // namespace kernwise::test
