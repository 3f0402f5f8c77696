// SPDX-License-Identifier: Apache-2.0
#include "test/fakes/kube/api.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdio>
#include <stdexcept>

namespace kernwise::test {
namespace {

std::string verb_of(const Call& call, const Target& target) {
  if (call.is_watch()) return "watch";
  if (call.method == "GET") return target.name.empty() ? "list" : "get";
  if (call.method == "POST") return "create";
  if (call.method == "PUT") return "update";
  return call.method == "PATCH" ? "patch" : "delete";
}

std::string seconds_of(WallTime time) {
  auto text = rfc3339(time);
  return text.substr(0, 19) + "Z";
}

}  // namespace

FakeApi::FakeApi(Clock now) : now_(std::move(now)) {
  store_.listen([this](const Change& change) { on_change(change); });
  add_token("admin", {.user = {.name = "admin", .uid = "1", .groups = {"system:masters"}}});
  for (const auto* name : {"default", "kube-system", "kube-public", "kube-node-lease"})
    put(boost::json::object{{"apiVersion", "v1"},
                            {"kind", "Namespace"},
                            {"metadata", boost::json::object{{"name", name}}},
                            {"status", boost::json::object{{"phase", "Active"}}}});
  store_.compact();
}

void FakeApi::fill_in(const Resource& resource, Json& object) {
  set_at(object, "/apiVersion", Json(resource.api_version()));
  set_at(object, "/kind", Json(resource.kind));
  if (text_at(object, "/metadata/uid").empty()) {
    char uid[40];
    std::snprintf(uid, sizeof(uid), "00000000-0000-4000-8000-%012llx",
                  static_cast<unsigned long long>(next_uid_++));
    set_at(object, "/metadata/uid", Json(uid));
  }
  if (text_at(object, "/metadata/creationTimestamp").empty())
    set_at(object, "/metadata/creationTimestamp", Json(seconds_of(now_())));
  if (resource.generation && !integer_at(object, "/metadata/generation"))
    set_at(object, "/metadata/generation", Json(1));
}

Object FakeApi::put(Json object) {
  const auto* resource =
      resources_.of_kind(text_at(object, "/apiVersion"), text_at(object, "/kind"));
  if (resource == nullptr) throw std::invalid_argument("unknown type: " + to_text(object));
  if (resource->namespaced && text_at(object, "/metadata/namespace").empty())
    set_at(object, "/metadata/namespace", Json("default"));
  const auto before = store_.find(*resource, text_at(object, "/metadata/namespace"),
                                  text_at(object, "/metadata/name"));
  if (before && text_at(object, "/metadata/uid").empty())
    set_at(object, "/metadata/uid", Json(text_at(*before, "/metadata/uid")));
  fill_in(*resource, object);
  return store_.put(*resource, std::move(object));
}

void FakeApi::remove(std::string_view api_version, std::string_view kind,
                     const std::string& name_space, const std::string& name) {
  if (const auto* resource = resources_.of_kind(api_version, kind))
    store_.remove(*resource, name_space, name);
}

Object FakeApi::find(std::string_view api_version, std::string_view kind,
                     const std::string& name_space, const std::string& name) const {
  const auto* resource = resources_.of_kind(api_version, kind);
  return resource == nullptr ? nullptr : store_.find(*resource, name_space, name);
}

const Token* FakeApi::known(const std::string& text) const {
  const auto found = tokens_.find(text);
  if (found == tokens_.end()) return nullptr;
  const auto& token = found->second;
  if (token.expires && *token.expires <= now_()) return nullptr;
  if (token.pod_name.empty()) return &token;
  const auto pod = find("v1", "Pod", token.pod_namespace, token.pod_name);
  return pod && text_at(*pod, "/metadata/uid") == token.pod_uid ? &token : nullptr;
}

FakeApi::Refusal FakeApi::authenticate(const Call& call, User& user) const {
  if (call.token.empty()) {
    user = {.name = "system:anonymous", .groups = {"system:unauthenticated"}};
    return std::nullopt;
  }
  const auto* token = known(call.token);
  if (token == nullptr || !token->audiences.empty()) return unauthorized();
  user = token->user;
  return std::nullopt;
}

FakeApi::Refusal FakeApi::authorise(const Session& session) const {
  const auto& target = session.target;
  const Attempt attempt{session.user,
                        verb_of(session.call, target),
                        target.resource->group,
                        target.resource->plural,
                        target.subresource,
                        target.name_space,
                        target.name};
  const bool anonymous = session.user.name == "system:anonymous";
  if (!anonymous && (!permit_ || permit_(attempt))) return std::nullopt;
  const auto& resource = *target.resource;
  const auto full = resource.plural + (target.subresource.empty() ? "" : "/" + target.subresource);
  const auto scope = target.name_space.empty() ? std::string(" at the cluster scope")
                                               : " in the namespace \"" + target.name_space + "\"";
  boost::json::object details{{"kind", resource.plural}};
  if (!target.name.empty()) details = {{"name", target.name}, {"kind", resource.plural}};
  if (!resource.group.empty()) details["group"] = resource.group;
  const auto named = target.name.empty() ? "" : " \"" + target.name + "\"";
  return failure(403, "Forbidden",
                 resource.qualified() + named + " is forbidden: User \"" + session.user.name +
                     "\" cannot " + attempt.verb + " resource \"" + full + "\" in API group \"" +
                     resource.group + "\"" + scope,
                 std::move(details));
}

Reply FakeApi::call(const Call& call) {
  User user;
  if (auto refused = authenticate(call, user)) return *refused;
  if (auto answer = page(call.path)) return *answer;
  if (auto answer = review(call, user)) return *answer;
  if (auto refused = refuse_target(call)) return *refused;
  const auto target = parse_target(resources_, call.path);
  Session session{.call = call, .user = std::move(user), .target = *target};
  session.dry_run = call.parameter("dryRun") == "All";
  if (auto refused = authorise(session)) return *refused;
  if (call.method == "GET") return read(session);
  Write write{.user = session.user.name,
              .method = call.method,
              .path = call.path,
              .body = call.body,
              .dry_run = session.dry_run,
              .before = store_.revision()};
  auto reply = change(session);
  write.status = reply.status;
  write.after = store_.revision();
  writes_.push_back(std::move(write));
  return reply;
}

FakeApi::Refusal FakeApi::refuse_target(const Call& call) const {
  const auto target = parse_target(resources_, call.path);
  if (target) {
    const auto& [resource, name_space, name, subresource] = *target;
    const bool known =
        subresource.empty() || (subresource == "status" && resource->status) ||
        (subresource == "scale" && resource->scale) ||
        (resource->kind == "Pod" && (subresource == "resize" || subresource == "binding")) ||
        (resource->kind == "ServiceAccount" && subresource == "token");
    if (known) return std::nullopt;
  }
  const auto same_group = [&](const Resource& each) {
    return call.path.starts_with(each.group.empty() ? "/api/v1/" : "/apis/" + each.group + "/");
  };
  if (std::ranges::none_of(resources_.all(), same_group)) return no_such_page();
  return failure(404, "NotFound", "the server could not find the requested resource",
                 boost::json::object{});
}

Reply FakeApi::read(const Session& session) {
  if (session.target.subresource == "scale") return scale(session);
  if (session.target.subresource == "resize") return resize(session);
  return session.target.name.empty() ? list(session) : get(session);
}

Reply FakeApi::change(const Session& session) {
  const auto& target = session.target;
  const bool plain =
      target.subresource.empty() || (target.subresource == "status" && target.resource->status);
  return plain ? dispatch(session) : subresource(session);
}

Reply FakeApi::dispatch(const Session& session) {
  const auto& method = session.call.method;
  const bool named = !session.target.name.empty();
  if (method == "POST" && !named) return create(session);
  if (method == "PUT" && named) return replace(session);
  if (method == "PATCH" && named) return patch(session);
  if (method == "DELETE" && named && session.target.subresource.empty()) return erase(session);
  return failure(405, "MethodNotAllowed",
                 "the server does not allow this method on the requested resource",
                 boost::json::object{});
}

Reply FakeApi::subresource(const Session& session) {
  const auto& [resource, name_space, name, subresource] = session.target;
  if (subresource == "scale" && resource->scale) return scale(session);
  if (subresource == "resize" && resource->plural == "pods") return resize(session);
  if (subresource == "binding" && session.call.method == "POST") return bind(session);
  if (subresource == "token" && session.call.method == "POST") return issue_token(session);
  return failure(405, "MethodNotAllowed",
                 "the server does not allow this method on the requested resource",
                 boost::json::object{});
}

}  // namespace kernwise::test
