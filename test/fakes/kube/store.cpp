// SPDX-License-Identifier: Apache-2.0
#include "test/fakes/kube/store.hpp"

#include <algorithm>
#include <ranges>

namespace kernwise::test {
namespace {

std::string key_of_object(const Json& object) {
  return ObjectStore::key_of(text_at(object, "/metadata/namespace"),
                             text_at(object, "/metadata/name"));
}

void assign(std::map<std::string, Object, std::less<>>& table, const std::string& key,
            const Object& object) {
  if (object == nullptr) {
    table.erase(key);
  } else {
    table[key] = object;
  }
}

}  // namespace

std::string ObjectStore::key_of(std::string_view name_space, std::string_view name) {
  return name_space.empty() ? std::string(name) : std::string(name_space) + "/" + std::string(name);
}

Object ObjectStore::find(const Resource& resource, std::string_view name_space,
                         std::string_view name) const {
  const auto table = tables_.find(&resource);
  if (table == tables_.end()) return nullptr;
  const auto found = table->second.find(key_of(name_space, name));
  return found == table->second.end() ? nullptr : found->second;
}

std::vector<Object> ObjectStore::list(const Resource& resource, std::string_view name_space,
                                      std::uint64_t revision) const {
  Table state;
  if (const auto table = tables_.find(&resource); table != tables_.end()) state = table->second;
  for (const auto& change : std::views::reverse(history_)) {
    if (change.revision <= revision) break;
    if (change.resource != &resource) continue;
    assign(state, key_of_object(change.after ? *change.after : *change.before), change.before);
  }
  std::vector<Object> objects;
  for (const auto& [key, object] : state)
    if (name_space.empty() || text_at(*object, "/metadata/namespace") == name_space)
      objects.push_back(object);
  return objects;
}

std::vector<Change> ObjectStore::changes_after(std::uint64_t revision,
                                               const Resource& resource) const {
  std::vector<Change> changes;
  for (const auto& change : history_)
    if (change.revision > revision && change.resource == &resource) changes.push_back(change);
  return changes;
}

Object ObjectStore::put(const Resource& resource, Json object) {
  Change change{.revision = ++revision_, .resource = &resource};
  set_at(object, "/metadata/resourceVersion", Json(std::to_string(revision_)));
  auto& slot = tables_[&resource][key_of_object(object)];
  change.before = slot;
  slot = std::make_shared<const Json>(std::move(object));
  change.after = slot;
  record(change);
  return change.after;
}

void ObjectStore::remove(const Resource& resource, const std::string& name_space,
                         const std::string& name, Json last) {
  const auto before = find(resource, name_space, name);
  if (before == nullptr) return;
  Change change{.revision = ++revision_, .resource = &resource, .before = before};
  if (last.is_null()) last = *before;
  set_at(last, "/metadata/resourceVersion", Json(std::to_string(revision_)));
  change.gone = std::make_shared<const Json>(std::move(last));
  tables_[&resource].erase(key_of(name_space, name));
  record(change);
}

void ObjectStore::record(Change change) {
  history_.push_back(change);
  if (history_.size() > kMaxHistory) {
    compacted_ = history_.front().revision;
    history_.pop_front();
  }
  if (listener_) listener_(change);
}

void ObjectStore::compact() {
  compacted_ = revision_;
  history_.clear();
}

void ObjectStore::restore(std::uint64_t revision) {
  while (!history_.empty() && history_.back().revision > revision) {
    const auto& change = history_.back();
    assign(tables_[change.resource], key_of_object(change.after ? *change.after : *change.before),
           change.before);
    history_.pop_back();
  }
  revision_ = revision;
}

}  // namespace kernwise::test
