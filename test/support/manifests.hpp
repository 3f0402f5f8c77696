// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <yaml-cpp/yaml.h>

#include <set>
#include <string>
#include <vector>

namespace kernwise::test {

/// One object of a manifest and the file it stands in, relative to manifests/.
struct ManifestObject {
  std::string file;
  YAML::Node root;
  [[nodiscard]] std::string kind() const { return root["kind"].as<std::string>(""); }
  [[nodiscard]] std::string name() const { return root["metadata"]["name"].as<std::string>(""); }
};

/// The folder manifests/ of this source tree.
[[nodiscard]] std::string manifests_folder();

/// All objects below manifests/`folder`. A file that is no YAML fails the test that asks.
[[nodiscard]] std::vector<ManifestObject> manifest_objects(const std::string& folder);

/// `group/resource verb`, for Role and not for ClusterRole with ` own` behind.
[[nodiscard]] std::set<std::string> granted(const std::vector<ManifestObject>& objects);

}  // namespace kernwise::test
