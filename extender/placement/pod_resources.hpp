// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "extender/placement/pod.hpp"

/// PURE. What a pod as a whole asks of a node, from what its containers ask.
namespace kernwise::placement {

/// Adds up one kind of resources (requests or limits) as kube-scheduler does, in the order of the
/// containers in the pod: `max(main + sidecars, the most that its start takes)`, where an init
/// container starts beside the sidecars before it. What nobody asks for stays absent.
class ResourceTally {
 public:
  void add_main(const Resources& of);
  /// `sidecar`: it has `restartPolicy: Always` and keeps running.
  void add_init(const Resources& of, bool sidecar);
  /// With what the pod's sandbox costs (`spec.overhead`). That alone is no request: a pod without
  /// requests keeps the prior of one.
  [[nodiscard]] Resources total(const Resources& overhead) const;

 private:
  Resources running_, sidecars_, starting_;
};

}  // namespace kernwise::placement
