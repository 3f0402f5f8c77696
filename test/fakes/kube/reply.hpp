// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "test/fakes/kube/json.hpp"
#include "test/fakes/kube/resources.hpp"

namespace kernwise::test {

inline constexpr std::string_view kApply = "application/apply-patch+yaml";

/// A request as it reaches the API server.
struct Call {
  std::string method = "GET";
  std::string path = {};
  std::vector<std::pair<std::string, std::string>> query = {};  ///< decoded
  std::string body = {};
  std::string content_type = {};
  std::string token = {};  ///< of `Authorization: Bearer`
  /// The value of that parameter; empty when it is not there.
  [[nodiscard]] std::string parameter(std::string_view name) const;
  [[nodiscard]] bool is_watch() const;
};

struct Reply {
  int status = 200;
  Json body = nullptr;
  std::optional<int> retry_after = {};  ///< seconds
};

// Refusals as the real server words them (k8s.io/apimachinery/pkg/api/errors).
[[nodiscard]] Reply failure(int status, std::string_view reason, const std::string& message,
                            Json details = nullptr);
[[nodiscard]] Reply bad_request(const std::string& message);
[[nodiscard]] Reply unauthorized();
[[nodiscard]] Reply not_found(const Resource& resource, const std::string& name);
[[nodiscard]] Reply no_such_page();
[[nodiscard]] Reply already_exists(const Resource& resource, const std::string& name);
[[nodiscard]] Reply stale(const Resource& resource, const std::string& name);
[[nodiscard]] Reply expired(const std::string& message);
/// 422; `causes` are `field: complaint`.
struct Cause {
  std::string reason;  ///< `FieldValueInvalid`
  std::string field;
  std::string message;
};
[[nodiscard]] Reply invalid_object(const std::string& qualified_kind, const std::string& name,
                                   const std::vector<Cause>& causes);

}  // namespace kernwise::test
