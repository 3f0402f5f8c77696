// SPDX-License-Identifier: Apache-2.0
#include "common/kube/decode.hpp"
#include "common/kube/fields.hpp"

namespace kernwise::kube {
namespace {

/// A count, and where it stands in an object.
struct Place {
  const char* part;
  const char* name;
};

int count_at(const json::Value& object, const Place& place) {
  return integer_of(member(object, place.part), place.name);
}

constexpr Place kReplicas{"spec", "replicas"}, kReady{"status", "readyReplicas"};

Result<Controller> controller(const json::Value& object, const char* kind,
                              const Place& replicas = kReplicas, const Place& ready = kReady) {
  auto meta = decode_identity(object, true);
  if (!meta) return wrap(meta.error(), kind);
  const auto& spec = member(object, "spec");
  Controller decoded;
  decoded.kind = kind;
  decoded.meta = *std::move(meta);
  decoded.replicas = count_at(object, replicas);
  decoded.ready = count_at(object, ready);
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
  return controller(object, "DaemonSet", {"status", "desiredNumberScheduled"},
                    {"status", "numberReady"});
}

Result<Autoscaler> decode_horizontal_autoscaler(const json::Value& object) {
  auto decoded = autoscaler(object, "HorizontalPodAutoscaler", "scaleTargetRef");
  if (!decoded) return decoded;
  decoded->min_replicas = count_at(object, {"spec", "minReplicas"});
  decoded->max_replicas = count_at(object, {"spec", "maxReplicas"});
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
