// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/kube/follower.hpp"
#include "common/kube/store.hpp"

namespace kernwise::kube {

/// Keeps a store as the API server has it: list and watch, over every restart, expiry and lie of
/// the other side. While objects are listed anew those known stay; an object that cannot be read
/// is counted and left as it was.
template <class T>
class WatchCache {
 public:
  using Decode = std::function<Result<T>(const json::Value&)>;

  /// Client, clock and store must outlive it, and nobody else may write to the store.
  WatchCache(KubeClient& client, Clock& clock, WatchOptions options, Decode decode, Store<T>& store)
      : sink_(std::move(decode), store), follower_(client, clock, sink_, std::move(options)) {}

  /// The first list is complete. Once true it stays true; `age` tells whether it is still so.
  [[nodiscard]] bool synced() const { return follower_.synced(); }
  [[nodiscard]] std::optional<Monotonic::duration> age(MonoTime now) const {
    return follower_.age(now);
  }
  [[nodiscard]] const WatchCounts& counts() const { return follower_.counts(); }
  [[nodiscard]] const std::string& problem() const { return follower_.problem(); }

 private:
  class Sink final : public ObjectSink {
   public:
    Sink(Decode decode, Store<T>& store) : decode_(std::move(decode)), store_(store) {}

    [[nodiscard]] std::string version_of(std::string_view key) const override {
      const auto found = store_.find(key);
      return found ? found->meta.resource_version : std::string();
    }
    [[nodiscard]] std::size_t size() const override { return store_.objects().size(); }
    bool put(const json::Value& object) override {
      auto decoded = decode_(object);
      if (!decoded) return false;
      store_.put(*std::move(decoded));
      return true;
    }
    void remove(std::string_view key) override { store_.remove(key); }
    void keep_only(const std::set<std::string, std::less<>>& keys) override {
      std::vector<std::string> gone;
      for (const auto& [key, object] : store_.objects()) {
        if (!keys.contains(key)) gone.push_back(key);
      }
      for (const auto& key : gone) store_.remove(key);
    }

   private:
    Decode decode_;
    Store<T>& store_;
  };

  Sink sink_;
  Follower follower_;
};

}  // namespace kernwise::kube
