// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>

#include "common/base/clock.hpp"
#include "common/kube/client.hpp"
#include "orchestrator/ingest/key_set.hpp"

namespace kernwise::ingest {

/// The keys with which the API server signs tokens, fetched while it is there. Every service
/// account may read them (ClusterRoleBinding system:service-account-issuer-discovery). One thread:
/// the client's.
class ApiKeys {
 public:
  static constexpr std::chrono::minutes kFetchEvery{10};
  static constexpr std::chrono::seconds kRetryAfter{60};

  explicit ApiKeys(kube::KubeClient& client) : client_(client) {}
  ApiKeys(const ApiKeys&) = delete;
  ApiKeys& operator=(const ApiKeys&) = delete;

  /// Fetches when it is time. Often.
  void tick(MonoTime now);
  /// The newest keys, or nullptr while there are none.
  [[nodiscard]] const KeySet* keys() const { return keys_ ? &*keys_ : nullptr; }

 private:
  void fetch_keys(const std::string& issuer);
  void fetched(Result<KeySet> keys);

  kube::KubeClient& client_;
  std::optional<KeySet> keys_;
  MonoTime due_ = MonoTime::min();
  bool failing_ = false;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace kernwise::ingest
