// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace kernwise::test {

/// One type of object that the fake API server keeps.
struct Resource {
  std::string group = {};  ///< empty = core
  std::string version = "v1";
  std::string plural, kind;
  bool namespaced = true;
  bool status = false;        ///< has a status subresource
  bool scale = false;         ///< has a scale subresource
  bool generation = false;    ///< counts changes of its spec
  bool custom = false;        ///< no strategic merge
  bool unconditional = true;  ///< a PUT may leave the resourceVersion out
  bool upsert = false;        ///< a PUT creates what is not there
  bool returns_gone = false;  ///< DELETE answers the object instead of a Status

  [[nodiscard]] std::string api_version() const {
    return group.empty() ? version : group + "/" + version;
  }
  /// `deployments.apps`, as messages of the API server name it.
  [[nodiscard]] std::string qualified() const {
    return group.empty() ? plural : plural + "." + group;
  }
  /// `Deployment.apps`. Events are checked as those of the core.
  [[nodiscard]] std::string qualified_kind() const {
    return group.empty() || kind == "Event" ? kind : kind + "." + group;
  }
};

class Resources {
 public:
  /// With what Kubernetes has of itself and Kernwise talks to.
  Resources();
  /// As a CustomResourceDefinition would.
  void define(Resource resource);
  [[nodiscard]] const Resource* find(std::string_view group, std::string_view version,
                                     std::string_view plural) const;
  [[nodiscard]] const Resource* of_kind(std::string_view api_version, std::string_view kind) const;
  [[nodiscard]] const std::deque<Resource>& all() const { return all_; }

 private:
  std::deque<Resource> all_;  // its elements stay where they are
};

/// What a path of the API means.
struct Target {
  const Resource* resource = nullptr;
  std::string name_space = {}, name = {}, subresource = {};
};
[[nodiscard]] std::optional<Target> parse_target(const Resources& resources, std::string_view path);

}  // namespace kernwise::test
