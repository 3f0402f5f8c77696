// SPDX-License-Identifier: Apache-2.0
#include <charconv>

#include "common/kube/decode.hpp"
#include "common/kube/exchange.hpp"

namespace kernwise::kube {
namespace {

constexpr std::size_t kMaxResources = 1024;

Result<Scale> scale_of(const json::Value& object) {
  if (member(object, "kind").text() != "Scale") return invalid("scale: kind: expected Scale");
  const auto& metadata = member(object, "metadata");
  Scale scale;
  scale.name_space = text_of(metadata, "namespace");
  scale.name = text_of(metadata, "name");
  scale.uid = text_of(metadata, "uid");
  scale.resource_version = text_of(metadata, "resourceVersion");
  scale.replicas = integer_of(member(object, "spec"), "replicas");
  scale.current = integer_of(member(object, "status"), "replicas");
  scale.selector = text_of(member(object, "status"), "selector", 4096);
  return scale;
}

void write_cpu(json::Writer& body, std::string_view which, std::optional<int> thousandths) {
  if (!thousandths) return;
  body.key(which).begin_object();
  body.member("cpu", std::to_string(*thousandths) + "m").end_object();
}

void write_taint(json::Writer& body, const Taint& taint) {
  body.begin_object().member("key", taint.key);
  if (!taint.value.empty()) body.member("value", taint.value);
  body.member("effect", taint.effect);
  if (!taint.time_added.empty()) body.member("timeAdded", taint.time_added);
  body.end_object();
}

/// `1`, and `33+` as some providers write it.
int leading_number(std::string_view text) {
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

void get_scale(KubeClient& client, const ObjectPath& object, Then<Scale> then) {
  exchange<Scale>(client, {.path = path_of(object, "scale")}, "get scale of " + object.name,
                  scale_of, std::move(then));
}

void patch_scale(KubeClient& client, const ObjectPath& object, int replicas,
                 const WriteOptions& options, Then<Scale> then) {
  json::Writer body;
  begin_patch(body, options.resource_version);
  body.key("spec").begin_object().member("replicas", replicas).end_object().end_object();
  exchange<Scale>(client, patch_of(path_of(object, "scale"), kMergePatch, body.take(), options),
                  "scale " + object.name, scale_of, std::move(then));
}

void get_node(KubeClient& client, const std::string& name, Then<Node> then) {
  exchange<Node>(client, {.path = path_of(node_path(name))}, "get node " + name, decode_node,
                 std::move(then));
}

void patch_taints(KubeClient& client, const std::string& node, const std::vector<Taint>& taints,
                  const WriteOptions& options, Then<> then) {
  json::Writer body;
  begin_patch(body, options.resource_version);
  body.key("spec").begin_object().key("taints").begin_array();
  for (const Taint& taint : taints) write_taint(body, taint);
  body.end_array().end_object().end_object();
  send_only(client, patch_of(path_of(node_path(node)), kMergePatch, body.take(), options),
            "taints of node " + node, std::move(then));
}

void patch_resize(KubeClient& client, const ObjectPath& pod,
                  const std::vector<ContainerCpu>& containers, const WriteOptions& options,
                  Then<Pod> then) {
  json::Writer body;
  begin_patch(body, options.resource_version);
  body.key("spec").begin_object().key("containers").begin_array();
  for (const auto& container : containers) {
    body.begin_object().member("name", container.name);
    body.key("resources").begin_object();
    write_cpu(body, "requests", container.request);
    write_cpu(body, "limits", container.limit);
    body.end_object().end_object();
  }
  body.end_array().end_object().end_object();
  exchange<Pod>(client,
                patch_of(path_of(pod, "resize"), kStrategicMergePatch, body.take(), options),
                "resize " + pod.name, decode_pod, std::move(then));
}

void annotate(KubeClient& client, const ObjectPath& object,
              const std::vector<std::pair<std::string, std::optional<std::string>>>& annotations,
              const WriteOptions& options, Then<> then) {
  json::Writer body;
  body.begin_object().key("metadata").begin_object();
  if (!options.resource_version.empty()) body.member("resourceVersion", options.resource_version);
  body.key("annotations").begin_object();
  for (const auto& [name, value] : annotations) {
    body.key(name);
    value ? body.value(*value) : body.null();
  }
  body.end_object().end_object().end_object();
  send_only(client, patch_of(path_of(object), kMergePatch, body.take(), options),
            "annotate " + object.name, std::move(then));
}

void patch_status(KubeClient& client, const ObjectPath& object, const std::string& status_json,
                  const WriteOptions& options, Then<> then) {
  json::Writer body;
  begin_patch(body, options.resource_version);
  body.key("status").raw(status_json).end_object();
  send_only(client, patch_of(path_of(object, "status"), kMergePatch, body.take(), options),
            "status of " + object.name, std::move(then));
}

void apply(KubeClient& client, const ObjectPath& object, const std::string& object_json,
           const WriteOptions& options, Then<> then) {
  auto request = patch_of(path_of(object), kApplyPatch, object_json, options);
  request.query.emplace_back("force", "true");
  send_only(client, std::move(request), "apply " + object.name, std::move(then));
}

void server_version(KubeClient& client, Then<ServerVersion> then) {
  exchange<ServerVersion>(
      client, {.path = "/version"}, "server version",
      [](const json::Value& object) -> Result<ServerVersion> {
        ServerVersion version{.major = leading_number(member(object, "major").text()),
                              .minor = leading_number(member(object, "minor").text()),
                              .text = text_of(object, "gitVersion")};
        if (version.major < 1) return invalid("server version: major: expected a number");
        return version;
      },
      std::move(then));
}

void resources_of(KubeClient& client, const std::string& api, Then<std::vector<std::string>> then) {
  auto path = path_of({.api = api});
  path.pop_back();  // the slash before the plural that is not asked for
  exchange<std::vector<std::string>>(
      client, {.path = path}, "resources of " + api,
      [](const json::Value& object) -> Result<std::vector<std::string>> {
        std::vector<std::string> names;
        for (const auto& each : member(object, "resources").items()) {
          if (names.size() == kMaxResources) break;
          names.push_back(text_of(each, "name"));
        }
        return names;
      },
      std::move(then));
}

}  // namespace kernwise::kube
