// SPDX-License-Identifier: Apache-2.0
#include "profiler/discovery/cgroup_path.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace kernwise::discovery {
namespace {

constexpr std::size_t kContainerIdLength = 64;
constexpr std::size_t kDashedUidLength = 36;
constexpr std::size_t kStaticUidLength = 32;

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool all_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_hex);
}

bool strip_suffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

/// 8-4-4-4-12 hex digits, all separators the same (`-`, or `_` where systemd escaped them).
bool is_separated_uid(std::string_view text) {
  if (text.size() != kDashedUidLength) return false;
  const char separator = text[8];
  if (separator != '-' && separator != '_') return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool at_separator = i == 8 || i == 13 || i == 18 || i == 23;
    if (at_separator ? text[i] != separator : !is_hex(text[i])) return false;
  }
  return true;
}

struct PodElement {
  std::string_view uid;  // as written
  Qos qos = Qos::guaranteed;
};

/// `pod<uid>`, `kubepods-burstable-pod<uid>.slice`, ...; `parent` is the element before it, where
/// the cgroupfs driver keeps the QoS class.
std::optional<PodElement> parse_pod(std::string_view element, std::string_view parent) {
  strip_suffix(element, ".slice");
  for (const std::size_t length : {kDashedUidLength, kStaticUidLength}) {
    if (element.size() < length) continue;
    const auto uid = element.substr(element.size() - length);
    auto head = element.substr(0, element.size() - length);
    const bool well_formed = length == kDashedUidLength ? is_separated_uid(uid) : all_hex(uid);
    if (!well_formed || !strip_suffix(head, "pod")) continue;
    if (!head.empty() && !head.ends_with('-')) continue;
    PodElement pod{.uid = uid};
    if (head.ends_with("burstable-") || (head.empty() && parent == "burstable")) {
      pod.qos = Qos::burstable;
    } else if (head.ends_with("besteffort-") || (head.empty() && parent == "besteffort")) {
      pod.qos = Qos::best_effort;
    }
    return pod;
  }
  return std::nullopt;
}

struct ContainerElement {
  std::string_view id;
  std::string_view runtime;
};

/// `[runtime-]<64 hex>[.scope]`. `crio-conmon-<id>.scope` is the monitor, not the container.
std::optional<ContainerElement> parse_container(std::string_view element, char separator = '-') {
  strip_suffix(element, ".scope");
  if (element.size() < kContainerIdLength) return std::nullopt;
  const auto id = element.substr(element.size() - kContainerIdLength);
  auto runtime = element.substr(0, element.size() - kContainerIdLength);
  if (!all_hex(id)) return std::nullopt;
  if (runtime.empty()) return ContainerElement{.id = id, .runtime = {}};
  if (!runtime.ends_with(separator)) return std::nullopt;
  runtime.remove_suffix(1);
  static constexpr std::array<std::string_view, 4> kRuntimes = {"cri-containerd", "crio", "docker",
                                                                "libpod"};
  if (std::find(kRuntimes.begin(), kRuntimes.end(), runtime) == kRuntimes.end()) {
    return std::nullopt;
  }
  return ContainerElement{.id = id, .runtime = runtime};
}

struct Match {
  std::string_view uid;  // as written; empty where the runtime had no pod parent (/k8s.io/<id>)
  Qos qos = Qos::guaranteed;
  ContainerElement container;
  std::size_t end = 0;  // of the container's element within the path
};

/// kubelet on the systemd driver and containerd on cgroupfs: `<pod slice>:cri-containerd:<id>`.
std::optional<Match> match_joined(std::string_view element) {
  const auto colon = element.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto pod = parse_pod(element.substr(0, colon), {});
  const auto container = parse_container(element.substr(colon + 1), ':');
  if (!pod || !container) return std::nullopt;
  return Match{.uid = pod->uid, .qos = pod->qos, .container = *container};
}

/// What `element` says together with the two elements above it.
std::optional<Match> match_element(std::string_view element, std::string_view parent,
                                   std::string_view grandparent) {
  if (auto joined = match_joined(element)) return joined;
  const auto container = parse_container(element);
  if (!container) return std::nullopt;
  if (const auto pod = parse_pod(parent, grandparent)) {
    return Match{.uid = pod->uid, .qos = pod->qos, .container = *container};
  }
  if (parent == "k8s.io") return Match{.uid = {}, .container = *container};
  return std::nullopt;
}

/// The outermost container of a pod. Outermost, because below its own cgroup a container may make
/// cgroups of any name, and must not pass for another pod with them.
std::optional<Match> outermost(std::string_view path) {
  std::string_view parent;
  std::string_view grandparent;
  std::size_t begin = 0;
  while (begin < path.size()) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const auto element = path.substr(begin, end - begin);
    if (!element.empty()) {
      if (auto match = match_element(element, parent, grandparent)) {
        match->end = end;
        return match;
      }
      grandparent = parent;
      parent = element;
    }
    begin = end + 1;
  }
  return std::nullopt;
}

}  // namespace

std::optional<CgroupIdentity> parse_cgroup_path(std::string_view path) {
  const auto match = outermost(path);
  if (!match) return std::nullopt;
  CgroupIdentity identity{.pod_uid = std::string(match->uid),
                          .container_id = std::string(match->container.id),
                          .runtime = std::string(match->container.runtime),
                          .qos = match->qos};
  std::replace(identity.pod_uid.begin(), identity.pod_uid.end(), '_', '-');
  return identity;
}

std::optional<std::string_view> container_cgroup(std::string_view path) {
  const auto match = outermost(path);
  if (!match) return std::nullopt;
  return path.substr(0, match->end);
}

PlainName plain_name(std::string_view path) {
  while (path.starts_with('/')) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos) {
    return {.pod_namespace = "/", .pod = std::string(path)};
  }
  auto parent = path.substr(0, slash);
  while (parent.ends_with('/')) parent.remove_suffix(1);
  return {.pod_namespace = std::string(parent), .pod = std::string(path.substr(slash + 1))};
}

}  // namespace kernwise::discovery
