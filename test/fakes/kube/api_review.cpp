// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "test/fakes/kube/api.hpp"

namespace kernwise::test {
namespace {

constexpr const char* kOwnAudience = "https://kubernetes.default.svc";

boost::json::array list_of(const std::vector<std::string>& texts) {
  boost::json::array list;
  for (const auto& each : texts) list.emplace_back(each);
  return list;
}

Json describe(const User& user) {
  boost::json::object extra;
  for (const auto& [key, values] : user.extra) extra[key] = list_of(values);
  boost::json::object described{{"username", user.name}};
  if (!user.uid.empty()) described["uid"] = user.uid;
  described["groups"] = list_of(user.groups);
  if (!extra.empty()) described["extra"] = std::move(extra);
  return described;
}

std::vector<std::string> texts_at(const Json& body, std::string_view pointer) {
  std::vector<std::string> texts;
  const auto* found = at(body, pointer);
  if (found == nullptr || !found->is_array()) return texts;
  for (const auto& each : found->get_array())
    if (each.is_string()) texts.emplace_back(each.get_string());
  return texts;
}

/// Who names no audience means the API server.
std::vector<std::string> or_own(std::vector<std::string> audiences) {
  if (audiences.empty()) audiences.emplace_back(kOwnAudience);
  return audiences;
}

std::vector<std::string> common(const std::vector<std::string>& wanted,
                                const std::vector<std::string>& given) {
  std::vector<std::string> both;
  for (const auto& each : wanted)
    if (std::ranges::find(given, each) != given.end()) both.push_back(each);
  return both;
}

Json with_status(Json body, Json status) {
  set_at(body, "/metadata/creationTimestamp", nullptr);
  set_at(body, "/status", std::move(status));
  return body;
}

}  // namespace

std::optional<Reply> FakeApi::review(const Call& call, const User& user) {
  const bool tokens = call.path == "/apis/authentication.k8s.io/v1/tokenreviews";
  const bool access = call.path == "/apis/authorization.k8s.io/v1/subjectaccessreviews";
  if (!tokens && !access) return std::nullopt;
  if (call.method != "POST")
    return failure(405, "MethodNotAllowed",
                   "the server does not allow this method on the requested resource",
                   boost::json::object{});
  const Resource kind{.group = tokens ? "authentication.k8s.io" : "authorization.k8s.io",
                      .plural = tokens ? "tokenreviews" : "subjectaccessreviews",
                      .kind = tokens ? "TokenReview" : "SubjectAccessReview",
                      .namespaced = false};
  const Session session{.call = call, .user = user, .target = {.resource = &kind}};
  if (auto refused = authorise(session)) return refused;
  Json body;
  if (auto refused = parse_body(session, body)) return refused;
  return tokens ? review_token(body) : review_access(body);
}

Reply FakeApi::review_token(const Json& body) const {
  const auto text = text_at(body, "/spec/token");
  if (text.empty()) return bad_request("token is required for TokenReview in authentication");
  const auto* token = known(text);
  boost::json::object status{{"user", boost::json::object{}}};
  const auto refuse = [&](const std::string& why) {
    status["error"] = why;
    return Reply{.status = 201, .body = with_status(body, std::move(status))};
  };
  if (token == nullptr) return refuse("invalid bearer token");
  const auto shared = common(or_own(texts_at(body, "/spec/audiences")), or_own(token->audiences));
  if (shared.empty()) return refuse("token audiences do not match");
  status["authenticated"] = true;
  status["user"] = describe(token->user);
  status["audiences"] = list_of(shared);
  return {.status = 201, .body = with_status(body, std::move(status))};
}

Reply FakeApi::review_access(const Json& body) const {
  if (text_at(body, "/spec/user").empty() && texts_at(body, "/spec/groups").empty())
    return invalid_object(
        ".authorization.k8s.io", "",
        {{"FieldValueInvalid", "spec.user",
          "Invalid value: \"\": at least one of user or group must be specified"}});
  if (at(body, "/spec/resourceAttributes") == nullptr)
    return invalid_object(".authorization.k8s.io", "",
                          {{"FieldValueInvalid", "spec.resourceAttributes",
                            "Invalid value: null: exactly one of nonResourceAttributes or "
                            "resourceAttributes must be specified"}});
  const User user{.name = text_at(body, "/spec/user"), .groups = texts_at(body, "/spec/groups")};
  const auto attribute = [&](const std::string& name) {
    return text_at(body, "/spec/resourceAttributes/" + name);
  };
  const Attempt attempt{user,
                        attribute("verb"),
                        attribute("group"),
                        attribute("resource"),
                        attribute("subresource"),
                        attribute("namespace"),
                        attribute("name")};
  const bool allowed = !permit_ || permit_(attempt);
  return {.status = 201, .body = with_status(body, boost::json::object{{"allowed", allowed}})};
}

Reply FakeApi::issue_token(const Session& session) {
  const auto& [resource, name_space, name, subresource] = session.target;
  const auto account = store_.find(*resource, name_space, name);
  if (!account) return not_found(*resource, name);
  auto body = parse_json(session.call.body).value_or(boost::json::object{});
  Token token{.user = {.name = "system:serviceaccount:" + name_space + ":" + name,
                       .uid = text_at(*account, "/metadata/uid"),
                       .groups = {"system:serviceaccounts", "system:serviceaccounts:" + name_space,
                                  "system:authenticated"}},
              .audiences = texts_at(body, "/spec/audiences"),
              .expires = now_() + std::chrono::seconds(
                                      integer_at(body, "/spec/expirationSeconds").value_or(3600))};
  if (text_at(body, "/spec/boundObjectRef/kind") == "Pod") {
    token.pod_namespace = name_space;
    token.pod_name = text_at(body, "/spec/boundObjectRef/name");
    const auto pod = find("v1", "Pod", name_space, token.pod_name);
    if (!pod) return not_found(*resources_.of_kind("v1", "Pod"), token.pod_name);
    token.pod_uid = text_at(*pod, "/metadata/uid");
    token.user.extra = {{"authentication.kubernetes.io/pod-name", {token.pod_name}},
                        {"authentication.kubernetes.io/pod-uid", {token.pod_uid}}};
    if (const auto node = text_at(*pod, "/spec/nodeName"); !node.empty())
      token.user.extra["authentication.kubernetes.io/node-name"] = {node};
  }
  const auto text = "issued-" + std::to_string(next_token_++);
  const auto expires = rfc3339(*token.expires).substr(0, 19) + "Z";
  tokens_[text] = std::move(token);
  set_at(body, "/status", boost::json::object{{"token", text}, {"expirationTimestamp", expires}});
  return {.status = 201, .body = std::move(body)};
}

}  // namespace kernwise::test
