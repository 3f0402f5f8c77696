// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "test/controlplane/credentials.hpp"
#include "test/controlplane/folder.hpp"
#include "test/controlplane/programs.hpp"
#include "test/demo/process.hpp"

/// A real Kubernetes control plane on loopback for the tests. See README.md in this folder.
namespace kernwise::test {

/// An audit policy: each write once, when it is done, with who, what and how it ended.
inline constexpr const char* kAuditWrites =
    "apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules:\n"
    "- {level: Metadata, verbs: [create, update, patch, delete, deletecollection]}\n"
    "- {level: None}\n";

struct ClusterOptions {
  unsigned nodes = 0;              ///< fake ones, `node-000`..., Ready when up() returns
  bool controller_manager = true;  ///< without it: no ReplicaSets' pods, no service accounts
  bool scheduler = true;           ///< the default one, without extenders
  std::string audit_policy = {};   ///< as kAuditWrites; the log is audit_log(). Empty = none
  std::vector<std::string> api_server = {};  ///< more flags for it
};

/// A token for a service account, as a profiler's pod gets one.
struct TokenWish {
  std::string account_namespace, account;
  std::string audience = {};           ///< empty = the API server's own
  std::string pod = {}, pod_uid = {};  ///< the pod it is bound to; empty = unbound
  std::string duration = "1h";         ///< the API server gives ten minutes at least
};

/// etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kwok, as processes of ours.
/// They end with the destructor, last started first, and with the calling thread however it ends;
/// their folder goes too. Make it from the main thread.
class Cluster {
 public:
  /// Starts all and waits until each says it is ready. Errors: the programs are missing (see
  /// controlplane_programs()), or which program did not become ready, with its last words.
  [[nodiscard]] static Result<std::unique_ptr<Cluster>> up(const ClusterOptions& options = {});
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  /// For `kubectl --kubeconfig`: the administrator, with the cluster's CA.
  [[nodiscard]] std::string kubeconfig() const { return layout_.kubeconfig("admin"); }
  [[nodiscard]] std::string ca_file() const { return layout_.ca_file(); }
  [[nodiscard]] std::string url() const { return layout_.url(); }  ///< https://127.0.0.1:PORT
  [[nodiscard]] std::uint16_t api_port() const { return layout_.api.number(); }
  [[nodiscard]] const std::string& admin_token() const { return tokens_.admin; }
  [[nodiscard]] std::string audit_log() const { return layout_.audit_log(); }
  [[nodiscard]] const std::string& folder() const { return layout_.folder; }
  [[nodiscard]] const std::string& programs() const { return layout_.programs; }

  /// Programs by name: etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kwok and
  /// those of start_scheduler(). -1 when it does not run.
  [[nodiscard]] pid_t pid(const std::string& name);
  /// SIGSTOP and SIGCONT make it hang and go on; SIGKILL is a crash, after which start() works.
  [[nodiscard]] Result<> signal(const std::string& name, int number);
  [[nodiscard]] Result<> stop(const std::string& name);
  /// Starts a stopped or crashed program again, on its old port and with its data, and waits until
  /// it is ready.
  [[nodiscard]] Result<> start(const std::string& name);
  /// Errors: which program has ended by itself, with its last words.
  [[nodiscard]] Result<> all_running();
  /// The end of what the program wrote to stderr.
  [[nodiscard]] std::string last_words(const std::string& name);

  /// One more scheduler. `config` is the text of a KubeSchedulerConfiguration; how it reaches the
  /// API server is put in. `name` is neither the name of another program nor a path. `flags` go
  /// after ours.
  [[nodiscard]] Result<> start_scheduler(const std::string& name, const std::string& config,
                                         const std::vector<std::string>& flags = {});
  /// More fake nodes: `node-FIRST`... Returns when they are there; await_nodes() waits until
  /// all are Ready and, where a controller manager runs, free of taints.
  [[nodiscard]] Result<> add_nodes(const std::vector<std::string>& names);
  [[nodiscard]] Result<> await_nodes();

  /// What kubectl printed. Errors: it failed, with what it said.
  [[nodiscard]] Result<std::string> kubectl(const std::vector<std::string>& arguments,
                                            const std::string& input = {});
  [[nodiscard]] Result<std::string> service_account_token(const TokenWish& wish);
  /// A namespace of that name, with its default service account when a controller manager runs: a
  /// case that has one of its own can share the cluster with others.
  [[nodiscard]] Result<> make_namespace(const std::string& name);

 private:
  struct Member;
  Cluster(Folder folder, Layout layout, Tokens tokens);
  [[nodiscard]] Result<> prepare(const ClusterOptions& options);
  [[nodiscard]] Result<> launch(const ClusterOptions& options);
  [[nodiscard]] Result<> add(Program program);
  [[nodiscard]] Result<> await_ready(Member& member);
  [[nodiscard]] Member* find(const std::string& name);
  [[nodiscard]] Result<Member*> require(const std::string& name);

  Folder folder_;
  Layout layout_;
  Tokens tokens_;
  std::vector<Port> ports_;  // of the programs that need nothing but a port
  std::vector<std::unique_ptr<Member>> members_;
};

/// `node-000`, `node-001`, ...
[[nodiscard]] std::vector<std::string> node_names(unsigned count, unsigned first = 0);

}  // namespace kernwise::test
