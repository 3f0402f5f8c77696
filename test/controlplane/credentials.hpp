// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "common/base/result.hpp"

namespace kernwise::test {

/// Who speaks to a control plane of the tests. Each is a user of its own, so that the audit log
/// tells them apart, and each is in group system:masters.
struct Tokens {
  std::string admin, scheduler, controller_manager, kwok;
};

/// New random tokens. Errors: the system has no random numbers.
[[nodiscard]] Result<Tokens> make_tokens();

/// The file of --token-auth-file. Users: admin, system:kube-scheduler,
/// system:kube-controller-manager, kwok.
[[nodiscard]] std::string token_file(const Tokens& tokens);

/// Writes a new RSA key pair for service account tokens: FOLDER/sa.key and FOLDER/sa.pub.
[[nodiscard]] Result<> write_service_account_keys(const std::string& folder);

/// A kubeconfig with one cluster and one user, who has a bearer token.
[[nodiscard]] std::string kubeconfig_text(const std::string& server, const std::string& ca_file,
                                          const std::string& user, const std::string& token);

/// Writes a file that only its owner may read. Errors: what refused it.
[[nodiscard]] Result<> write_private(const std::string& path, const std::string& text);

}  // namespace kernwise::test
