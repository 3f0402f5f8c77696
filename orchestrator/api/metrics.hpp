// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/server.hpp"
#include "common/metrics/registry.hpp"
#include "orchestrator/api/sources.hpp"

/// Every metric of the orchestrator: the one table, and what fills it.
namespace kernwise::api {

namespace metric {
using metrics::Definition;
using metrics::Type;

inline const Definition kBuildInfo{"kernwise_build_info", "Version of this program; always 1.",
                                   Type::gauge};
inline const Definition kReports{"kernwise_reports_total", "Reports by what became of them.",
                                 Type::counter};
inline const Definition kTokenReviews{
    "kernwise_token_reviews_total",
    "Questions to the API server about tokens of reports, by what became of them; offline = "
    "answered by its keys while it is away.",
    Type::counter};
inline const Definition kDataAge{"kernwise_node_data_age_seconds",
                                 "Age of the newest report of each node.", Type::gauge};
inline const Definition kNodes{"kernwise_nodes", "Nodes in the view, by freshness of their data.",
                               Type::gauge};
inline const Definition kPods{"kernwise_pods", "Pods in the view by verdict.", Type::gauge};
inline const Definition kPendingPods{"kernwise_pending_pods",
                                     "Pods bound to a node whose reports do not show them yet.",
                                     Type::gauge};
inline const Definition kSnapshot{"kernwise_snapshot_number",
                                  "Number of the newest snapshot of the view.", Type::gauge};
inline const Definition kRequestDuration{
    "kernwise_extender_request_duration_seconds",
    "Time from a complete request header to the last byte of the answer.", Type::histogram};
inline const Definition kPlacements{"kernwise_extender_decisions_total",
                                    "Answers to the scheduler by what they came to.",
                                    Type::counter};
inline const Definition kAbstentions{"kernwise_extender_abstentions_total",
                                     "Answers to the scheduler without an opinion, by reason.",
                                     Type::counter};
inline const Definition kPlacementsDropped{
    "kernwise_extender_decisions_dropped_total",
    "Answers that came too fast to be kept for explanations.", Type::counter};
inline const Definition kOverrides{
    "kernwise_placement_overrides_total",
    "Words of annotations on how a pod is placed, by annotation and whether they count.",
    Type::counter};
inline const Definition kBoundPods{
    "kernwise_placement_bound_total",
    "Pods bound to a node, by whether the scheduler had asked about them; daemon = of a DaemonSet, "
    "which it need not.",
    Type::counter};
inline const Definition kRegret{
    "kernwise_placement_regret_ratio",
    "How far a node's load is from what was expected of it, a minute after a pod came.",
    Type::histogram};
inline const Definition kPastReads{
    "kernwise_profile_reads_total",
    "Looks at what Prometheus knows of workloads' past, by what became of them.", Type::counter};
inline const Definition kPastSkipped{
    "kernwise_profile_read_skipped_samples_total",
    "Samples of Prometheus without the labels they need, or with a value that is none.",
    Type::counter};
inline const Definition kPastWorkloads{"kernwise_profile_read_workloads",
                                       "Workloads whose past Prometheus has told.", Type::gauge};
inline const Definition kDegraded{
    "kernwise_degraded", "1 for each reason why less is known than could be.", Type::gauge};
inline const Definition kRequests{"kernwise_http_requests_total",
                                  "Requests by listener, route and status code.", Type::counter};
inline const Definition kTlsHandshakes{"kernwise_tls_handshakes_total",
                                       "TLS handshakes by listener and how they ended.",
                                       Type::counter};
inline const Definition kTlsReload{"kernwise_tls_last_reload_successful",
                                   "Whether the newest TLS files of a listener were taken.",
                                   Type::gauge};
inline const Definition kScaling{
    "kernwise_scaling_decisions_total",
    "Changes of a workload's scaling decision or of what became of it.", Type::counter};
inline const Definition kWanted{"kernwise_scaling_workloads",
                                "Workloads by the action now recommended for them.", Type::gauge};
inline const Definition kLeader{"kernwise_leader",
                                "Whether this replica is the one that may write now.", Type::gauge};
inline const Definition kOutcomes{"kernwise_decisions_total",
                                  "Changes of what became of a decision to change something.",
                                  Type::counter};
inline const Definition kConflicts{"kernwise_conflicts_total",
                                   "Writes refused since somebody else had changed the object.",
                                   Type::counter};
inline const Definition kWrites{
    "kernwise_writes_total",
    "Writes to workloads and Nodes that were tried, by what became of them.", Type::counter};
inline const Definition kTaintedNodes{"kernwise_tainted_nodes",
                                      "Nodes with the taint kernwise.io/contended, as the leader "
                                      "sees them.",
                                      Type::gauge};
inline const Definition kWriteDuration{"kernwise_write_duration_seconds",
                                       "Time from a decision to the API server's last answer.",
                                       Type::histogram};
inline const Definition kEvents{"kernwise_events_total",
                                "Kubernetes Events by what became of them.", Type::counter};
inline const Definition kHistoryWritten{"kernwise_history_written_total",
                                        "History entries written to disk.", Type::counter};
inline const Definition kHistoryDropped{
    "kernwise_history_dropped_total",
    "History entries given up because the queue was full or the disk refused.", Type::counter};
inline const Definition kReload{"kernwise_pods_file_last_reload_successful",
                                "Whether the newest version of the pods file was taken.",
                                Type::gauge};
inline const Definition kDroppedSeries{"kernwise_metrics_dropped_series",
                                       "Series left out of this answer to bound its size.",
                                       Type::gauge};
}  // namespace metric

/// Counts requests of one listener; `kernwise_extender_request_duration_seconds` as well for the
/// scheduler's verbs.
[[nodiscard]] http::Observer request_counter(metrics::Registry& registry, std::string listener);

/// All families now, as text.
[[nodiscard]] std::string metrics_text(const Sources& sources, MonoTime now);

}  // namespace kernwise::api
