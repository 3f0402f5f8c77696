// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "common/base/utf8.hpp"
#include "common/kube/decode.hpp"
#include "common/kube/fields.hpp"

namespace kernwise::kube {
namespace {

constexpr std::size_t kMaxLabels = 64;
constexpr double kMaxQuantity = 1e15;

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

std::optional<double> unit_of(std::string_view suffix) {
  static constexpr std::array<std::pair<std::string_view, double>, 16> kUnits{{
      {"", 1},
      {"n", 1e-9},
      {"u", 1e-6},
      {"m", 1e-3},
      {"k", 1e3},
      {"M", 1e6},
      {"G", 1e9},
      {"T", 1e12},
      {"P", 1e15},
      {"E", 1e18},
      {"Ki", 0x1p10},
      {"Mi", 0x1p20},
      {"Gi", 0x1p30},
      {"Ti", 0x1p40},
      {"Pi", 0x1p50},
      {"Ei", 0x1p60},
  }};
  for (const auto& [name, unit] : kUnits) {
    if (suffix == name) return unit;
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

Result<double> parse_quantity(std::string_view text) {
  double number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number =
      !text.empty() && std::string_view(".0123456789").find(text.front()) != std::string_view::npos;
  if (!is_number || read.ec != std::errc()) return invalid("quantity: expected a number");
  const auto unit = unit_of(text.substr(static_cast<std::size_t>(read.ptr - text.data())));
  if (!unit) return invalid("quantity: unknown unit");
  const double value = number * *unit;
  if (!std::isfinite(value) || value > kMaxQuantity) return invalid("quantity: too large");
  return value;
}

}  // namespace kernwise::kube
