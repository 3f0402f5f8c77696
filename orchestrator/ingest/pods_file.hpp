// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "common/base/file.hpp"
#include "common/base/result.hpp"
#include "orchestrator/view/names.hpp"

namespace kernwise::ingest {

/// `--pods FILE`, read again whenever it changes.
class PodsFile {
 public:
  explicit PodsFile(std::string path) : path_(std::move(path)) {}

  /// The names of the file when it is new or has changed since the last call, else no value. An
  /// error once per change when it cannot be read or understood; the names before stay in force.
  [[nodiscard]] Result<std::optional<view::NameBook>> refresh();

 private:
  std::string path_;
  std::optional<FileStamp> seen_;
};

}  // namespace kernwise::ingest
