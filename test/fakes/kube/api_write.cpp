// SPDX-License-Identifier: Apache-2.0
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "test/fakes/kube/api.hpp"
#include "test/fakes/kube/patch.hpp"
#include "test/fakes/kube/validate.hpp"

namespace kernwise::test {
namespace {

std::optional<Reply> refuse_unknown(const Call& call, const std::string& kind, const Json& body) {
  if (call.parameter("fieldValidation") != "Strict") return std::nullopt;
  const auto unknown = unknown_fields(kind, body);
  if (unknown.empty()) return std::nullopt;
  std::string text = "strict decoding error: ";
  for (const auto& field : unknown)
    text += (&field == &unknown.front() ? "unknown field \"" : ", unknown field \"") + field + "\"";
  if (call.method != "PATCH") {
    return bad_request(kind + " in version \"v1\" cannot be handled as a " + kind + ": " + text);
  }
  return invalid_object(
      "", "",
      {{"FieldValueInvalid", "patch", "Invalid value: " + to_text(Json(call.body)) + ": " + text}});
}

const Json* section(const Json& object, std::string_view name) {
  return at(object, "/" + std::string(name));
}

bool same_section(const Json& left, const Json& right, std::string_view name) {
  const auto* one = section(left, name);
  const auto* other = section(right, name);
  return (one == nullptr) == (other == nullptr) && (one == nullptr || *one == *other);
}

void copy_section(const Json& from, Json& to, std::string_view name) {
  if (const auto* found = section(from, name)) {
    set_at(to, "/" + std::string(name), *found);
  } else {
    erase_at(to, "", name);
  }
}

Cause immutable(const std::string& field, const std::string& value) {
  return {"FieldValueInvalid", "metadata." + field,
          "Invalid value: \"" + value + "\": field is immutable"};
}

/// A precondition of a deletion that does not hold.
Reply unmet(const Resource& resource, const std::string& name, bool uid,
            const std::pair<std::string, std::string>& wanted_and_present) {
  const std::string field = uid ? "UID" : "ResourceVersion";
  auto reply = stale(resource, name);
  set_at(
      reply.body, "/message",
      Json("Operation cannot be fulfilled on " + resource.kind + " \"" + name + "\": the " + field +
           " in the precondition (" + wanted_and_present.first + ") does not match the " + field +
           " in record (" + wanted_and_present.second + "). The object might have been " +
           (uid ? "deleted and then recreated" : "modified")));
  return reply;
}

bool same_but_version(const Json& left, Json right) {
  set_at(right, "/metadata/resourceVersion", Json(text_at(left, "/metadata/resourceVersion")));
  return left == right;
}

}  // namespace

FakeApi::Refusal FakeApi::parse_body(const Session& session, Json& body) const {
  auto parsed = parse_json(session.call.body);
  const auto& resource = *session.target.resource;
  if (!parsed || !parsed->is_object())
    return bad_request("the object provided is unrecognized (must be of type " + resource.kind +
                       "): couldn't get version/kind; json parse error: broken");
  body = *std::move(parsed);
  if (const auto kind = text_at(body, "/kind"); !kind.empty() && kind != resource.kind)
    return bad_request(kind + " in version \"" + resource.version + "\" cannot be handled as a " +
                       resource.kind + ": another type");
  if (const auto version = text_at(body, "/apiVersion");
      !version.empty() && version != resource.api_version())
    return bad_request("the API version in the data (" + version +
                       ") does not match the expected API version (" + resource.api_version() +
                       ")");
  const auto given = text_at(body, "/metadata/namespace");
  if (!given.empty() && given != session.target.name_space)
    return bad_request(
        "the namespace of the provided object does not match the namespace sent on "
        "the request");
  if (resource.namespaced) set_at(body, "/metadata/namespace", Json(session.target.name_space));
  return refuse_unknown(session.call, resource.kind, body);
}

Reply FakeApi::create(const Session& session) {
  const auto& resource = *session.target.resource;
  Json object;
  if (auto refused = parse_body(session, object)) return *refused;
  if (!text_at(object, "/metadata/resourceVersion").empty())
    return failure(500, "", "resourceVersion should not be set on objects to be created");
  auto name = text_at(object, "/metadata/name");
  if (name.empty() && !text_at(object, "/metadata/generateName").empty()) {
    name = text_at(object, "/metadata/generateName") + "x" + std::to_string(next_uid_);
    set_at(object, "/metadata/name", Json(name));
  }
  if (resource.namespaced) {
    const auto* spaces = resources_.of_kind("v1", "Namespace");
    if (!store_.find(*spaces, "", session.target.name_space))
      return not_found(*spaces, session.target.name_space);
  }
  // A node comes with the status that its kubelet has found.
  if (resource.status && resource.kind != "Node") erase_at(object, "", "status");
  erase_at(object, "/metadata", "uid");
  erase_at(object, "/metadata", "creationTimestamp");
  erase_at(object, "/metadata", "generation");
  if (const auto causes = validate(resource, object); !causes.empty())
    return invalid_object(resource.qualified_kind(), name, causes);
  if (store_.find(resource, session.target.name_space, name)) return already_exists(resource, name);
  fill_in(resource, object);
  if (resource.kind == "Pod") default_pod(object);
  if (resource.scale && resource.kind != "ReplicaSet" && !integer_at(object, "/spec/replicas"))
    set_at(object, "/spec/replicas", Json(1));
  track(session, Json(boost::json::object{}), object);
  auto reply = commit(session, nullptr, std::move(object));
  if (resource.kind == "CustomResourceDefinition") define_custom(reply.body);
  reply.status = 201;
  return reply;
}

Reply FakeApi::replace(const Session& session) {
  const auto& [resource, name_space, name, subresource] = session.target;
  Json after;
  if (auto refused = parse_body(session, after)) return *refused;
  if (text_at(after, "/metadata/name") != name)
    return bad_request("the name of the object (" + text_at(after, "/metadata/name") +
                       ") does not match the name on the URL (" + name + ")");
  const auto before = store_.find(*resource, name_space, name);
  if (before == nullptr) {
    if (!resource->upsert) return not_found(*resource, name);
    // As what is made anew it has no version, whatever it says.
    erase_at(after, "/metadata", "resourceVersion");
    Call call = session.call;
    call.body = to_text(after);
    return create({call, session.user, session.target, session.dry_run});
  }
  if (!resource->unconditional && text_at(after, "/metadata/resourceVersion").empty())
    return invalid_object(resource->qualified(), name,
                          {{"FieldValueInvalid", "metadata.resourceVersion",
                            "Invalid value: 0: must be specified for an update"}});
  return update(session, before, std::move(after));
}

FakeApi::Refusal FakeApi::apply_patch(const Session& session, Json& target) const {
  const auto& type = session.call.content_type;
  const auto patch = parse_json(session.call.body);
  if (!patch) return bad_request("error decoding patch: broken");
  if (type == "application/json-patch+json") {
    if (json_patch(target, *patch))
      return failure(422, "Invalid",
                     "the server rejected our request due to an error in our request",
                     boost::json::object{});
    return std::nullopt;
  }
  if (type == "application/merge-patch+json") {
    merge_patch(target, *patch);
  } else if (type == "application/strategic-merge-patch+json" && !session.target.resource->custom) {
    strategic_merge(target, *patch);
  } else if (type != "application/strategic-merge-patch+json") {
    return failure(415, "UnsupportedMediaType", "415: Unsupported Media Type",
                   boost::json::object{});
  } else {
    return failure(415, "UnsupportedMediaType",
                   "the body of the request was in an unknown format - accepted media types "
                   "include: application/json-patch+json, application/merge-patch+json, "
                   "application/apply-patch+yaml",
                   boost::json::object{});
  }
  return refuse_unknown(session.call, session.target.resource->kind, *patch);
}

Reply FakeApi::patch(const Session& session) {
  const auto& [resource, name_space, name, subresource] = session.target;
  if (session.call.content_type == kApply) return apply(session);
  const auto before = store_.find(*resource, name_space, name);
  if (before == nullptr) return not_found(*resource, name);
  Json after = *before;
  if (auto refused = apply_patch(session, after)) return *refused;
  return update(session, before, std::move(after));
}

void FakeApi::keep_what_is_not_theirs(const Session& session, const Json& before,
                                      Json& after) const {
  const auto& resource = *session.target.resource;
  const bool status = session.target.subresource == "status";
  if (status && !resource.group.empty()) {
    Json whole = before;
    copy_section(after, whole, "status");
    if (const auto* owners = at(after, "/metadata/managedFields"))
      set_at(whole, "/metadata/managedFields", *owners);
    after = std::move(whole);
    return;
  }
  // Of the types of the core, the status comes with labels and annotations.
  if (status) copy_section(before, after, "spec");
  if (!status && resource.status) copy_section(before, after, "status");
  for (const auto* field : {"uid", "creationTimestamp", "generation", "deletionTimestamp",
                            "deletionGracePeriodSeconds", "namespace", "name"}) {
    const auto pointer = "/metadata/" + std::string(field);
    if (const auto* kept = at(before, pointer)) {
      set_at(after, pointer, *kept);
    } else {
      erase_at(after, "/metadata", field);
    }
  }
}

Reply FakeApi::update(const Session& session, const Object& before, Json after) {
  const auto& resource = *session.target.resource;
  const auto& name = session.target.name;
  const auto given = text_at(after, "/metadata/resourceVersion");
  if (!given.empty() && given != text_at(*before, "/metadata/resourceVersion"))
    return stale(resource, name);
  if (const auto uid = text_at(after, "/metadata/uid");
      !uid.empty() && uid != text_at(*before, "/metadata/uid"))
    return invalid_object(resource.qualified_kind(), name,
                          {immutable("uid", uid), immutable("uid", uid)});
  keep_what_is_not_theirs(session, *before, after);
  set_at(after, "/apiVersion", Json(resource.api_version()));
  set_at(after, "/kind", Json(resource.kind));
  if (auto refused = check_pod(session, *before, after)) return *refused;
  if (const auto causes = validate(resource, after); !causes.empty())
    return invalid_object(resource.qualified_kind(), name, causes);
  if (resource.generation && !same_section(*before, after, "spec"))
    set_at(after, "/metadata/generation",
           Json(integer_at(*before, "/metadata/generation").value_or(0) + 1));
  if (session.call.content_type != kApply) track(session, *before, after);
  return commit(session, before, std::move(after));
}

Reply FakeApi::commit(const Session& session, const Object& before, Json after) {
  if (before != nullptr && same_but_version(*before, after)) return {.body = *before};
  if (session.dry_run) return {.body = std::move(after)};
  return {.body = *store_.put(*session.target.resource, std::move(after))};
}

Reply FakeApi::erase(const Session& session) {
  const auto& [resource, name_space, name, subresource] = session.target;
  const auto object = store_.find(*resource, name_space, name);
  if (object == nullptr) return not_found(*resource, name);
  const auto options = parse_json(session.call.body).value_or(boost::json::object{});
  for (const auto* field : {"uid", "resourceVersion"}) {
    const auto wanted = text_at(options, "/preconditions/" + std::string(field));
    const auto present = text_at(*object, "/metadata/" + std::string(field));
    if (!wanted.empty() && wanted != present)
      return unmet(*resource, name, field == std::string_view("uid"), {wanted, present});
  }
  if (resource->kind == "Pod") return erase_pod(session, *object, options);
  if (!session.dry_run) store_.remove(*resource, name_space, name);
  if (resource->returns_gone) return {.body = *object};
  boost::json::object details{{"name", name}};
  if (!resource->group.empty()) details["group"] = resource->group;
  details["kind"] = resource->plural;
  details["uid"] = text_at(*object, "/metadata/uid");
  return {.body = boost::json::object{{"kind", "Status"},
                                      {"apiVersion", "v1"},
                                      {"metadata", boost::json::object{}},
                                      {"status", "Success"},
                                      {"details", std::move(details)}}};
}

}  // namespace kernwise::test
