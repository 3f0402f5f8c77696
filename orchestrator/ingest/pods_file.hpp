// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <memory>
#include <optional>
#include <string>

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
  /// What tells one version of a file from the next, also when it is replaced by renaming.
  struct Stamp {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = -1;
    timespec changed{};
    bool operator==(const Stamp& other) const;
  };

  std::string path_;
  std::optional<Stamp> seen_;
};

}  // namespace kernwise::ingest
