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
                       "): couldn't get version/kind; json parse error");
  body = *std::move(parsed);
  for (const auto& [pointer, wanted] :
       {std::pair("/kind", resource.kind), std::pair("/apiVersion", resource.api_version())}) {
    const auto given = text_at(body, pointer);
    if (!given.empty() && given != wanted)
      return bad_request("the API version in the data (" + text_at(body, "/apiVersion") +
                         ") does not match the expected API version (" + resource.api_version() +
                         ")");
  }
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
    return failure(500, "InternalError",
                   "resourceVersion should not be set on objects to be created");
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
  if (resource.status) erase_at(object, "", "status");
  erase_at(object, "/metadata", "uid");
  erase_at(object, "/metadata", "creationTimestamp");
  erase_at(object, "/metadata", "generation");
  if (const auto causes = validate(resource, object); !causes.empty())
    return invalid_object(resource.qualified_kind(), name, causes);
  if (store_.find(resource, session.target.name_space, name)) return already_exists(resource, name);
  fill_in(resource, object);
  if (resource.kind == "Pod") set_at(object, "/status/phase", Json("Pending"));
  if (resource.scale && resource.kind != "ReplicaSet" && !integer_at(object, "/spec/replicas"))
    set_at(object, "/spec/replicas", Json(1));
  auto reply = commit(session, nullptr, std::move(object));
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
    return create(session);
  }
  if (!resource->unconditional && text_at(after, "/metadata/resourceVersion").empty())
    return invalid_object(resource->qualified_kind(), name,
                          {{"FieldValueInvalid", "metadata.resourceVersion",
                            "Invalid value: 0: must be specified for an update"}});
  return update(session, before, std::move(after));
}

FakeApi::Refusal FakeApi::apply_patch(const Session& session, Json& target) const {
  const auto& type = session.call.content_type;
  const auto patch = parse_json(session.call.body);
  if (!patch) return bad_request("error decoding patch: invalid JSON");
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
  const auto before = store_.find(*resource, name_space, name);
  if (before == nullptr) return not_found(*resource, name);
  Json after = *before;
  if (auto refused = apply_patch(session, after)) return *refused;
  return update(session, before, std::move(after));
}

void FakeApi::keep_what_is_not_theirs(const Session& session, const Json& before,
                                      Json& after) const {
  const auto& resource = *session.target.resource;
  if (session.target.subresource == "status") {
    Json whole = before;
    copy_section(after, whole, "status");
    after = std::move(whole);
    return;
  }
  if (resource.status) copy_section(before, after, "status");
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
    return failure(409, "Conflict",
                   "Precondition failed: UID in precondition: " + uid +
                       ", UID in object meta: " + text_at(*before, "/metadata/uid"));
  keep_what_is_not_theirs(session, *before, after);
  set_at(after, "/apiVersion", Json(resource.api_version()));
  set_at(after, "/kind", Json(resource.kind));
  if (const auto causes = validate(resource, after); !causes.empty())
    return invalid_object(resource.qualified_kind(), name, causes);
  if (resource.generation && !same_section(*before, after, "spec"))
    set_at(after, "/metadata/generation",
           Json(integer_at(*before, "/metadata/generation").value_or(0) + 1));
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
    if (!wanted.empty() && wanted != text_at(*object, "/metadata/" + std::string(field)))
      return stale(*resource, name);
  }
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
