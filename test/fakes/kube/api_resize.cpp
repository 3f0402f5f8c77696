// SPDX-License-Identifier: Apache-2.0
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "test/fakes/kube/api.hpp"
#include "test/fakes/kube/patch.hpp"

namespace kernwise::test {
namespace {

/// Everything of a pod that /resize leaves alone: the pod without its containers' resources.
Json without_resources(const Json& pod) {
  Json rest = pod;
  set_at(rest, "/metadata/resourceVersion", Json(""));
  boost::system::error_code error;
  auto* containers = rest.find_pointer("/spec/containers", error);
  if (containers == nullptr || !containers->is_array()) return rest;
  for (auto& each : containers->get_array()) {
    each.get_object().erase("resources");
    each.get_object().erase("resizePolicy");
  }
  return rest;
}

/// A node that can resize reports what each running container has.
bool node_can_resize(const Json& pod) {
  const auto* statuses = at(pod, "/status/containerStatuses");
  if (statuses == nullptr || !statuses->is_array()) return true;
  for (const auto& each : statuses->get_array())
    if (at(each, "/state/running") != nullptr && at(each, "/resources") == nullptr) return false;
  return true;
}

}  // namespace

Reply FakeApi::resize(const Session& session) {
  const auto& [resource, name_space, name, subresource] = session.target;
  const auto before = store_.find(*resource, name_space, name);
  if (before == nullptr) return not_found(*resource, name);
  if (session.call.method == "GET") return {.body = *before};
  Json after = *before;
  if (session.call.method == "PUT") {
    if (auto refused = parse_body(session, after)) return *refused;
  } else if (auto refused = apply_patch(session, after)) {
    return *refused;
  }
  if (without_resources(after) != without_resources(*before))
    return invalid_object(
        "Pod", name,
        {{"FieldValueForbidden", "spec", "Forbidden: only cpu and memory resources are mutable"}});
  if (!node_can_resize(*before))
    return invalid_object("Pod", name,
                          {{"FieldValueForbidden", "spec",
                            "Forbidden: Pod running on node without support for resize"}});
  Session inner{session.call, session.user, session.target, session.dry_run};
  inner.target.subresource.clear();
  return update(inner, before, std::move(after));
}

}  // namespace kernwise::test
