// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "common/base/utf8.hpp"
#include "common/kube/decode.hpp"
#include "common/kube/fields.hpp"

namespace kernwise::kube {
namespace {

constexpr std::size_t kMaxLabels = 64;

/// The other annotations are other people's, and often large.
bool is_ours(std::string_view annotation) {
  return annotation.starts_with("kernwise.io/") || annotation == "kubernetes.io/config.hash";
}

std::optional<Owner> controller_of(const json::Value& metadata) {
  for (const auto& owner : member(metadata, "ownerReferences").items()) {
    if (!member(owner, "controller").truth()) continue;
    return Owner{.api_version = text_of(owner, "apiVersion"),
                 .kind = text_of(owner, "kind"),
                 .name = text_of(owner, "name"),
                 .uid = text_of(owner, "uid")};
  }
  return std::nullopt;
}

}  // namespace

Labels decode_labels(const json::Value& object) {
  Labels labels;
  for (const auto& [key, value] : object.members()) {
    if (labels.size() == kMaxLabels) break;
    if (value.kind() != json::Kind::string) continue;
    labels.emplace(printable(key, 2 * kMaxText), printable(value.text(), kMaxText));
  }
  return labels;
}

Meta decode_meta(const json::Value& object) {
  const auto& metadata = member(object, "metadata");
  Meta meta;
  meta.name_space = text_of(metadata, "namespace");
  meta.name = text_of(metadata, "name");
  meta.uid = text_of(metadata, "uid");
  meta.resource_version = text_of(metadata, "resourceVersion");
  meta.labels = decode_labels(member(metadata, "labels"));
  for (const auto& [key, value] : member(metadata, "annotations").members()) {
    if (meta.annotations.size() == kMaxLabels) break;
    if (!is_ours(key) || value.kind() != json::Kind::string) continue;
    meta.annotations.emplace(printable(key, 2 * kMaxText), printable(value.text(), kMaxText));
  }
  meta.controller = controller_of(metadata);
  meta.deleting = !member(metadata, "deletionTimestamp").is_null();
  return meta;
}

Result<Meta> decode_identity(const json::Value& object, bool namespaced) {
  auto meta = decode_meta(object);
  if (meta.name.empty() || meta.uid.empty() || (namespaced && meta.name_space.empty())) {
    return invalid("metadata: expected a name and a uid, and a namespace where there is one");
  }
  return meta;
}

}  // namespace kernwise::kube
