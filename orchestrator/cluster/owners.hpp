// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>

#include "common/kube/objects.hpp"

namespace kernwise::cluster {

/// ReplicaSets, Deployments, StatefulSets and DaemonSets by `namespace/Kind/name`.
using Controllers = std::map<std::string, std::shared_ptr<const kube::Controller>, std::less<>>;

[[nodiscard]] std::string controller_key(const kube::Controller& controller);

/// `namespace/Kind/name` of the controller an object names as its own; empty without one, and where
/// that is a Node, which "controls" the mirror of its static pods.
[[nodiscard]] std::string owner_key(const kube::Meta& meta);

/// `Kind/name` of the controller at the top of a pod: ownership is followed as far as `known` goes.
/// A kind that nobody watches is the top itself. By name alone go a Job made by a CronJob
/// (`backup-29384710`) and a ReplicaSet that is not known yet, whose hash the pod's label tells. A
/// pod without a controller is its own: `Pod/name`.
[[nodiscard]] std::string top_owner(const kube::Pod& pod, const Controllers& known);

}  // namespace kernwise::cluster
