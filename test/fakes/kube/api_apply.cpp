// SPDX-License-Identifier: Apache-2.0
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "test/fakes/kube/api.hpp"
#include "test/fakes/kube/ownership.hpp"
#include "test/fakes/kube/patch.hpp"

namespace kernwise::test {
namespace {

Manager manager_of(const Call& call, const Target& target) {
  const auto name = call.parameter("fieldManager");
  return {.name = name.empty() ? "unknown" : name,
          .subresource = target.subresource,
          .applies = call.content_type == kApply};
}

Reply refuse(const std::vector<Conflict>& found, const std::string& version) {
  boost::json::array causes;
  std::string text, last;
  for (const auto& [with, field] : found) {
    const auto who =
        "conflict with \"" + with.name + "\"" +
        (with.subresource.empty() ? "" : " with subresource \"" + with.subresource + "\"") +
        (with.applies ? "" : " using " + version);
    causes.push_back(boost::json::object{
        {"reason", "FieldManagerConflict"}, {"message", who}, {"field", dotted(field)}});
    text += (text.empty() ? "" : "\n") + who + ": " + dotted(field);
  }
  const auto count =
      std::to_string(found.size()) + (found.size() == 1 ? " conflict" : " conflicts");
  return failure(409, "Conflict", "Apply failed with " + count + ": " + text,
                 boost::json::object{{"causes", std::move(causes)}});
}

}  // namespace

Reply FakeApi::apply(const Session& session) {
  const auto& [resource, name_space, name, subresource] = session.target;
  const auto& call = session.call;
  if (call.parameter("fieldManager").empty())
    return invalid_object(
        "PatchOptions.meta.k8s.io", "",
        {{"FieldValueRequired", "fieldManager", "Required value: is required for apply patch"}});
  Json config;
  if (auto refused = parse_body(session, config)) return *refused;
  if (text_at(config, "/metadata/name") != name)
    return bad_request("the name of the object (" + text_at(config, "/metadata/name") +
                       ") does not match the name on the URL (" + name + ")");
  const auto before = store_.find(*resource, name_space, name);
  if (before == nullptr && !subresource.empty()) return not_found(*resource, name);
  if (before == nullptr) return create(session);
  const auto manager = manager_of(call, session.target);
  auto owners = ownerships(*before);
  const auto found = conflicts(owners, manager, *before, config);
  if (!found.empty() && call.parameter("force") != "true")
    return refuse(found, resource->api_version());
  Json after = *before;
  if (resource->custom) {
    merge_patch(after, config);
  } else {
    strategic_merge(after, config);
  }
  apply_ownership(owners, manager, config, found, after);
  own(after, owners, *before);
  return update(session, before, std::move(after));
}

void FakeApi::own(Json& object, const std::vector<Ownership>& owners, const Json& before) const {
  // The times of entries say when they changed: an equal set keeps the object equal.
  Json marked = object;
  set_ownerships(marked, owners, "");
  Json old = before;
  set_ownerships(old, ownerships(before), "");
  const auto* now = at(marked, "/metadata/managedFields");
  const auto* then = at(old, "/metadata/managedFields");
  if (at(before, "/metadata/managedFields") != nullptr && *now == *then) return;
  set_ownerships(object, owners, rfc3339(now_()).substr(0, 19) + "Z");
}

void FakeApi::track(const Session& session, const Json& before, Json& after) const {
  auto owners = ownerships(after);
  take_changes(owners, manager_of(session.call, session.target), before, after);
  own(after, owners, before);
}

}  // namespace kernwise::test
