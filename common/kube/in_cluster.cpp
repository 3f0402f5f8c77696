// SPDX-License-Identifier: Apache-2.0
#include "common/base/file.hpp"
#include "common/http/syntax.hpp"
#include "common/kube/access.hpp"

namespace kernwise::kube {
namespace {

constexpr std::size_t kMaxName = 253;

std::string value_of(const Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string() : found->second;
}

}  // namespace

Result<Access> in_cluster_access(const Environment& environment, const std::string& root) {
  const auto host = value_of(environment, "KUBERNETES_SERVICE_HOST");
  const auto port = value_of(environment, "KUBERNETES_SERVICE_PORT");
  if (host.empty() || port.empty()) {
    return invalid("not in a pod: KUBERNETES_SERVICE_HOST and _PORT are not set");
  }
  if (!http::is_authority(host)) return invalid("KUBERNETES_SERVICE_HOST: not a host");
  if (const auto number = http::decimal(port); !number || *number == 0 || *number > 65'535) {
    return invalid("KUBERNETES_SERVICE_PORT: not a port");
  }
  const std::string folder = root + "/var/run/secrets/kubernetes.io/serviceaccount";
  Access access{.origin = {.scheme = "https", .host = host, .port = port},
                .tls = {.ca_file = folder + "/ca.crt"},
                .name_space = "default",
                .token_file = folder + "/token"};
  for (const auto& file : {access.tls.ca_file, access.token_file}) {
    if (auto readable = read_file(file); !readable) return wrap(readable.error(), "in a pod");
  }
  if (auto name = read_file(folder + "/namespace", kMaxName); name && !name->empty()) {
    access.name_space = name->substr(0, name->find('\n'));
  }
  return access;
}

}  // namespace kernwise::kube
