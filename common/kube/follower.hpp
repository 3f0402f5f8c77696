// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>

#include "common/base/json.hpp"
#include "common/kube/clock.hpp"
#include "common/kube/path.hpp"
#include "common/kube/watch_logic.hpp"

namespace kernwise::kube {

/// What is followed.
struct WatchOptions {
  ObjectPath objects = {};  ///< `{"v1", "pods"}`; with a namespace only those there
  std::string field_selector = {}, label_selector = {};
  WatchTuning tuning = {};
  std::size_t most = 200'000;  ///< objects that are kept; more are left out and counted
  std::uint64_t jitter_seed = std::random_device{}();
};

struct WatchCounts {
  std::uint64_t lists = 0;     ///< complete ones
  std::uint64_t watches = 0;   ///< begun, also those that list
  std::uint64_t restarts = 0;  ///< lists and watches that failed
  std::uint64_t events = 0;
  std::uint64_t skipped = 0;  ///< objects and events that could not be read, or were too many
  std::uint64_t bytes = 0;    ///< received
};

/// Where followed objects go, by `namespace/name` or `name`.
class ObjectSink {
 public:
  virtual ~ObjectSink() = default;
  /// The resource version of an object; empty when there is none.
  [[nodiscard]] virtual std::string version_of(std::string_view key) const = 0;
  [[nodiscard]] virtual std::size_t size() const = 0;
  /// False when it cannot be read; then nothing changes.
  virtual bool put(const json::Value& object) = 0;
  virtual void remove(std::string_view key) = 0;
  /// Removes all others.
  virtual void keep_only(const std::set<std::string, std::less<>>& keys) = 0;
};

/// Lists and watches one type of objects for as long as it lives.
class Follower {
 public:
  /// All three must outlive it. Begins with the first call of its clock.
  Follower(KubeClient& client, Clock& clock, ObjectSink& sink, WatchOptions options);
  ~Follower();
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  [[nodiscard]] bool synced() const;
  /// How long ago everything was last known to be as the server has it; nothing before `synced`.
  [[nodiscard]] std::optional<Monotonic::duration> age(MonoTime now) const;
  [[nodiscard]] const WatchCounts& counts() const;
  /// Why it is not kept up now; empty when it is.
  [[nodiscard]] const std::string& problem() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace kernwise::kube
