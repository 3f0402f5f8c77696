// SPDX-License-Identifier: Apache-2.0
#include "test/support/manifests.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <sstream>

#include "common/base/file.hpp"
#include "common/base/yaml.hpp"

namespace kernwise::test {
namespace {

/// A file holds documents behind lines of `---`.
std::vector<std::string> documents_of(const std::string& text) {
  std::vector<std::string> documents(1);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line == "---") {
      documents.emplace_back();
    } else {
      documents.back().append(line).append("\n");
    }
  }
  return documents;
}

void add_rule(const YAML::Node& rule, const std::string& suffix, std::set<std::string>& all) {
  for (const auto& group : rule["apiGroups"]) {
    for (const auto& resource : rule["resources"]) {
      for (const auto& verb : rule["verbs"]) {
        all.insert(group.as<std::string>() + "/" + resource.as<std::string>() + " " +
                   verb.as<std::string>() + suffix);
      }
    }
  }
}

}  // namespace

std::string manifests_folder() {
  return KERNWISE_MANIFESTS;
}

std::vector<ManifestObject> manifest_objects(const std::string& folder) {
  std::vector<ManifestObject> objects;
  const std::filesystem::path root = manifests_folder();
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
    if (entry.path().extension() != ".yaml") continue;
    const std::string file = std::filesystem::relative(entry.path(), root);
    const auto text = read_file(entry.path());
    INFO(file);
    REQUIRE(text.has_value());
    for (const std::string& document : documents_of(*text)) {
      const auto parsed = yaml::parse(document);
      INFO((parsed ? std::string() : parsed.error().message()));
      REQUIRE(parsed.has_value());
      REQUIRE(parsed->root.IsMap());
      objects.push_back({file, parsed->root});
    }
  }
  return objects;
}

std::set<std::string> granted(const std::vector<ManifestObject>& objects) {
  std::set<std::string> all;
  for (const ManifestObject& object : objects) {
    const bool role = object.kind() == "Role", cluster_role = object.kind() == "ClusterRole";
    if (!role && !cluster_role) continue;
    for (const auto& rule : object.root["rules"]) add_rule(rule, role ? " own" : "", all);
  }
  return all;
}

}  // namespace kernwise::test
