// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.hpp"
#include "common/http/client.hpp"

/// Where the API server is, and who we are to it.
namespace kernwise::kube {

using Environment = std::map<std::string, std::string, std::less<>>;

/// A program that hands out credentials (client.authentication.k8s.io), as cloud providers ship
/// them. Whoever waits for answers must not run one: it takes as long as it takes.
struct CredentialPlugin {
  std::string api_version = {};  ///< `client.authentication.k8s.io/v1` or `.../v1beta1`
  std::string command = {};      ///< with a slash: a file, absolute; without: looked for in PATH
  std::vector<std::string> arguments = {};
  std::vector<std::pair<std::string, std::string>> environment = {};  ///< beside ours
  std::string install_hint = {};  ///< shown when it is not there
  bool wants_cluster = false;     ///< provideClusterInfo
};

struct Access {
  http::Url origin = {};
  http::TlsOptions tls = {};    ///< the server's certificate is always verified
  std::string name_space = {};  ///< where the user works; `default` when nobody says
  std::string token = {};
  std::string token_file = {};  ///< read for each request, since it is rotated; goes before `token`
  std::optional<CredentialPlugin> plugin = {};
};

/// As a pod: the address from KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT, token, authority
/// and namespace from /var/run/secrets/kubernetes.io/serviceaccount below `root`. Errors: not in a
/// pod.
[[nodiscard]] Result<Access> in_cluster_access(const Environment& environment,
                                               const std::string& root = {});

/// The text of a kubeconfig; files it names are found relative to `folder`. `context`: empty = the
/// current one. Errors name the field (`users[jo].user.exec.command: expected a string`), also for
/// what would weaken the connection and is not supported: insecure-skip-tls-verify, proxies, plain
/// http to other machines, passwords.
[[nodiscard]] Result<Access> parse_kubeconfig(std::string_view text, const std::string& folder,
                                              const std::string& context = {});
/// The file at `path`, of at most 1 MiB.
[[nodiscard]] Result<Access> kubeconfig_access(const std::string& path,
                                               const std::string& context = {});

}  // namespace kernwise::kube
