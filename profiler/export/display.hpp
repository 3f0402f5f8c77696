// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/report/report.hpp"

/// What a report's containers and their waits are called on every surface, so that all agree.
namespace kernwise::profiler {

/// Who a container is, printable. A name that is not known yet: the uid (else the path) stands for
/// the pod, the namespace is empty, and twelve digits of its id stand for the container.
struct Shown {
  std::string pod_namespace, pod, container, uid, workload;
};
[[nodiscard]] Shown shown(const report::Container& container);

/// `namespace/pod`, or the pod alone where there is no namespace.
[[nodiscard]] std::string full_name(const Shown& shown);

/// A peer as a person would call it: the workload that listens there when it is in this report
/// (the same network namespace, through loopback), else `address:port`.
[[nodiscard]] std::string peer_name(const report::Report& report, const report::Container& asking,
                                    const report::Peer& peer);
/// The outbound peer that was waited for longest, named; nothing without any.
[[nodiscard]] std::optional<std::string> top_peer(const report::Report& report,
                                                  const report::Container& asking);
/// The function with most samples; `[unknown]` when there is none.
[[nodiscard]] std::string top_function(const report::Container& container);
/// The disk and the direction that was waited for most: `254:0 write`; `disk` when nothing is
/// known.
[[nodiscard]] std::string disk_cause(const report::BlockIo& block);
/// network, lock, ipc and memory: what the first seed calls OFF-CPU.
[[nodiscard]] double off_cpu(const WaitShares& shares);
/// The largest of these four: a peer for network, else the share's name.
[[nodiscard]] std::string off_cpu_cause(const report::Report& report,
                                        const report::Container& container);

}  // namespace kernwise::profiler
