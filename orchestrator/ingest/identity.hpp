// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "common/kube/verbs.hpp"
#include "orchestrator/ingest/jwt.hpp"

/// Who may report, and for which node (security.md 4.1).
namespace kernwise::ingest {

enum class Access : std::uint8_t {
  granted,
  unauthenticated,  ///< 401: no token, or not one that the API server stands for
  forbidden,        ///< 403: a good token, but not of a profiler on a node
  rate_limited,     ///< 429: too many tokens from that address that we do not know
  unavailable,      ///< 503: nobody can say now
};

/// Of one token.
struct Standing {
  Access access = Access::unavailable;
  std::string node = {};    ///< when granted
  std::string reason = {};  ///< else: for the sender; holds nothing of the token
};

struct IdentityRules {
  std::string audience = "kernwise-orchestrator";
  std::string user = {};  ///< `system:serviceaccount:NAMESPACE:NAME`
};

/// The node of a pod by its UID; no value where no such pod is known.
using NodeOfPod = std::function<std::optional<std::string>(const std::string& pod_uid)>;

/// What follows from the API server's word on a token. The node is that of the token's node claim
/// (Kubernetes 1.30), else of the pod that the token is bound to, and of nothing else.
[[nodiscard]] Standing judge(const kube::TokenVerdict& said, const IdentityRules& rules,
                             const NodeOfPod& node_of_pod);

/// What a token alone shows: a token that could not pass `judge` costs the API server nothing. No
/// value = it may be good.
[[nodiscard]] std::optional<Standing> refuse_early(const Result<Jwt>& token,
                                                   const IdentityRules& rules);

/// `namespace:name` of a service account as the user name of its tokens. Errors: it is not that.
[[nodiscard]] Result<std::string> user_of(std::string_view service_account);

/// SHA-256 of a token: what is kept of it.
using TokenKey = std::array<unsigned char, 32>;
[[nodiscard]] TokenKey key_of(std::string_view token);

}  // namespace kernwise::ingest
