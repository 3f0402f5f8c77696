// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "test/controlplane/port.hpp"

/// The programs of a control plane and how each is called.
namespace kernwise::test {

/// Where the built programs are; which minor is told by KERNWISE_CONTROLPLANE_MINOR. Errors: they
/// are not built (`./dev test controlplane` does it), or cannot be built because Go is missing.
[[nodiscard]] Result<std::string> controlplane_programs();

/// What the command lines need to know.
struct Layout {
  std::string programs;  ///< folder of the binaries
  std::string folder;    ///< where the cluster keeps everything
  Port etcd, etcd_peer, api;

  /// PEM of who signed the API server's certificate; the API server writes it.
  [[nodiscard]] std::string ca_file() const { return folder + "/kube-apiserver/apiserver.crt"; }
  [[nodiscard]] std::string url() const { return "https://" + api.address(); }
  [[nodiscard]] std::string kubeconfig(const std::string& user) const {
    return folder + "/" + user + ".kubeconfig";
  }
  [[nodiscard]] std::string audit_policy() const { return folder + "/audit-policy.yaml"; }
  [[nodiscard]] std::string audit_log() const { return folder + "/audit.log"; }
};

/// How one program is called, and how one knows that it is ready.
struct Program {
  std::string name;  ///< also its log's name
  std::string path;  ///< of the binary
  std::vector<std::string> arguments;
  std::string ready_url = {};  ///< 200 means ready; empty = ready once started
  std::string ca_file = {};    ///< for that address
};

[[nodiscard]] Program etcd(const Layout& layout);
/// `audited`: with the policy file of the layout. `more`: flags after ours.
[[nodiscard]] Program api_server(const Layout& layout, bool audited,
                                 const std::vector<std::string>& more);
[[nodiscard]] Program controller_manager(const Layout& layout, const Port& port);
/// A scheduler under a name of its own, with that configuration file.
[[nodiscard]] Program scheduler(const Layout& layout, const Port& port, const std::string& name,
                                const std::string& config_file);
/// Plays the kubelet of every node. Errors: its stage files are missing.
[[nodiscard]] Result<Program> kwok(const Layout& layout);

}  // namespace kernwise::test
