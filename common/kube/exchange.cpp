// SPDX-License-Identifier: Apache-2.0
#include "common/kube/exchange.hpp"

namespace kernwise::kube {

Result<json::Value> object_in(Result<Answer> answer, const std::string& step) {
  auto good = accepted(std::move(answer), step);
  if (!good) return good.error();
  auto object = json::parse(good->body, kObjectLimits);
  if (!object) return wrap(object.error(), step + ": answer");
  if (object->kind() != json::Kind::object) return invalid(step + ": answer: expected an object");
  return object;
}

void begin_patch(json::Writer& body, const std::string& resource_version) {
  body.begin_object();
  if (resource_version.empty()) return;
  body.key("metadata").begin_object();
  body.member("resourceVersion", resource_version).end_object();
}

Request patch_of(std::string path, const char* content_type, std::string body,
                 const WriteOptions& options) {
  Request request{.method = "PATCH", .path = std::move(path)};
  request.query = {{"fieldManager", std::string(kFieldManager)}, {"fieldValidation", "Strict"}};
  if (options.dry_run) request.query.emplace_back("dryRun", "All");
  request.body = std::move(body);
  request.content_type = content_type;
  request.give_up_at = options.give_up_at;
  return request;
}

void send_only(KubeClient& client, Request request, std::string step, Then<> then) {
  client.send(std::move(request),
              [step = std::move(step), then = std::move(then)](Result<Answer> answer) {
                auto good = accepted(std::move(answer), step);
                then(good ? Result<>() : Result<>(good.error()));
              });
}

}  // namespace kernwise::kube
