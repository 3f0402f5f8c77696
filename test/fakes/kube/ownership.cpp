// SPDX-License-Identifier: Apache-2.0
#include "test/fakes/kube/ownership.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "test/fakes/kube/patch.hpp"

namespace kernwise::test {
namespace {

void collect(const Json& value, FieldPath path, FieldSet& found);

void collect_list(const boost::json::array& list, std::string_view key, const FieldPath& path,
                  FieldSet& found) {
  for (const auto& each : list) {
    auto next = path;
    next.push_back("k:" +
                   to_text(boost::json::object{{key, text_at(each, "/" + std::string(key))}}));
    collect(each, std::move(next), found);
  }
}

void collect(const Json& value, FieldPath path, FieldSet& found) {
  const auto key = path.empty() ? std::string_view() : merge_key(path.back().substr(2));
  if (value.is_array() && !key.empty()) {
    collect_list(value.get_array(), key, path, found);
  } else if (value.is_object() && !value.get_object().empty()) {
    for (const auto& [name, member] : value.get_object()) {
      auto next = path;
      next.push_back("f:" + std::string(name));
      collect(member, std::move(next), found);
    }
  } else {
    found.insert(std::move(path));
  }
}

/// The value that one step of a path leads to, where it is there.
Json* step_into(Json& value, const std::string& step) {
  const auto rest = step.substr(2);
  if (step[0] == 'f') return value.is_object() ? value.get_object().if_contains(rest) : nullptr;
  if (!value.is_array()) return nullptr;
  const auto wanted = json_of(rest);
  const auto& [key, content] = *wanted.get_object().begin();
  for (auto& each : value.get_array())
    if (each.is_object() && each.get_object().contains(key) && each.get_object().at(key) == content)
      return &each;
  return nullptr;
}

Json* locate(Json& value, const FieldPath& path) {
  auto* place = &value;
  for (const auto& step : path) {
    place = step_into(*place, step);
    if (place == nullptr) return nullptr;
  }
  return place;
}

const Json* locate(const Json& value, const FieldPath& path) {
  return locate(const_cast<Json&>(value), path);
}

bool same_value(const Json& left, const Json& right, const FieldPath& path) {
  const auto* one = locate(left, path);
  const auto* other = locate(right, path);
  return (one == nullptr) == (other == nullptr) && (one == nullptr || *one == *other);
}

Ownership& entry(std::vector<Ownership>& all, const Manager& manager) {
  const auto found = std::ranges::find(all, manager, &Ownership::manager);
  if (found != all.end()) return *found;
  return all.emplace_back(Ownership{.manager = manager, .fields = {}});
}

void take_from_others(std::vector<Ownership>& all, const Manager& manager, const FieldPath& field) {
  for (auto& each : all)
    if (each.manager != manager) each.fields.erase(field);
}

void drop_empty(std::vector<Ownership>& all) {
  std::erase_if(all, [](const Ownership& each) { return each.fields.empty(); });
}

void remove_field(Json& object, FieldPath path) {
  const auto last = path.back();
  path.pop_back();
  auto* parent = locate(object, path);
  if (parent != nullptr && parent->is_object()) parent->get_object().erase(last.substr(2));
}

Json encode(const FieldSet& fields) {
  Json tree = boost::json::object{};
  for (const auto& path : fields) {
    auto* place = &tree;
    for (const auto& step : path) {
      place = &place->get_object()[step];
      if (place->is_null()) *place = boost::json::object{};
    }
  }
  return tree;
}

void decode(const Json& tree, const FieldPath& path, FieldSet& fields) {
  if (!tree.is_object()) return;
  if (tree.get_object().empty() && !path.empty()) fields.insert(path);
  for (const auto& [step, below] : tree.get_object()) {
    auto next = path;
    next.emplace_back(step);
    decode(below, next, fields);
  }
}

}  // namespace

FieldSet fields_of(const Json& object) {
  FieldSet fields;
  collect(object, {}, fields);
  std::erase_if(fields, [](const FieldPath& path) {
    if (path.empty() || path[0] == "f:apiVersion" || path[0] == "f:kind") return true;
    return path[0] == "f:metadata" &&
           (path.size() < 3 || (path[1] != "f:labels" && path[1] != "f:annotations"));
  });
  return fields;
}

std::vector<Ownership> ownerships(const Json& object) {
  std::vector<Ownership> all;
  const auto* managed = at(object, "/metadata/managedFields");
  if (managed == nullptr || !managed->is_array()) return all;
  for (const auto& each : managed->get_array()) {
    Ownership one{.manager = {.name = text_at(each, "/manager"),
                              .subresource = text_at(each, "/subresource"),
                              .applies = text_at(each, "/operation") == "Apply"},
                  .fields = {}};
    if (const auto* tree = at(each, "/fieldsV1")) decode(*tree, {}, one.fields);
    all.push_back(std::move(one));
  }
  return all;
}

void set_ownerships(Json& object, const std::vector<Ownership>& all, const std::string& time) {
  boost::json::array managed;
  for (const auto& each : all) {
    boost::json::object one{{"manager", each.manager.name},
                            {"operation", each.manager.applies ? "Apply" : "Update"},
                            {"apiVersion", text_at(object, "/apiVersion")},
                            {"time", time},
                            {"fieldsType", "FieldsV1"},
                            {"fieldsV1", encode(each.fields)}};
    if (!each.manager.subresource.empty()) one["subresource"] = each.manager.subresource;
    managed.push_back(std::move(one));
  }
  set_at(object, "/metadata/managedFields", std::move(managed));
}

void take_changes(std::vector<Ownership>& all, const Manager& writer, const Json& before,
                  const Json& after) {
  const auto now = fields_of(after);
  auto changed = fields_of(before);
  changed.insert(now.begin(), now.end());
  std::erase_if(changed, [&](const FieldPath& field) { return same_value(before, after, field); });
  for (const auto& field : changed) {
    take_from_others(all, writer, field);
    if (now.contains(field))
      entry(all, writer).fields.insert(field);
    else
      entry(all, writer).fields.erase(field);
  }
  drop_empty(all);
}

std::vector<Conflict> conflicts(const std::vector<Ownership>& all, const Manager& manager,
                                const Json& live, const Json& config) {
  std::vector<Conflict> found;
  const auto wanted = fields_of(config);
  for (const auto& each : all) {
    if (each.manager == manager) continue;
    for (const auto& field : each.fields)
      if (wanted.contains(field) && !same_value(live, config, field))
        found.push_back({each.manager, field});
  }
  return found;
}

std::string dotted(const FieldPath& field) {
  std::string text;
  for (const auto& step : field)
    text += step[0] == 'f' ? "." + step.substr(2) : "[" + step.substr(2) + "]";
  return text;
}

void apply_ownership(std::vector<Ownership>& all, const Manager& manager, const Json& config,
                     const std::vector<Conflict>& taken, Json& object) {
  for (const auto& conflict : taken) take_from_others(all, manager, conflict.field);
  const auto wanted = fields_of(config);
  const auto before = entry(all, manager).fields;
  entry(all, manager).fields = wanted;
  for (const auto& field : before) {
    const bool owned = std::ranges::any_of(
        all, [&](const Ownership& each) { return each.fields.contains(field); });
    if (!owned) remove_field(object, field);
  }
  drop_empty(all);
}

}  // namespace kernwise::test
