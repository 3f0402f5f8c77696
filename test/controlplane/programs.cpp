// SPDX-License-Identifier: Apache-2.0
#include "test/controlplane/programs.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "test/controlplane/run.hpp"

namespace kernwise::test {
namespace {

/// Only what listens on loopback asks for this: probes without a token.
constexpr const char* kOpenPaths =
    "--authorization-always-allow-paths=/healthz,/readyz,/livez,/metrics";

/// Flags of every server of Kubernetes: where it listens and where its certificate lies.
std::vector<std::string> serving(const Layout& layout, const Port& port, const std::string& name) {
  return {"--bind-address=127.0.0.1", "--secure-port=" + std::to_string(port.number()),
          "--permit-port-sharing=true", "--cert-dir=" + layout.folder + "/" + name};
}

void append(std::vector<std::string>& list, const std::vector<std::string>& more) {
  list.insert(list.end(), more.begin(), more.end());
}

std::string trimmed(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

}  // namespace

Result<std::string> controlplane_programs() {
  const char* minor = std::getenv("KERNWISE_CONTROLPLANE_MINOR");
  Run build{.program = KERNWISE_CONTROLPLANE_BUILD, .arguments = {"--check"}};
  if (minor != nullptr && *minor != '\0') append(build.arguments, {"--minor", minor});
  const auto ended = run(build);
  if (!ended) return ended.error();
  if (ended->status != 0)
    return invalid("no control plane: " + trimmed(ended->output + ended->errors));
  return trimmed(ended->output);
}

Program etcd(const Layout& layout) {
  const std::string clients = "http://" + layout.etcd.address();
  const std::string peers = "http://" + layout.etcd_peer.address();
  return {.name = "etcd",
          .path = layout.programs + "/etcd",
          .arguments = {"--data-dir=" + layout.folder + "/etcd", "--listen-client-urls=" + clients,
                        "--advertise-client-urls=" + clients, "--listen-peer-urls=" + peers,
                        "--initial-advertise-peer-urls=" + peers,
                        "--initial-cluster=default=" + peers, "--socket-reuse-port=true",
                        // A test's data is not worth a wait for the disk.
                        "--unsafe-no-fsync", "--quota-backend-bytes=1073741824"}};
}

Program api_server(const Layout& layout, bool audited, const std::vector<std::string>& more) {
  Program program{.name = "kube-apiserver",
                  .path = layout.programs + "/kube-apiserver",
                  .arguments = serving(layout, layout.api, "kube-apiserver"),
                  .ready_url = layout.url() + "/readyz",
                  .ca_file = layout.ca_file()};
  append(program.arguments,
         {"--advertise-address=127.0.0.1", "--etcd-servers=http://" + layout.etcd.address(),
          "--token-auth-file=" + layout.folder + "/tokens.csv",
          "--service-account-issuer=https://kubernetes.default.svc",
          "--service-account-key-file=" + layout.folder + "/sa.pub",
          "--service-account-signing-key-file=" + layout.folder + "/sa.key",
          "--service-cluster-ip-range=10.0.0.0/24", "--endpoint-reconciler-type=none",
          "--allow-privileged=true", "--authorization-mode=RBAC,Node"});
  if (audited) {
    append(program.arguments, {"--audit-policy-file=" + layout.audit_policy(),
                               "--audit-log-path=" + layout.audit_log()});
  }
  append(program.arguments, more);
  return program;
}

Program controller_manager(const Layout& layout, const Port& port) {
  const std::string name = "kube-controller-manager";
  Program program{.name = name,
                  .path = layout.programs + "/" + name,
                  .arguments = serving(layout, port, name),
                  .ready_url = "https://" + port.address() + "/healthz",
                  .ca_file = layout.folder + "/" + name + "/" + name + ".crt"};
  append(program.arguments,
         {"--kubeconfig=" + layout.kubeconfig("controller-manager"),
          "--service-account-private-key-file=" + layout.folder + "/sa.key",
          "--root-ca-file=" + layout.ca_file(), "--use-service-account-credentials=false",
          "--leader-elect=false", "--kube-api-qps=1000", "--kube-api-burst=1000", kOpenPaths});
  return program;
}

Program scheduler(const Layout& layout, const Port& port, const std::string& name,
                  const std::string& config_file) {
  Program program{.name = name,
                  .path = layout.programs + "/kube-scheduler",
                  .arguments = serving(layout, port, name),
                  .ready_url = "https://" + port.address() + "/readyz",
                  .ca_file = layout.folder + "/" + name + "/kube-scheduler.crt"};
  append(program.arguments, {"--config=" + config_file, kOpenPaths});
  return program;
}

Result<Program> kwok(const Layout& layout) {
  Program program{.name = "kwok",
                  .path = layout.programs + "/kwok",
                  .arguments = {"--kubeconfig=" + layout.kubeconfig("kwok"),
                                "--manage-all-nodes=true", "--node-lease-duration-seconds=40"}};
  std::error_code failure;
  std::vector<std::string> stages;
  for (const auto& entry :
       std::filesystem::directory_iterator(layout.programs + "/stages", failure))
    stages.push_back("--config=" + entry.path().string());
  if (stages.empty()) return invalid("kwok has no stage files in " + layout.programs);
  std::ranges::sort(stages);
  append(program.arguments, stages);
  return program;
}

}  // namespace kernwise::test
