// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/ingest/identity.hpp"

#include <openssl/evp.h>

#include <algorithm>

#include "orchestrator/ingest/dns_name.hpp"

namespace kernwise::ingest {
namespace {

constexpr std::string_view kNodeName = "authentication.kubernetes.io/node-name";
constexpr std::string_view kPodUid = "authentication.kubernetes.io/pod-uid";

Standing unauthenticated(std::string reason) {
  return {.access = Access::unauthenticated, .reason = std::move(reason)};
}

Standing forbidden(std::string reason) {
  return {.access = Access::forbidden, .reason = std::move(reason)};
}

/// The one value of a key; no value when there is none. More than one says nothing.
std::optional<std::string> single(const kube::TokenVerdict& said, std::string_view key) {
  const auto found = said.extra.find(key);
  if (found == said.extra.end() || found->second.size() != 1) return std::nullopt;
  return found->second.front();
}

std::optional<std::string> node_of(const kube::TokenVerdict& said, const NodeOfPod& node_of_pod) {
  // A claim that is there and cannot be read is not made good by another.
  if (said.extra.contains(kNodeName)) return single(said, kNodeName);
  const auto pod = single(said, kPodUid);
  return pod && node_of_pod ? node_of_pod(*pod) : std::nullopt;
}

bool has(const std::vector<std::string>& list, const std::string& wanted) {
  return std::ranges::find(list, wanted) != list.end();
}

}  // namespace

Standing judge(const kube::TokenVerdict& said, const IdentityRules& rules,
               const NodeOfPod& node_of_pod) {
  if (!said.authenticated) return unauthenticated("token: the API server does not stand for it");
  if (!has(said.audiences, rules.audience)) return unauthenticated("token: for another audience");
  if (said.user != rules.user) return forbidden("token: not of the profilers' service account");
  auto node = node_of(said, node_of_pod);
  if (!node || !is_dns_subdomain(*node)) return forbidden("token: bound to no node we know of");
  return {.access = Access::granted, .node = *std::move(node)};
}

std::optional<Standing> refuse_early(const Result<Jwt>& token, const IdentityRules& rules) {
  if (!token) return unauthenticated(token.error().message());
  if (!has(token->audiences, rules.audience)) return unauthenticated("token: for another audience");
  if (token->subject != rules.user) {
    return forbidden("token: not of the profilers' service account");
  }
  return std::nullopt;
}

Result<std::string> user_of(std::string_view service_account) {
  const std::size_t colon = service_account.find(':');
  const bool good = colon != std::string_view::npos &&
                    is_dns_subdomain(service_account.substr(0, colon)) &&
                    is_dns_subdomain(service_account.substr(colon + 1));
  if (!good) return invalid("expected NAMESPACE:NAME of a service account");
  return "system:serviceaccount:" + std::string(service_account);
}

TokenKey key_of(std::string_view token) {
  TokenKey key{};
  EVP_Digest(token.data(), token.size(), key.data(), nullptr, EVP_sha256(), nullptr);
  return key;
}

}  // namespace kernwise::ingest
