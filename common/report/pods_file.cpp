// SPDX-License-Identifier: Apache-2.0
#include "common/report/pods_file.hpp"

#include <set>

#include "common/base/quantity.hpp"
#include "common/base/utf8.hpp"
#include "common/base/yaml.hpp"

namespace kernwise::report {
namespace {

constexpr std::size_t kMaxPods = 4096;
constexpr std::size_t kMaxLabels = 64;
constexpr std::size_t kMaxResources = 64;
constexpr std::size_t kMaxTextBytes = 512;
constexpr double kMaxCores = 100'000;

using yaml::complain;

Result<std::string> text_of(const YAML::Node& node, const std::string& field) {
  if (!node.IsScalar()) return complain(node, field + ": expected text");
  const std::string& text = node.Scalar();
  if (text.empty() || text.size() > kMaxTextBytes || !is_printable(text)) {
    return complain(node, field + ": expected 1 to 512 bytes without control characters");
  }
  return text;
}

Result<> store_text(const YAML::Node& node, const std::string& field, std::string& into) {
  auto text = text_of(node, field);
  if (!text) return text.error();
  into = std::move(*text);
  return {};
}

/// `requests` or `limits`. Kubernetes allows other resources beside `cpu`; they say nothing to us.
Result<> store_cpu(const YAML::Node& node, const std::string& field, std::optional<double>& into) {
  if (!node.IsMap() || node.size() > kMaxResources) {
    return complain(node, field + ": expected {cpu: ...}");
  }
  for (const auto& entry : node) {
    auto key = text_of(entry.first, field);
    if (!key) return key.error();
    if (*key != "cpu") continue;
    auto written = text_of(entry.second, field + ".cpu");
    if (!written) return written.error();
    const auto cores = parse_cpu_quantity(*written);
    if (!cores) return complain(entry.second, field + ".cpu: " + cores.error().context);
    into = *cores;
  }
  return {};
}

Result<> store_labels(const YAML::Node& node, PodEntry& pod) {
  if (!node.IsMap() || node.size() > kMaxLabels) {
    return complain(node, "labels: expected at most 64 keys and values");
  }
  for (const auto& entry : node) {
    auto key = text_of(entry.first, "labels");
    if (!key) return key.error();
    std::string value;  // Kubernetes allows an empty one
    const bool empty = entry.second.IsScalar() && entry.second.Scalar().empty();
    if (!empty) {
      if (auto done = store_text(entry.second, "labels." + *key, value); !done) return done;
    }
    const bool preferred = *key == "app.kubernetes.io/name";
    if (preferred || (*key == "app" && pod.app.empty())) pod.app = value;
    pod.labels.emplace_back(std::move(*key), std::move(value));
  }
  return {};
}

Result<> store_field(const std::string& key, const YAML::Node& value, PodEntry& pod) {
  if (key == "uid") return store_text(value, key, pod.uid);
  if (key == "name") return store_text(value, key, pod.name.pod);
  if (key == "namespace") return store_text(value, key, pod.name.pod_namespace);
  if (key == "container") return store_text(value, key, pod.name.container);
  if (key == "workload") return store_text(value, key, pod.name.workload);
  if (key == "image") return store_text(value, key, pod.image);
  if (key == "requests") return store_cpu(value, key, pod.name.request);
  if (key == "limits") return store_cpu(value, key, pod.name.limit);
  if (key == "labels") return store_labels(value, pod);
  return complain(value, "unknown field '" + printable(key, 64) +
                             "'; known are uid, name, namespace, container, workload, image, "
                             "requests, limits and labels");
}

Result<PodEntry> pod_of(const YAML::Node& node) {
  if (!node.IsMap()) return complain(node, "expected {uid: ..., name: ...}");
  PodEntry pod;
  std::set<std::string> seen;
  for (const auto& entry : node) {
    auto key = text_of(entry.first, "key");
    if (!key) return key.error();
    if (!seen.insert(*key).second) return complain(entry.first, *key + ": written twice");
    if (auto done = store_field(*key, entry.second, pod); !done) return done.error();
  }
  if (pod.uid.empty()) return complain(node, "uid: missing");
  if (pod.name.pod.empty()) return complain(node, "name: missing");
  return pod;
}

Result<std::vector<PodEntry>> pods_of(const YAML::Node& list) {
  std::vector<PodEntry> pods;
  if (list.IsNull()) return pods;
  if (!list.IsSequence()) return complain(list, "expected a list of pods");
  if (list.size() > kMaxPods) return complain(list, "more than 4096 pods");
  std::set<std::string> uids;
  for (const auto& node : list) {
    auto pod = pod_of(node);
    if (!pod) return pod.error();
    if (!uids.insert(pod->uid).second) return complain(node, "uid: '" + pod->uid + "' twice");
    pods.push_back(std::move(*pod));
  }
  return pods;
}

}  // namespace

Result<double> parse_cpu_quantity(std::string_view text) {
  auto cores = parse_quantity(text);
  if (!cores || *cores > kMaxCores) {
    return invalid("expected CPU as 250m or 0.5, at most 100000 cores");
  }
  return cores;
}

Result<std::vector<PodEntry>> parse_pods(std::string_view text) {
  const auto document = yaml::parse(text);
  return document ? pods_of(document->root) : document.error();
}

}  // namespace kernwise::report
