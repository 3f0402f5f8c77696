// SPDX-License-Identifier: Apache-2.0
#include "profiler/discovery/pod_list.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "common/base/json.hpp"
#include "common/base/utf8.hpp"
#include "common/report/pods_file.hpp"

namespace kernwise::discovery {
namespace {

using json::Value;

constexpr std::size_t kMaxBytes = 16UL * 1024 * 1024;
constexpr std::size_t kMaxPods = 1024;
constexpr std::size_t kMaxContainers = 128;
constexpr std::size_t kMaxLabels = 256;
constexpr std::size_t kMaxText = 256;
constexpr std::size_t kContainerIdLength = 64;

Result<Value> parse(std::string_view text) {
  return json::parse(text, {.depth = 64, .bytes = kMaxBytes, .values = 2'000'000});
}

const Value& member(const Value& of, std::string_view key) {
  static const Value nothing;
  const Value* found = of.find(key);
  return found == nullptr ? nothing : *found;
}

/// A string of the API as one that can be shown: names come from whoever made the pod.
std::string text_of(const Value& of, std::string_view key) {
  const auto& found = member(of, key);
  return found.kind() == json::Kind::string ? printable(found.text(), kMaxText) : std::string();
}

std::optional<double> cores_of(const Value& resources, std::string_view kind) {
  const auto text = member(member(resources, kind), "cpu").text();
  if (text.empty()) return std::nullopt;
  const auto cores = report::parse_cpu_quantity(text);
  return cores ? std::optional(*cores) : std::nullopt;
}

/// `containerd://<64 hex>` without the runtime.
std::string id_of(std::string_view written) {
  const auto at = written.find("://");
  if (at == std::string_view::npos) return {};
  const auto id = written.substr(at + 3);
  const bool hex = std::ranges::all_of(
      id, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  return id.size() == kContainerIdLength && hex ? std::string(id) : std::string();
}

void add_containers(PodRecord& pod, const Value& spec, const Value& statuses) {
  for (const auto& each : spec.items()) {
    if (pod.containers.size() >= kMaxContainers) return;
    PodContainer container;
    container.name = text_of(each, "name");
    const auto& resources = member(each, "resources");
    container.request = cores_of(resources, "requests");
    container.limit = cores_of(resources, "limits");
    for (const auto& status : statuses.items()) {
      if (member(status, "name").text() == container.name) {
        container.id = id_of(member(status, "containerID").text());
      }
    }
    pod.containers.push_back(std::move(container));
  }
}

/// Deployments own pods through ReplicaSets named `<deployment>-<pod-template-hash>`.
std::string workload_of(const Value& metadata, const Labels& labels) {
  for (const auto& owner : member(metadata, "ownerReferences").items()) {
    if (!member(owner, "controller").truth()) continue;
    auto kind = text_of(owner, "kind");
    auto name = text_of(owner, "name");
    const auto hash = labels.find("pod-template-hash");
    if (kind == "ReplicaSet" && hash != labels.end() && name.ends_with("-" + hash->second)) {
      kind = "Deployment";
      name.resize(name.size() - hash->second.size() - 1);
    }
    return kind.append("/").append(name);
  }
  return {};
}

PodRecord record_of(const Value& pod) {
  PodRecord record;
  const auto& metadata = member(pod, "metadata");
  record.uid = text_of(metadata, "uid");
  record.pod_namespace = text_of(metadata, "namespace");
  record.name = text_of(metadata, "name");
  const auto& annotations = member(metadata, "annotations");
  record.config_hash = text_of(annotations, "kubernetes.io/config.hash");
  for (const auto& label : member(metadata, "labels").members()) {
    if (record.labels.size() >= kMaxLabels) break;
    record.labels.emplace(printable(label.key, kMaxText), printable(label.value.text(), kMaxText));
  }
  record.workload = workload_of(metadata, record.labels);
  const auto& spec = member(pod, "spec");
  const auto& status = member(pod, "status");
  add_containers(record, member(spec, "containers"), member(status, "containerStatuses"));
  add_containers(record, member(spec, "initContainers"), member(status, "initContainerStatuses"));
  add_containers(record, member(spec, "ephemeralContainers"),
                 member(status, "ephemeralContainerStatuses"));
  return record;
}

bool is_whole(const PodRecord& pod) {
  return !pod.uid.empty() && !pod.pod_namespace.empty() && !pod.name.empty();
}

int code_of(const Value& status) {
  int code = 0;
  const auto digits = member(status, "code").text();
  std::from_chars(digits.data(), digits.data() + digits.size(), code);
  return code;
}

std::optional<PodEvent::Kind> kind_of(std::string_view type) {
  static constexpr std::pair<std::string_view, PodEvent::Kind> kKinds[] = {
      {"ADDED", PodEvent::Kind::added},     {"MODIFIED", PodEvent::Kind::modified},
      {"DELETED", PodEvent::Kind::deleted}, {"BOOKMARK", PodEvent::Kind::bookmark},
      {"ERROR", PodEvent::Kind::error},
  };
  for (const auto& [word, kind] : kKinds) {
    if (type == word) return kind;
  }
  return std::nullopt;
}

}  // namespace

Result<PodList> parse_pod_list(std::string_view text) {
  const auto document = parse(text);
  if (!document) return wrap(document.error(), "list of pods");
  if (!member(*document, "kind").text().ends_with("List")) {
    return invalid("list of pods: kind: expected a list");
  }
  PodList list;
  list.resource_version = text_of(member(*document, "metadata"), "resourceVersion");
  for (const auto& pod : member(*document, "items").items()) {
    if (list.pods.size() >= kMaxPods) break;
    auto record = record_of(pod);
    if (is_whole(record)) list.pods.push_back(std::move(record));
  }
  return list;
}

Result<PodEvent> parse_pod_event(std::string_view line) {
  const auto document = parse(line);
  if (!document) return wrap(document.error(), "watch event");
  const auto kind = kind_of(member(*document, "type").text());
  if (!kind) return invalid("watch event: type: none that is known");
  const auto& object = member(*document, "object");
  PodEvent event{.kind = *kind, .pod = {}, .resource_version = {}, .code = 0};
  if (*kind == PodEvent::Kind::error) {
    event.code = code_of(object);
    return event;
  }
  event.resource_version = text_of(member(object, "metadata"), "resourceVersion");
  if (*kind == PodEvent::Kind::bookmark) return event;
  event.pod = record_of(object);
  if (!is_whole(event.pod)) return invalid("watch event: a pod without uid, namespace or name");
  return event;
}

}  // namespace kernwise::discovery
