// SPDX-License-Identifier: Apache-2.0
#include "test/fakes/kube/patch.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace kernwise::test {
namespace {

std::size_t place_of(const boost::json::array& list, std::string_view key, const Json& like) {
  const auto wanted = text_at(like, "/" + std::string(key));
  const auto found = std::ranges::find_if(
      list, [&](const Json& each) { return text_at(each, "/" + std::string(key)) == wanted; });
  return static_cast<std::size_t>(found - list.begin());
}

/// The server's order: elements of the patch come first, but behind those that stood before them.
void merge_list(Json& target, const boost::json::array& patch, std::string_view key) {
  if (!target.is_array()) target = boost::json::array{};
  const auto old = target.get_array();
  boost::json::array rest, merged;
  for (const auto& each : old)
    if (place_of(patch, key, each) == patch.size()) rest.push_back(each);
  auto next = rest.begin();
  for (const auto& each : patch) {
    const auto place = place_of(old, key, each);
    while (place < old.size() && next != rest.end() && place_of(old, key, *next) < place)
      merged.push_back(*next++);
    if (text_at(each, "/$patch") == "delete") continue;
    merged.push_back(place < old.size() ? old[place] : Json(boost::json::object{}));
    strategic_merge(merged.back(), each);
  }
  merged.insert(merged.end(), next, rest.end());
  target = std::move(merged);
}

/// The value that holds the last segment of `pointer`, and that segment.
std::pair<Json*, std::string> parent_of(Json& target, const std::string& pointer) {
  const auto slash = pointer.rfind('/');
  if (slash == std::string::npos) return {nullptr, {}};
  boost::system::error_code error;
  return {target.find_pointer(pointer.substr(0, slash), error), pointer.substr(slash + 1)};
}

bool insert(Json& parent, const std::string& last, const Json& value) {
  if (parent.is_object()) {
    parent.get_object()[last] = value;
    return true;
  }
  if (!parent.is_array()) return false;
  auto& list = parent.get_array();
  if (last == "-") {
    list.push_back(value);
    return true;
  }
  const auto index = std::strtoul(last.c_str(), nullptr, 10);
  if (index > list.size()) return false;
  list.insert(list.begin() + static_cast<std::ptrdiff_t>(index), value);
  return true;
}

bool take_away(Json& parent, const std::string& last) {
  if (parent.is_object()) return parent.get_object().erase(last) == 1;
  if (!parent.is_array()) return false;
  const auto index = std::strtoul(last.c_str(), nullptr, 10);
  if (index >= parent.get_array().size()) return false;
  parent.get_array().erase(parent.get_array().begin() + static_cast<std::ptrdiff_t>(index));
  return true;
}

bool operate(Json& target, const Json& operation) {
  const auto name = text_at(operation, "/op"), path = text_at(operation, "/path");
  const auto* value = at(operation, "/value");
  const auto [parent, last] = parent_of(target, path);
  boost::system::error_code error;
  auto* present = target.find_pointer(path, error);
  if (name == "test") return present != nullptr && value != nullptr && *present == *value;
  if (parent == nullptr) return false;
  if (name == "remove") return take_away(*parent, last);
  if (value == nullptr) return false;
  if (name == "add") return insert(*parent, last, *value);
  if (name != "replace" || present == nullptr) return false;
  *present = *value;
  return true;
}

/// Merges an object, whose null members go, with `combine(key, member, value)` for the others;
/// anything else takes the place of what is there.
template <class Combine>
void merge(Json& target, const Json& patch, Combine combine) {
  if (!patch.is_object()) {
    target = patch;
    return;
  }
  if (!target.is_object()) target = boost::json::object{};
  auto& object = target.get_object();
  for (const auto& [key, value] : patch.get_object()) {
    if (value.is_null()) {
      object.erase(key);
    } else {
      combine(key, object[key], value);
    }
  }
}

}  // namespace

std::string_view merge_key(std::string_view field) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kKeys{{
      {"containers", "name"},
      {"initContainers", "name"},
      {"ephemeralContainers", "name"},
      {"env", "name"},
      {"volumes", "name"},
      {"volumeMounts", "mountPath"},
      {"conditions", "type"},
      {"ownerReferences", "uid"},
      {"containerStatuses", ""},
  }};
  for (const auto& [name, key] : kKeys)
    if (name == field) return key;
  return {};
}

void merge_patch(Json& target, const Json& patch) {
  merge(target, patch,
        [](std::string_view, Json& member, const Json& value) { merge_patch(member, value); });
}

void strategic_merge(Json& target, const Json& patch) {
  merge(target, patch, [](std::string_view key, Json& member, const Json& value) {
    const auto list_key = merge_key(key);
    if (!value.is_array() || list_key.empty()) return strategic_merge(member, value);
    merge_list(member, value.get_array(), list_key);
  });
}

std::optional<std::string> json_patch(Json& target, const Json& operations) {
  if (!operations.is_array()) return "a JSON patch is a list";
  for (const auto& each : operations.get_array())
    if (!operate(target, each)) return to_text(each);
  return std::nullopt;
}

}  // namespace kernwise::test
