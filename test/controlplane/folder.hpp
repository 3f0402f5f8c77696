// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/base/fd.hpp"
#include "common/base/result.hpp"

namespace kernwise::test {

/// A new folder below /var/tmp, removed with all that is in it by the destructor. It holds a lock
/// while its owner lives: whoever makes the next one removes what a killed owner left behind.
class Folder {
 public:
  [[nodiscard]] static Result<Folder> make();
  Folder(Folder&& other) noexcept;
  Folder& operator=(Folder&&) = delete;
  ~Folder();
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  Folder(std::string path, Fd lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  std::string path_;
  Fd lock_;
};

}  // namespace kernwise::test
