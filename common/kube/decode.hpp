// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "common/base/json.hpp"
#include "common/base/result.hpp"
#include "common/kube/objects.hpp"

/// Objects of the API, from JSON. Whoever may create an object wrote its texts: they are made safe
/// to show and cut to 256 bytes, and every list is bounded. Missing parts are empty. Errors: no
/// name, or (where uids are used) no uid.
namespace kernwise::kube {

[[nodiscard]] Result<Pod> decode_pod(const json::Value& object);
[[nodiscard]] Result<Node> decode_node(const json::Value& object);
[[nodiscard]] Result<Namespace> decode_namespace(const json::Value& object);
[[nodiscard]] Result<Service> decode_service(const json::Value& object);
[[nodiscard]] Result<EndpointSlice> decode_endpoint_slice(const json::Value& object);

// Items of a list carry no kind, so each kind has a reader of its own.
[[nodiscard]] Result<Controller> decode_replica_set(const json::Value& object);
[[nodiscard]] Result<Controller> decode_deployment(const json::Value& object);
[[nodiscard]] Result<Controller> decode_stateful_set(const json::Value& object);
/// `replicas` is how many nodes should run it.
[[nodiscard]] Result<Controller> decode_daemon_set(const json::Value& object);

/// autoscaling/v2.
[[nodiscard]] Result<Autoscaler> decode_horizontal_autoscaler(const json::Value& object);
/// keda.sh/v1alpha1. Where it does not say so, it scales a Deployment from 0 to 100.
[[nodiscard]] Result<Autoscaler> decode_scaled_object(const json::Value& object);
/// autoscaling.k8s.io/v1.
[[nodiscard]] Result<Autoscaler> decode_vertical_autoscaler(const json::Value& object);

/// A decoded object's metadata, or the complaint that it has no name (and namespace, where there is
/// one) or no uid.
[[nodiscard]] Result<Meta> decode_identity(const json::Value& object, bool namespaced);
/// What an item of a list, or an object of an event, has in common with all others.
[[nodiscard]] Meta decode_meta(const json::Value& object);
/// The string members of an object, at most 64.
[[nodiscard]] Labels decode_labels(const json::Value& object);

}  // namespace kernwise::kube
