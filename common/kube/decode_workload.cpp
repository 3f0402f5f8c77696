// SPDX-License-Identifier: Apache-2.0
#include "common/kube/decode.hpp"
#include "common/kube/fields.hpp"

namespace kernwise::kube {
namespace {

Result<Controller> controller(const json::Value& object, const char* kind) {
  auto meta = decode_identity(object, true);
  if (!meta) return wrap(meta.error(), kind);
  const auto& spec = member(object, "spec");
  Controller decoded;
  decoded.kind = kind;
  decoded.meta = *std::move(meta);
  decoded.replicas = integer_of(spec, "replicas");
  decoded.ready = integer_of(member(object, "status"), "readyReplicas");
  decoded.selector = decode_labels(member(member(spec, "selector"), "matchLabels"));
  return decoded;
}

Result<Autoscaler> autoscaler(const json::Value& object, const char* kind,
                              std::string_view target_key) {
  auto meta = decode_identity(object, true);
  if (!meta) return wrap(meta.error(), kind);
  const auto& target = member(member(object, "spec"), target_key);
  Autoscaler decoded;
  decoded.kind = kind;
  decoded.meta = *std::move(meta);
  decoded.target_kind = text_of(target, "kind");
  decoded.target_name = text_of(target, "name");
  return decoded;
}

}  // namespace

Result<Controller> decode_replica_set(const json::Value& object) {
  return controller(object, "ReplicaSet");
}
Result<Controller> decode_deployment(const json::Value& object) {
  return controller(object, "Deployment");
}
Result<Controller> decode_stateful_set(const json::Value& object) {
  return controller(object, "StatefulSet");
}

Result<Controller> decode_daemon_set(const json::Value& object) {
  auto decoded = controller(object, "DaemonSet");
  if (!decoded) return decoded;
  decoded->replicas = integer_of(member(object, "status"), "desiredNumberScheduled");
  decoded->ready = integer_of(member(object, "status"), "numberReady");
  return decoded;
}

Result<Autoscaler> decode_horizontal_autoscaler(const json::Value& object) {
  auto decoded = autoscaler(object, "HorizontalPodAutoscaler", "scaleTargetRef");
  if (!decoded) return decoded;
  decoded->min_replicas = integer_of(member(object, "spec"), "minReplicas");
  decoded->max_replicas = integer_of(member(object, "spec"), "maxReplicas");
  return decoded;
}

Result<Autoscaler> decode_scaled_object(const json::Value& object) {
  auto decoded = autoscaler(object, "ScaledObject", "scaleTargetRef");
  if (!decoded) return decoded;
  if (decoded->target_kind.empty()) decoded->target_kind = "Deployment";
  const auto& spec = member(object, "spec");
  decoded->min_replicas = integer_of(spec, "minReplicaCount");
  decoded->max_replicas =
      member(spec, "maxReplicaCount").is_null() ? 100 : integer_of(spec, "maxReplicaCount");
  return decoded;
}

Result<Autoscaler> decode_vertical_autoscaler(const json::Value& object) {
  return autoscaler(object, "VerticalPodAutoscaler", "targetRef");
}

}  // namespace kernwise::kube
