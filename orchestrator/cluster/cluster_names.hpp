// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "common/kube/objects.hpp"
#include "orchestrator/cluster/owners.hpp"
#include "orchestrator/view/name_book.hpp"

namespace kernwise::cluster {

/// Whose pods no decisions are made about. An exclusion beats an inclusion.
struct NameFilter {
  std::set<std::string, std::less<>> exclude_namespaces;
  std::set<std::string, std::less<>> namespaces;  ///< empty: all
  [[nodiscard]] bool ignores(std::string_view name_space) const {
    return exclude_namespaces.contains(name_space) ||
           (!namespaces.empty() && !namespaces.contains(name_space));
  }
};

/// Keeps the book of names like the objects of the cluster: takes each change of them and gives,
/// when asked, a book in which only what follows from these changes is made anew. No I/O, no clock;
/// one thread. Objects may come in any order.
class ClusterNames {
 public:
  explicit ClusterNames(NameFilter filter = {}) : filter_(std::move(filter)) {}

  // What has changed, before and after; nullptr before it was there and after it is gone.
  void pod(const std::shared_ptr<const kube::Pod>& before,
           const std::shared_ptr<const kube::Pod>& after);
  void controller(const std::shared_ptr<const kube::Controller>& before,
                  const std::shared_ptr<const kube::Controller>& after);
  void service(const std::shared_ptr<const kube::Service>& before,
               const std::shared_ptr<const kube::Service>& after);
  void endpoints(const std::shared_ptr<const kube::EndpointSlice>& before,
                 const std::shared_ptr<const kube::EndpointSlice>& after);
  void name_space(const std::shared_ptr<const kube::Namespace>& before,
                  const std::shared_ptr<const kube::Namespace>& after);

  struct Update {
    std::shared_ptr<const view::NameBook> book;
    std::set<std::string> nodes;  ///< whose pods are called otherwise than in the book before
  };
  /// The book as of now; no value when nothing in it has changed since the last call.
  [[nodiscard]] std::optional<Update> publish();

 private:
  using Keys = std::set<std::string, std::less<>>;
  using Index = std::unordered_map<std::string, Keys>;
  struct Edits;

  void touch_children(const std::string& owner, int steps);
  void update_annotations(Edits& edits);
  void update_pod(const std::string& uid, Edits& edits);
  void update_service(const std::string& key, Edits& edits);
  [[nodiscard]] view::NamedPod named(const kube::Pod& pod, const Edits& edits) const;
  [[nodiscard]] std::string workload_behind(const std::string& service, const Edits& edits) const;

  NameFilter filter_;
  std::unordered_map<std::string, std::shared_ptr<const kube::Pod>> pods_;  ///< by UID
  Controllers controllers_;
  std::unordered_map<std::string, std::shared_ptr<const kube::Service>> services_;
  std::unordered_map<std::string, std::shared_ptr<const kube::EndpointSlice>> slices_;
  Index pods_of_owner_;         ///< UIDs by owner_key
  Index controllers_of_owner_;  ///< controller_key by owner_key
  Index pods_of_namespace_;     ///< UIDs
  Index slices_of_service_;     ///< by `namespace/name`
  Index slices_of_pod_;         ///< by UID

  Keys dirty_pods_, dirty_services_;
  std::map<std::string, view::NameBook::Annotations> dirty_annotations_;
  std::unordered_map<std::string, Keys> published_ports_;  ///< `address:port` by service
  view::NameBook::Tables tables_;
};

}  // namespace kernwise::cluster
