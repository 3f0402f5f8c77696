// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/base/yaml.hpp"

namespace kernwise::kube {

/// `path` as seen from `folder`; an absolute one stays.
[[nodiscard]] std::string beside(const std::string& folder, const std::string& path);

/// A place in a kubeconfig, which knows its path for complaints (`users[jo].user.exec`).
class ConfigField {
 public:
  ConfigField(const YAML::Node& node, std::string path) : node_(node), path_(std::move(path)) {}

  [[nodiscard]] bool present() const { return node_.IsDefined() && !node_.IsNull(); }
  [[nodiscard]] Error complaint(const std::string& what) const;

  /// This as text of at most 64 KiB; empty when it is not there.
  [[nodiscard]] Result<std::string> text() const;
  [[nodiscard]] Result<std::string> text(const std::string& key) const;
  [[nodiscard]] Result<bool> truth(const std::string& key) const;
  /// A mapping, or one that is not present.
  [[nodiscard]] Result<ConfigField> child(const std::string& key) const;
  /// The elements of a list of at most `max`; none when it is not there.
  [[nodiscard]] Result<std::vector<ConfigField>> children(const std::string& key,
                                                          std::size_t max) const;
  /// Of a list of `{name, <part>}` the `part` of the element called `name`.
  [[nodiscard]] Result<ConfigField> named(const std::string& list, const std::string& name,
                                          const std::string& part) const;
  /// `key: why` when it is there.
  [[nodiscard]] Result<> refuse(const std::string& key, const std::string& why) const;
  /// `key-data` (PEM in base64) into `pem`, else the file that `key` names into `file`.
  [[nodiscard]] Result<> pem(const std::string& key, const std::string& folder, std::string& file,
                             std::string& pem) const;

 private:
  [[nodiscard]] ConfigField at(const std::string& key) const;
  YAML::Node node_;
  std::string path_;
};

}  // namespace kernwise::kube
