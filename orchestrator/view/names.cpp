// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/view/names.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace kernwise::view {
namespace {

/// The letters of generated name suffixes (k8s.io/apimachinery util/rand): no vowels, no 0 1 3.
constexpr std::string_view kSuffixLetters = "bcdfghjklmnpqrstvwxz2456789";

bool is_generated(std::string_view part, std::size_t shortest, std::size_t longest) {
  return part.size() >= shortest && part.size() <= longest &&
         part.find_first_not_of(kSuffixLetters) == std::string_view::npos;
}

bool is_ordinal(std::string_view part) {
  return !part.empty() && part.size() <= 5 &&
         std::all_of(part.begin(), part.end(),
                     [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// Cuts the part behind the last dash off `name`; empty when there is none.
std::string_view cut_last(std::string_view& name) {
  const std::size_t dash = name.rfind('-');
  if (dash == std::string_view::npos || dash == 0) return {};
  const std::string_view last = name.substr(dash + 1);
  name = name.substr(0, dash);
  return last;
}

std::string owner_of(std::string_view pod) {
  std::string_view name = pod;
  const std::string_view last = cut_last(name);
  if (is_ordinal(last)) return "StatefulSet/" + std::string(name);
  if (is_generated(last, 5, 5)) {
    std::string_view deployment = name;
    if (is_generated(cut_last(deployment), 8, 10)) return "Deployment/" + std::string(deployment);
  }
  return "Pod/" + std::string(pod);
}

void name_by_path(std::string_view path, report::Name& name) {
  while (path.starts_with('/')) path.remove_prefix(1);
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) {
    name.pod_namespace = "/";
    name.pod = path.empty() ? "/" : std::string(path);
    return;
  }
  name.pod_namespace = path.substr(0, slash);
  name.pod = path.substr(slash + 1);
}

void prefer(std::string& text, const std::string& better) {
  if (!better.empty()) text = better;
}

}  // namespace

report::Name join_names(std::string_view node, const report::Container& container,
                        const NameBook& book) {
  report::Name name = book.complete() ? report::Name() : container.name;
  if (const NamedPod* pod = book.find(node, container.pod_uid, container.container_id)) {
    const report::Name known = name_of(*pod, container.container_id);
    prefer(name.pod_namespace, known.pod_namespace);
    prefer(name.pod, known.pod);
    prefer(name.container, known.container);
    prefer(name.workload, known.workload);
    if (known.request) name.request = known.request;
    if (known.limit) name.limit = known.limit;
  }
  if (!name.pod.empty()) return name;
  if (!container.pod_uid.empty()) {
    name.pod = container.pod_uid;
  } else {
    name_by_path(container.path, name);
  }
  return name;
}

std::string workload_of(const report::Name& name) {
  const std::string owner = name.workload.empty() ? owner_of(name.pod) : name.workload;
  return name.pod_namespace + "/" + owner;
}

std::string_view word_of(const placement::PodFacts& pod, const NameBook& book,
                         std::string_view key) {
  const std::string_view own = pod.annotation(key);
  if (!own.empty()) return own;
  const NamedPod* const known = book.pod(pod.uid);
  const std::string workload = known == nullptr ? std::string() : workload_of(known->name);
  return book.inherited(pod.pod_namespace, workload, key);
}

}  // namespace kernwise::view
