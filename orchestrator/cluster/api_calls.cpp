// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/cluster/api_calls.hpp"

namespace kernwise::cluster {
namespace {

constexpr std::string_view kMarkNodes = "components/mark-nodes";

constexpr ApiCall kCalls[] = {
    // What is watched: Stores.
    {"", "pods", "list"},
    {"", "pods", "watch"},
    {"", "nodes", "list"},
    {"", "nodes", "watch"},
    {"", "namespaces", "list"},
    {"", "namespaces", "watch"},
    {"", "services", "list"},
    {"", "services", "watch"},
    {"apps", "replicasets", "list"},
    {"apps", "replicasets", "watch"},
    {"apps", "deployments", "list"},
    {"apps", "deployments", "watch"},
    {"apps", "statefulsets", "list"},
    {"apps", "statefulsets", "watch"},
    {"apps", "daemonsets", "list"},
    {"apps", "daemonsets", "watch"},
    {"discovery.k8s.io", "endpointslices", "list"},
    {"discovery.k8s.io", "endpointslices", "watch"},
    {"autoscaling", "horizontalpodautoscalers", "list"},
    {"autoscaling", "horizontalpodautoscalers", "watch"},
    {"keda.sh", "scaledobjects", "list"},
    {"keda.sh", "scaledobjects", "watch"},
    {"autoscaling.k8s.io", "verticalpodautoscalers", "list"},
    {"autoscaling.k8s.io", "verticalpodautoscalers", "watch"},
    // kube::get_scale, kube::patch_scale: scaling in mode Act.
    {"apps", "deployments/scale", "get"},
    {"apps", "deployments/scale", "patch"},
    {"apps", "statefulsets/scale", "get"},
    {"apps", "statefulsets/scale", "patch"},
    // kube::get_node, kube::patch_taints, kube::annotate: soft taints, and nodes that were
    // rejected.
    {"", "nodes", "get", false, kMarkNodes},
    {"", "nodes", "patch", false, kMarkNodes},
    // kube::create_event, kube::patch_event_series.
    {"events.k8s.io", "events", "create"},
    {"events.k8s.io", "events", "patch"},
    // kube::review_token: which node a report comes from.
    {"authentication.k8s.io", "tokenreviews", "create"},
    // kube::Elector: which replica may write.
    {"coordination.k8s.io", "leases", "get", true},
    {"coordination.k8s.io", "leases", "create", true},
    {"coordination.k8s.io", "leases", "update", true},
};

}  // namespace

std::span<const ApiCall> api_calls() {
  return kCalls;
}

}  // namespace kernwise::cluster
