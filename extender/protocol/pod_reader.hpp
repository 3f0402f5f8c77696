// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "extender/placement/pod.hpp"
#include "extender/protocol/json_reader.hpp"

namespace kernwise::protocol::reader {

/// Reads the fields of a v1.Pod that placement uses; everything else is skipped. Requests are those
/// of the whole pod as Kubernetes reckons them: the larger of the containers' sum (with sidecars)
/// and of each init container beside the sidecars before it, plus the overhead.
[[nodiscard]] Result<> pod(Element value, const Path& path, placement::PodFacts& facts);

}  // namespace kernwise::protocol::reader
