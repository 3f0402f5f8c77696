// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace kernwise::view {

/// An immutable map by text. A changed one shares with the one before whatever has not changed:
/// with n entries a single change copies about n/256 of them.
template <class Value>
class SharedMap {
  static constexpr std::size_t kShards = 256;
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  using Shard = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;
  using Shards = std::array<std::shared_ptr<const Shard>, kShards>;

  /// The shard's number uses other bits of the hash than the buckets within it.
  static std::size_t shard_of(std::string_view key) { return (Hash{}(key) >> 40U) % kShards; }

 public:
  /// The value, or nullptr; it lives as long as this map or any that still shares it.
  [[nodiscard]] const Value* find(std::string_view key) const {
    if (shards_ == nullptr) return nullptr;
    const auto& shard = (*shards_)[shard_of(key)];
    if (shard == nullptr) return nullptr;
    const auto found = shard->find(key);
    return found == shard->end() ? nullptr : &found->second;
  }
  [[nodiscard]] std::size_t size() const { return size_; }

  /// Calls `visit(key, value)` for every entry, in no order.
  template <class Visit>
  void each(Visit visit) const {
    if (shards_ == nullptr) return;
    for (const auto& shard : *shards_) {
      if (shard == nullptr) continue;
      for (const auto& [key, value] : *shard) visit(key, value);
    }
  }

  /// Makes a changed map. The one it began with stays as it is.
  class Edit {
   public:
    explicit Edit(const SharedMap& base) : base_(base) {}

    /// The value as edited so far, or nullptr; valid until the next change.
    [[nodiscard]] const Value* find(std::string_view key) const {
      if (own_ == nullptr) return base_.find(key);
      const auto& shard = own_->shards[shard_of(key)];
      if (shard == nullptr) return nullptr;
      const auto found = shard->find(key);
      return found == shard->end() ? nullptr : &found->second;
    }
    /// The value to be changed, made when it is not there.
    [[nodiscard]] Value& at(const std::string& key) {
      const auto [entry, added] = shard(key).try_emplace(key);
      if (added) ++own_->size;
      return entry->second;
    }
    void erase(std::string_view key) {
      if (find(key) == nullptr) return;
      Shard& from = shard(key);
      from.erase(from.find(key));
      --own_->size;
    }
    [[nodiscard]] SharedMap done() {
      if (own_ == nullptr) return base_;
      SharedMap map;
      map.size_ = own_->size;
      map.shards_ = std::make_shared<const Shards>(std::move(own_->shards));
      base_ = map;
      own_.reset();
      return map;
    }

   private:
    struct Own {
      Shards shards;
      std::array<Shard*, kShards> writable{};
      std::size_t size = 0;
    };
    Shard& shard(std::string_view key) {
      if (own_ == nullptr) {
        own_ = std::make_unique<Own>();
        if (base_.shards_ != nullptr) own_->shards = *base_.shards_;
        own_->size = base_.size_;
      }
      const std::size_t number = shard_of(key);
      if (own_->writable[number] == nullptr) {
        const auto& before = own_->shards[number];
        auto copy = before ? std::make_shared<Shard>(*before) : std::make_shared<Shard>();
        own_->writable[number] = copy.get();
        own_->shards[number] = std::move(copy);
      }
      return *own_->writable[number];
    }

    SharedMap base_;
    std::unique_ptr<Own> own_;
  };

 private:
  std::shared_ptr<const Shards> shards_;
  std::size_t size_ = 0;
};

}  // namespace kernwise::view
