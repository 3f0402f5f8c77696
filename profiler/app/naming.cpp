// SPDX-License-Identifier: Apache-2.0
#include "profiler/app/naming.hpp"

namespace kernwise::profiler {
namespace {

report::NameRequest request_of(const TrackedContainer& container) {
  if (!container.identity) return {.pod_uid = {}, .container_id = {}, .path = container.path};
  return {container.identity->pod_uid, container.identity->container_id, container.path};
}

}  // namespace

Result<> Naming::refresh() {
  if (pods_file_.empty()) return {};
  auto read = book_.reload(pods_file_);
  if (!read) return read.error();
  return {};
}

report::Name Naming::name_of(const TrackedContainer& container, MonoTime now) {
  if (auto pod = pods_.find(request_of(container), now)) return *pod;
  if (auto known = book_.find(request_of(container))) return *known;
  if (container.identity) return {};
  const auto plain = discovery::plain_name(container.path);
  report::Name name;
  name.pod_namespace = plain.pod_namespace;
  name.pod = plain.pod;
  return name;
}

bool Naming::excluded(const report::Container& container) const {
  if (container.name.container == discovery::PodBook::kSandbox) return true;
  const auto* labels = pods_.labels_of(container.pod_uid);
  return filter_.excluded(container.name, labels ? labels : book_.labels_of(container.name));
}

std::vector<report::NameRequest> Naming::wanted(const report::Report& report, MonoTime now) {
  std::vector<report::NameRequest> present;
  present.reserve(report.containers.size());
  for (const auto& container : report.containers) {
    if (pods_.labels_of(container.pod_uid)) continue;  // known already
    present.push_back({container.pod_uid, container.container_id, container.path});
  }
  return book_.wanted(present, now);
}

}  // namespace kernwise::profiler
