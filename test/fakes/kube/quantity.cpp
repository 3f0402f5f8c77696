// SPDX-License-Identifier: Apache-2.0
#include "test/fakes/kube/quantity.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "common/base/quantity.hpp"

namespace kernwise::test {

double quantity_at(const Json& object, std::string_view pointer) {
  const auto amount = parse_signed_quantity(text_at(object, pointer));
  return amount ? *amount : 0;
}

std::string quality_of_service(const Json& pod) {
  const auto* containers = at(pod, "/spec/containers");
  bool any = false, all = true;
  if (containers != nullptr && containers->is_array())
    for (const auto& each : containers->get_array())
      for (const auto* name : {"cpu", "memory"}) {
        const auto request = quantity_at(each, "/resources/requests/" + std::string(name));
        const auto limit = quantity_at(each, "/resources/limits/" + std::string(name));
        any = any || request > 0 || limit > 0;
        all = all && limit > 0 && request == limit;
      }
  return !any ? "BestEffort" : all ? "Guaranteed" : "Burstable";
}

void default_resources(Json& pod) {
  boost::system::error_code error;
  auto* containers = pod.find_pointer("/spec/containers", error);
  if (containers == nullptr || !containers->is_array()) return;
  for (auto& each : containers->get_array()) {
    auto& resources = each.get_object()["resources"];
    if (resources.is_null()) resources = boost::json::object{};
    const auto* limits = at(resources, "/limits");
    if (limits == nullptr || !limits->is_object()) continue;
    const auto wanted = limits->get_object();
    for (const auto& [name, value] : wanted)
      if (at(resources, "/requests/" + std::string(name)) == nullptr)
        set_at(resources, "/requests/" + std::string(name), value);
  }
}

}  // namespace kernwise::test
