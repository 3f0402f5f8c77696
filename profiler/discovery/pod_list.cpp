// SPDX-License-Identifier: Apache-2.0
#include "profiler/discovery/pod_list.hpp"

#include "common/kube/decode.hpp"
#include "common/kube/fields.hpp"

namespace kernwise::discovery {
namespace {

constexpr std::size_t kMaxBytes = 16UL * 1024 * 1024;
constexpr std::size_t kMaxPods = 1024;

}  // namespace

Result<std::vector<PodRecord>> parse_pod_list(std::string_view text) {
  const auto document = json::parse(text, {.depth = 64, .bytes = kMaxBytes, .values = 2'000'000});
  if (!document) return wrap(document.error(), "list of pods");
  if (!kube::member(*document, "kind").text().ends_with("List")) {
    return invalid("list of pods: kind: expected a list");
  }
  std::vector<PodRecord> pods;
  for (const auto& item : kube::member(*document, "items").items()) {
    if (pods.size() >= kMaxPods) break;
    if (const auto pod = kube::decode_pod(item)) pods.push_back(record_of(*pod));
  }
  return pods;
}

}  // namespace kernwise::discovery
