// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <utility>

namespace kernwise::history {

/// The last `capacity` things that happened, oldest first.
template <class T>
class Ring {
 public:
  explicit Ring(std::size_t capacity) : capacity_(capacity) {}

  void push(T item) {
    if (capacity_ == 0) return;
    if (items_.size() == capacity_) items_.pop_front();
    items_.push_back(std::move(item));
  }
  [[nodiscard]] const std::deque<T>& items() const { return items_; }

 private:
  std::size_t capacity_;
  std::deque<T> items_;
};

}  // namespace kernwise::history
