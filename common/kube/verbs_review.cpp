// SPDX-License-Identifier: Apache-2.0
#include "common/kube/exchange.hpp"

namespace kernwise::kube {
namespace {

constexpr std::size_t kMaxGroups = 64;
constexpr std::size_t kMaxExtras = 32;
constexpr std::size_t kMaxExtraValues = 16;

void write_texts(json::Writer& body, std::string_view key, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  body.key(key).begin_array();
  for (const auto& text : texts) body.value(text);
  body.end_array();
}

void write_unless_empty(json::Writer& body, std::string_view key, const std::string& text) {
  if (!text.empty()) body.member(key, text);
}

Result<TokenVerdict> token_verdict(const json::Value& object) {
  if (member(object, "kind").text() != "TokenReview") {
    return invalid("token review: kind: expected TokenReview");
  }
  const auto& status = member(object, "status");
  const auto& user = member(status, "user");
  TokenVerdict verdict;
  verdict.authenticated = member(status, "authenticated").truth();
  verdict.user = text_of(user, "username", 1024);
  verdict.uid = text_of(user, "uid");
  verdict.groups = texts_of(user, "groups", kMaxGroups);
  for (const auto& [key, values] : member(user, "extra").members()) {
    if (verdict.extra.size() == kMaxExtras) break;
    verdict.extra.emplace(key.substr(0, kMaxText),
                          texts_of(member(user, "extra"), key, kMaxExtraValues));
  }
  verdict.audiences = texts_of(status, "audiences", kMaxGroups);
  verdict.error = text_of(status, "error", 512);
  return verdict;
}

Result<AccessVerdict> access_verdict(const json::Value& object) {
  if (member(object, "kind").text() != "SubjectAccessReview") {
    return invalid("access review: kind: expected SubjectAccessReview");
  }
  const auto& status = member(object, "status");
  // `denied` is a veto that an authorizer may add to another's consent.
  return AccessVerdict{
      .allowed = member(status, "allowed").truth() && !member(status, "denied").truth(),
      .reason = text_of(status, "reason", 512)};
}

void write_object_question(json::Writer& body, const AccessQuestion& question) {
  body.key("resourceAttributes").begin_object();
  write_unless_empty(body, "namespace", question.name_space);
  body.member("verb", question.verb);
  write_unless_empty(body, "group", question.group);
  body.member("resource", question.resource);
  write_unless_empty(body, "subresource", question.subresource);
  write_unless_empty(body, "name", question.name);
  body.end_object();
}

}  // namespace

void review_token(KubeClient& client, const std::string& token,
                  const std::vector<std::string>& audiences, Then<TokenVerdict> then) {
  json::Writer body;
  body.begin_object().member("apiVersion", "authentication.k8s.io/v1");
  body.member("kind", "TokenReview").key("spec").begin_object().member("token", token);
  write_texts(body, "audiences", audiences);
  body.end_object().end_object();
  exchange<TokenVerdict>(
      client,
      {.method = "POST",
       .path = path_of({.api = "authentication.k8s.io/v1", .plural = "tokenreviews"}),
       .body = body.take(),
       .content_type = kJson},
      "review token", token_verdict, std::move(then));
}

void review_access(KubeClient& client, const AccessQuestion& question, Then<AccessVerdict> then) {
  json::Writer body;
  body.begin_object().member("apiVersion", "authorization.k8s.io/v1");
  body.member("kind", "SubjectAccessReview").key("spec").begin_object();
  if (question.url_path.empty()) {
    write_object_question(body, question);
  } else {
    body.key("nonResourceAttributes").begin_object().member("path", question.url_path);
    body.member("verb", question.verb).end_object();
  }
  body.member("user", question.user);
  write_texts(body, "groups", question.groups);
  body.end_object().end_object();
  exchange<AccessVerdict>(
      client,
      {.method = "POST",
       .path = path_of({.api = "authorization.k8s.io/v1", .plural = "subjectaccessreviews"}),
       .body = body.take(),
       .content_type = kJson},
      "review access", access_verdict, std::move(then));
}

}  // namespace kernwise::kube
