// SPDX-License-Identifier: Apache-2.0
// What is special about pods, and about types that are objects themselves.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "test/fakes/kube/api.hpp"
#include "test/fakes/kube/quantity.hpp"

namespace kernwise::test {
namespace {

constexpr const char* kFixed =
    "Forbidden: pod updates may not change fields other than `spec.containers[*].image`,"
    "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only "
    "additions "
    "to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it "
    "was previously negative)";

/// The part of a pod's spec that nobody may change.
Json fixed_part(const Json& pod) {
  Json rest = pod;
  for (const auto* field :
       {"activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds"})
    erase_at(rest, "/spec", field);
  boost::system::error_code error;
  for (const auto* list : {"/spec/containers", "/spec/initContainers"})
    if (auto* found = rest.find_pointer(list, error); found != nullptr && found->is_array())
      for (auto& each : found->get_array()) each.get_object().erase("image");
  const auto* spec = at(rest, "/spec");
  return spec == nullptr ? Json() : *spec;
}

}  // namespace

void FakeApi::default_pod(Json& pod) {
  default_resources(pod);
  set_at(pod, "/status/phase", Json("Pending"));
  set_at(pod, "/status/qosClass", Json(quality_of_service(pod)));
}

FakeApi::Refusal FakeApi::check_pod(const Session& session, const Json& before, const Json& after) {
  const bool plain = session.target.subresource.empty() && session.target.resource->kind == "Pod";
  if (!plain || fixed_part(before) == fixed_part(after)) return std::nullopt;
  return invalid_object("Pod", session.target.name, {{"FieldValueForbidden", "spec", kFixed}});
}

Reply FakeApi::erase_pod(const Session& session, const Json& pod, const Json& options) {
  const auto& target = session.target;
  const auto given = session.call.parameter("gracePeriodSeconds");
  auto grace = integer_at(pod, "/spec/terminationGracePeriodSeconds").value_or(30);
  if (const auto wanted = integer_at(options, "/gracePeriodSeconds")) grace = *wanted;
  if (!given.empty()) grace = std::atoi(given.c_str());
  if (text_at(pod, "/spec/nodeName").empty()) grace = 0;
  Json after = pod;
  if (text_at(pod, "/metadata/deletionTimestamp").empty()) {
    set_at(after, "/metadata/generation",
           Json(integer_at(pod, "/metadata/generation").value_or(0) + 1));
    set_at(after, "/metadata/deletionTimestamp",
           Json(rfc3339(now_() + std::chrono::seconds(grace)).substr(0, 19) + "Z"));
  }
  set_at(after, "/metadata/deletionGracePeriodSeconds", Json(grace));
  if (session.dry_run) return {.body = std::move(after)};
  if (grace != 0) return {.body = *store_.put(*target.resource, std::move(after))};
  // Its last state goes out with the revision of its end.
  store_.remove(*target.resource, target.name_space, target.name, after);
  set_at(after, "/metadata/resourceVersion", Json(std::to_string(store_.revision())));
  return {.body = std::move(after)};
}

Reply FakeApi::bind(const Session& session) {
  const auto& [resource, name_space, name, subresource] = session.target;
  const auto pod = store_.find(*resource, name_space, name);
  if (pod == nullptr) return not_found(*resource, name);
  const auto body = parse_json(session.call.body).value_or(nullptr);
  if (const auto node = text_at(*pod, "/spec/nodeName"); !node.empty())
    return failure(409, "Conflict",
                   "Operation cannot be fulfilled on pods/binding \"" + name + "\": pod " + name +
                       " is already assigned to node \"" + node + "\"");
  Json after = *pod;
  set_at(after, "/spec/nodeName", Json(text_at(body, "/target/name")));
  if (!session.dry_run) store_.put(*resource, std::move(after));
  return {.status = 201,
          .body = boost::json::object{{"kind", "Status"},
                                      {"apiVersion", "v1"},
                                      {"metadata", boost::json::object{}},
                                      {"status", "Success"},
                                      {"code", 201}}};
}

void FakeApi::define_custom(const Json& definition) {
  const auto* versions = at(definition, "/spec/versions");
  if (versions == nullptr || !versions->is_array()) return;
  for (const auto& version : versions->get_array()) {
    const bool status = at(version, "/subresources/status") != nullptr;
    resources_.define({.group = text_at(definition, "/spec/group"),
                       .version = text_at(version, "/name"),
                       .plural = text_at(definition, "/spec/names/plural"),
                       .kind = text_at(definition, "/spec/names/kind"),
                       .namespaced = text_at(definition, "/spec/scope") == "Namespaced",
                       .status = status,
                       .scale = at(version, "/subresources/scale") != nullptr,
                       .generation = true,
                       .custom = true});
  }
}

}  // namespace kernwise::test
