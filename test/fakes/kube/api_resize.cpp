// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cmath>

#include "common/base/quantity.hpp"
#include "test/fakes/kube/api.hpp"
#include "test/fakes/kube/patch.hpp"
#include "test/fakes/kube/quantity.hpp"

namespace kernwise::test {
namespace {

using List = boost::json::array;

List containers_of(const Json& pod) {
  const auto* found = at(pod, "/spec/containers");
  return found != nullptr && found->is_array() ? found->get_array() : List();
}

boost::json::object amounts(const Json& container, const std::string& which) {
  const auto* found = at(container, "/resources/" + which);
  return found != nullptr && found->is_object() ? found->get_object() : boost::json::object();
}

std::string text_of(const Json& value) {
  return value.is_string() ? std::string(value.get_string()) : to_text(value);
}

/// A node that can resize reports what each running container has.
bool node_can_resize(const Json& pod) {
  const auto* statuses = at(pod, "/status/containerStatuses");
  if (statuses == nullptr || !statuses->is_array()) return true;
  return std::ranges::all_of(statuses->get_array(), [](const Json& each) {
    return at(each, "/state/running") == nullptr || at(each, "/resources") != nullptr;
  });
}

bool all_quantities(const Json& pod) {
  for (const auto& container : containers_of(pod))
    for (const auto* which : {"requests", "limits"})
      for (const auto& [name, value] : amounts(container, which))
        if (!parse_signed_quantity(text_of(value))) return false;
  return true;
}

Cause forbidden(const std::string& field, const std::string& why) {
  return {"FieldValueForbidden", field, "Forbidden: " + why};
}
Cause invalid_value(const std::string& field, const std::string& value, const std::string& why) {
  return {"FieldValueInvalid", field, "Invalid value: \"" + value + "\": " + why};
}

/// What no pod may say of its resources.
void check_amounts(std::vector<Cause>& causes, const Json& container, const std::string& place) {
  const auto limits = amounts(container, "limits");
  for (const auto& [name, value] : amounts(container, "requests")) {
    const auto text = text_of(value);
    const double amount = *parse_signed_quantity(text);
    if (amount < 0)
      causes.push_back(invalid_value(place + ".requests[" + std::string(name) + "]", text,
                                     "must be greater than or equal to 0"));
    const auto* limit = limits.if_contains(name);
    if (limit != nullptr && amount > *parse_signed_quantity(text_of(*limit)))
      causes.push_back(invalid_value(
          place + ".requests", text,
          "must be less than or equal to " + std::string(name) + " limit of " + text_of(*limit)));
  }
}

void check_removals(std::vector<Cause>& causes, const Json& before, const Json& after,
                    const std::string& place) {
  for (const auto* which : {"limits", "requests"}) {
    const auto kept = amounts(after, which);
    for (const auto& [name, value] : amounts(before, which))
      if (!kept.contains(name))
        causes.push_back(forbidden(place + "." + which,
                                   "resource " + std::string(which) + " cannot be removed"));
  }
}

bool only_cpu_and_memory(const Json& before, const Json& after) {
  for (const auto* which : {"limits", "requests"}) {
    const auto old = amounts(before, which);
    for (const auto& [name, value] : amounts(after, which))
      if (name != "cpu" && name != "memory" && !old.contains(name)) return false;
  }
  return true;
}

std::vector<Cause> check(const Json& before, const Json& after) {
  std::vector<Cause> causes;
  const auto old = containers_of(before), now = containers_of(after);
  if (old.size() != now.size()) {
    for (std::size_t index = 0; index < now.size(); ++index)
      if (text_at(now[index], "/image").empty())
        causes.push_back({"FieldValueRequired",
                          "spec.containers[" + std::to_string(index) + "].image",
                          "Required value"});
    causes.push_back(
        forbidden("spec.containers", "containers may not be added or removed on resize"));
    return causes;
  }
  for (std::size_t index = 0; index < now.size(); ++index)
    check_amounts(causes, now[index], "spec.containers[" + std::to_string(index) + "].resources");
  if (!causes.empty()) return causes;
  if (quality_of_service(before) != quality_of_service(after))
    causes.push_back(invalid_value("spec", text_at(before, "/status/qosClass"),
                                   "Pod QOS Class may not change as a result of resizing"));
  for (std::size_t index = 0; index < now.size(); ++index) {
    check_removals(causes, old[index], now[index],
                   "spec.containers[" + std::to_string(index) + "].resources");
    if (!only_cpu_and_memory(old[index], now[index]))
      causes.push_back(forbidden("spec", "only cpu and memory resources are mutable"));
  }
  return causes;
}

/// The pod with the resources of `wanted` and nothing else of it.
Json with_resources(Json pod, const Json& wanted) {
  boost::system::error_code error;
  auto& mine = pod.find_pointer("/spec/containers", error)->get_array();
  const auto theirs = containers_of(wanted);
  for (std::size_t index = 0; index < mine.size(); ++index)
    if (const auto* resources = at(theirs[index], "/resources"))
      set_at(mine[index], "/resources", *resources);
  if (const auto* owners = at(wanted, "/metadata/managedFields"))
    set_at(pod, "/metadata/managedFields", *owners);
  set_at(pod, "/metadata/resourceVersion", Json(text_at(wanted, "/metadata/resourceVersion")));
  return pod;
}

}  // namespace

FakeApi::Refusal FakeApi::check_node(const Json& pod) const {
  const auto name = text_at(pod, "/metadata/name"), node_name = text_at(pod, "/spec/nodeName");
  if (node_name.empty()) return std::nullopt;
  boost::json::object details{{"name", name}, {"kind", "pods"}};
  const auto refuse = [&](const std::string& why) {
    return failure(403, "Forbidden", "pods \"" + name + "\" is forbidden: " + why, details);
  };
  const auto node = find("v1", "Node", "", node_name);
  if (node == nullptr) return refuse("node \"" + node_name + "\" not found");
  double requested = 0;
  for (const auto& each : containers_of(pod))
    requested += quantity_at(each, "/resources/requests/cpu");
  const auto has = quantity_at(*node, "/status/allocatable/cpu");
  if (requested <= has) return std::nullopt;
  const auto millis = [](double cores) { return std::to_string(std::llround(cores * 1000)); };
  details["causes"] = boost::json::array{boost::json::object{{"reason", "NodeCapacity"}}};
  return refuse("node didn't have enough allocatable resources: cpu, requested: " +
                millis(requested) + ", allocatable: " + millis(has));
}

Reply FakeApi::resize(const Session& session) {
  const auto& [resource, name_space, name, subresource] = session.target;
  const auto before = store_.find(*resource, name_space, name);
  if (before == nullptr) return not_found(*resource, name);
  if (session.call.method == "GET") return {.body = *before};
  Json after = *before;
  if (session.call.method == "PUT") {
    if (auto refused = parse_body(session, after)) return *refused;
  } else if (auto refused = apply_patch(session, after)) {
    return *refused;
  }
  if (!all_quantities(after))
    return invalid_object("", "",
                          {{"FieldValueInvalid", "patch",
                            "Invalid value: \"{}\": quantities must match the regular "
                            "expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"}});
  if (const auto causes = check(*before, after); !causes.empty())
    return invalid_object("Pod", name, causes);
  // What it drops has been asked for all the same: the server remembers by whom.
  track(session, *before, after);
  after = with_resources(*before, after);
  const bool changes = containers_of(after) != containers_of(*before);
  if (auto refused = changes ? check_node(after) : std::nullopt) return *refused;
  if (!node_can_resize(*before))
    return invalid_object("Pod", name,
                          {forbidden("spec", "Pod running on node without support for resize")});
  return update(session, before, std::move(after));
}

}  // namespace kernwise::test
