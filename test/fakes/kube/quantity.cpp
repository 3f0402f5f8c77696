// SPDX-License-Identifier: Apache-2.0
#include "test/fakes/kube/quantity.hpp"

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <charconv>
#include <cmath>

namespace kernwise::test {
namespace {

constexpr std::array<std::pair<std::string_view, double>, 14> kUnits{{
    {"", 1},
    {"n", 1e-9},
    {"u", 1e-6},
    {"m", 1e-3},
    {"k", 1e3},
    {"M", 1e6},
    {"G", 1e9},
    {"T", 1e12},
    {"P", 1e15},
    {"Ki", 0x1p10},
    {"Mi", 0x1p20},
    {"Gi", 0x1p30},
    {"Ti", 0x1p40},
    {"Pi", 0x1p50},
}};

double amount(const Json& container, const std::string& pointer) {
  return quantity(text_at(container, "/resources/" + pointer)).value_or(0);
}

}  // namespace

std::optional<double> quantity(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  for (const auto& [name, factor] : kUnits)
    if (name == unit) return value * factor;
  return std::nullopt;
}

std::string quality_of_service(const Json& pod) {
  const auto* containers = at(pod, "/spec/containers");
  bool any = false, all = true;
  if (containers != nullptr && containers->is_array())
    for (const auto& each : containers->get_array())
      for (const auto* name : {"cpu", "memory"}) {
        const auto request = amount(each, "requests/" + std::string(name));
        const auto limit = amount(each, "limits/" + std::string(name));
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
