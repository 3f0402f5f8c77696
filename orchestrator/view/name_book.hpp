// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/report/pods_file.hpp"
#include "common/report/report.hpp"
#include "orchestrator/view/shared_map.hpp"

namespace kernwise::view {

struct NamedContainer {
  std::string id, name;                  ///< id: 64 hex digits
  std::optional<double> request, limit;  ///< cores
  bool operator==(const NamedContainer&) const = default;
};

/// A pod as somebody named it for us.
struct NamedPod {
  std::string uid;
  std::string config_hash;          ///< the UID that cgroups of a static pod have instead
  std::optional<std::string> node;  ///< only that node has it; no value: not said
  /// Namespace, pod and workload; container, request and limit where they hold for all of the pod.
  report::Name name;
  std::string app, image;
  std::int64_t priority = 0;
  /// No decisions about it: `kernwise.io/ignore` (its own, else its workload's, else its
  /// namespace's) or the program's filter.
  bool ignored = false;
  bool host_network = false;               ///< its addresses are its node's
  std::vector<std::string> addresses;      ///< while it is not over
  std::vector<NamedContainer> containers;  ///< those that have started
  std::vector<std::pair<std::string, std::string>> labels;
  bool operator==(const NamedPod&) const = default;
};

/// Who is who, from a pods file or from the cluster. Immutable; a change makes a new book that
/// shares the rest with the old one.
class NameBook {
 public:
  /// Who has an address, a container id or a static pod's hash: usually one. Sorted.
  using Claims = std::vector<std::string>;
  using Annotations = std::map<std::string, std::string, std::less<>>;

  struct Tables {
    SharedMap<std::shared_ptr<const NamedPod>> pods;  ///< by UID
    SharedMap<Claims> static_pods;                    ///< by `node/config hash`: UIDs
    SharedMap<Claims> containers;                     ///< by container id: UIDs
    SharedMap<Claims> addresses;                      ///< of pods: UIDs
    SharedMap<Claims> service_ports;                  ///< by `address:port`: `namespace/name`
    SharedMap<std::string> services;  ///< `namespace/name` -> workload of all its endpoints; empty
                                      ///< when there is none or more than one
    SharedMap<Annotations> annotations;  ///< ours, of `namespace` and of `namespace/Kind/name`
  };

  NameBook() = default;
  /// The pods of a file. They may be on any node, and others may exist.
  explicit NameBook(const std::vector<report::PodEntry>& pods);
  /// The pods of a cluster: all there are, each on its node.
  explicit NameBook(Tables tables) : tables_(std::move(tables)), complete_(true) {}

  /// The pod of a cgroup on that node: by UID, static pods by their hash, a cgroup whose path has
  /// no UID by its container id. Pods of other nodes are not found.
  [[nodiscard]] const NamedPod* find(std::string_view node, std::string_view uid,
                                     std::string_view container_id = {}) const;
  /// The pod with that UID wherever it is, or nullptr.
  [[nodiscard]] const NamedPod* pod(std::string_view uid) const;
  /// The one pod that has this address for itself, or nullptr.
  [[nodiscard]] const NamedPod* pod_at(std::string_view address) const;
  /// `namespace/Kind/name` of who answers there: a service's port stands for the workload behind
  /// it, a pod's address for its own. Empty when nobody known or more than one workload does.
  [[nodiscard]] std::string workload_at(std::string_view address, std::uint16_t port) const;
  /// What the workload of a pod, else its namespace, says by an annotation of ours; empty: nothing.
  /// The pod's own word comes before that.
  [[nodiscard]] std::string_view inherited(std::string_view pod_namespace,
                                           std::string_view workload, std::string_view key) const;

  /// What to answer to the profiler of `node`, which asks for these; what nobody knows is left out,
  /// and so is a container that its pod's status does not list yet.
  [[nodiscard]] std::vector<report::NameEntry> answer(
      std::string_view node, const std::vector<report::NameRequest>& wanted) const;

  [[nodiscard]] std::size_t size() const { return tables_.pods.size(); }
  /// Pods that are not in it do not exist: what reports say of names beside it counts for nothing.
  [[nodiscard]] bool complete() const { return complete_; }
  [[nodiscard]] const Tables& tables() const { return tables_; }

 private:
  [[nodiscard]] const NamedPod* on_node(const SharedMap<Claims>& claims, std::string_view key,
                                        std::string_view node) const;

  Tables tables_;
  bool complete_ = false;
};

/// The names of one container of a pod: those of the pod where the container is not listed.
[[nodiscard]] report::Name name_of(const NamedPod& pod, std::string_view container_id);

}  // namespace kernwise::view
