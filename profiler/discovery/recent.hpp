// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <unordered_map>
#include <utility>

namespace kernwise::discovery {

/// Values by key, at most `capacity` of them; the least recently used leaves first.
template <class Value>
class Recent {
 public:
  explicit Recent(std::size_t capacity) : capacity_(capacity) {}

  /// The value of `key`, now the most recently used, or nullptr.
  [[nodiscard]] Value* find(const std::string& key) {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return nullptr;
    order_.splice(order_.begin(), order_, found->second);
    return &found->second->second;
  }

  void put(const std::string& key, Value value) {
    if (Value* known = find(key)) {
      *known = std::move(value);
      return;
    }
    order_.emplace_front(key, std::move(value));
    by_key_.emplace(key, order_.begin());
    if (order_.size() <= capacity_) return;
    by_key_.erase(order_.back().first);
    order_.pop_back();
  }

  void erase(const std::string& key) {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return;
    order_.erase(found->second);
    by_key_.erase(found);
  }

  [[nodiscard]] std::size_t size() const { return order_.size(); }

 private:
  using Order = std::list<std::pair<std::string, Value>>;
  std::size_t capacity_;
  Order order_;
  std::unordered_map<std::string, typename Order::iterator> by_key_;
};

}  // namespace kernwise::discovery
