// SPDX-License-Identifier: Apache-2.0
#include <boost/json/object.hpp>

#include "test/fakes/kube/api.hpp"
#include "test/fakes/kube/patch.hpp"
#include "test/fakes/kube/validate.hpp"

namespace kernwise::test {
namespace {

std::string selector_text(const Json& object) {
  std::string text;
  const auto* labels = at(object, "/spec/selector/matchLabels");
  if (labels == nullptr || !labels->is_object()) return text;
  std::map<std::string, std::string> sorted;
  for (const auto& [key, value] : labels->get_object())
    sorted[std::string(key)] = value.is_string() ? std::string(value.get_string()) : "";
  for (const auto& [key, value] : sorted) text += (text.empty() ? "" : ",") + key + "=" + value;
  return text;
}

/// The part of a scalable object that its /scale shows. Without replicas the field is left out.
Json scale_of(const Json& object) {
  boost::json::object meta, spec, status{{"replicas", 0}};
  for (const auto* field : {"name", "namespace", "uid", "resourceVersion", "creationTimestamp"})
    meta[field] = text_at(object, "/metadata/" + std::string(field));
  const auto replicas = integer_at(object, "/spec/replicas").value_or(1);
  if (replicas != 0) spec["replicas"] = replicas;
  status["replicas"] = integer_at(object, "/status/replicas").value_or(0);
  if (auto selector = selector_text(object); !selector.empty()) status["selector"] = selector;
  return boost::json::object{{"kind", "Scale"},
                             {"apiVersion", "autoscaling/v1"},
                             {"metadata", std::move(meta)},
                             {"spec", std::move(spec)},
                             {"status", std::move(status)}};
}

const Resource& scale_type() {
  static const Resource type{.group = "autoscaling", .plural = "scales", .kind = "Scale"};
  return type;
}

}  // namespace

Reply FakeApi::scale(const Session& session) {
  const auto& [resource, name_space, name, subresource] = session.target;
  const auto& method = session.call.method;
  const auto before = store_.find(*resource, name_space, name);
  if (before == nullptr) return not_found(*resource, name);
  if (method == "GET") return {.body = scale_of(*before)};
  // The Scale is read, changed and checked as an object of its own; then its replicas count.
  Session inner{session.call, session.user, session.target, session.dry_run};
  inner.target.resource = &scale_type();
  Json wanted = scale_of(*before);
  if (method == "PUT") {
    if (auto refused = parse_body(inner, wanted)) return *refused;
  } else if (auto refused = apply_patch(inner, wanted)) {
    return *refused;
  }
  const auto version = text_at(wanted, "/metadata/resourceVersion");
  if (!version.empty() && version != text_at(*before, "/metadata/resourceVersion"))
    return stale(*resource, name);
  const auto* given = at(wanted, "/spec/replicas");
  if (given != nullptr && !given->is_number())
    return invalid_object("", "",
                          {{"FieldValueInvalid", "patch",
                            "Invalid value: \"{}\": json: cannot unmarshal string into Go "
                            "struct field ScaleSpec.spec.replicas of type int32"}});
  const auto replicas = integer_at(wanted, "/spec/replicas").value_or(0);
  if (replicas < 0)
    return invalid_object(
        "Scale.autoscaling", name,
        {{"FieldValueInvalid", "spec.replicas",
          "Invalid value: " + std::to_string(replicas) + ": must be greater than or equal to 0"}});
  Json after = *before;
  set_at(after, "/spec/replicas", Json(replicas));
  set_at(after, "/metadata/resourceVersion", Json(version));
  inner.target = session.target;
  inner.target.subresource.clear();
  auto reply = update(inner, before, std::move(after));
  if (reply.status == 200) reply.body = scale_of(reply.body);
  return reply;
}

}  // namespace kernwise::test
