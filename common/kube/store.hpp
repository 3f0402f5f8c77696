// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace kernwise::kube {

/// The objects of one type by `namespace/name` (`name` where there is no namespace), as a list and
/// watch keeps them. Immutable objects: who holds one keeps what it saw.
template <class T>
class Store {
 public:
  using Objects = std::map<std::string, std::shared_ptr<const T>, std::less<>>;
  /// What has changed: before and after; nullptr before it was there and after it is gone.
  using Change = std::function<void(const std::shared_ptr<const T>& before,
                                    const std::shared_ptr<const T>& after)>;

  explicit Store(Change change = {}) : change_(std::move(change)) {}

  [[nodiscard]] static std::string key_of(const T& object) {
    const auto& meta = object.meta;
    return meta.name_space.empty() ? meta.name : meta.name_space + "/" + meta.name;
  }
  void put(T object) {
    auto& slot = objects_[key_of(object)];
    const auto before = std::exchange(slot, std::make_shared<const T>(std::move(object)));
    if (change_) change_(before, slot);
  }
  void remove(std::string_view key) {
    const auto found = objects_.find(key);
    if (found == objects_.end()) return;
    const auto before = found->second;
    objects_.erase(found);
    if (change_) change_(before, nullptr);
  }
  [[nodiscard]] std::shared_ptr<const T> find(std::string_view key) const {
    const auto found = objects_.find(key);
    return found == objects_.end() ? nullptr : found->second;
  }
  [[nodiscard]] const Objects& objects() const { return objects_; }

 private:
  Change change_;
  Objects objects_;
};

}  // namespace kernwise::kube
