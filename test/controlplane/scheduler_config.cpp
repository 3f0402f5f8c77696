// SPDX-License-Identifier: Apache-2.0
#include "test/controlplane/scheduler_config.hpp"

#include <yaml-cpp/yaml.h>

#include <functional>

#include "common/base/file.hpp"

namespace kernwise::test {
namespace {

/// The text after `edit` has changed what it wants of the map.
Result<std::string> edited(const std::string& text,
                           const std::function<Result<>(YAML::Node&)>& edit) {
  try {
    auto root = YAML::Load(text);
    if (!root.IsMap()) return invalid("scheduler configuration: not a map");
    if (auto done = edit(root); !done) return done.error();
    return YAML::Dump(root);
  } catch (const YAML::Exception& complaint) {
    return invalid(std::string("scheduler configuration: ") + complaint.what());
  }
}

}  // namespace

Result<std::string> connect_scheduler(const std::string& config, const std::string& kubeconfig) {
  return edited(config, [&](YAML::Node& root) -> Result<> {
    auto connection = root["clientConnection"];
    connection["kubeconfig"] = kubeconfig;
    connection["qps"] = 1000;
    connection["burst"] = 1000;
    return {};
  });
}

Result<std::string> shipped_config(const std::string& file, const std::string& url) {
  const auto text = read_file(std::string(KERNWISE_SCHEDULER_CONFIG) + "/" + file);
  if (!text) return text.error();
  return edited(*text, [&](YAML::Node& root) -> Result<> {
    auto extenders = root["extenders"];
    if (!extenders.IsSequence() || extenders.size() != 1)
      return invalid(file + ": extenders: expected one");
    extenders[0]["urlPrefix"] = url;
    return {};
  });
}

}  // namespace kernwise::test
