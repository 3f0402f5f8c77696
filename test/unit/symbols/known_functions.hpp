// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// Functions of the test program itself, whose names and addresses the tests know.
extern "C" int kw_test_plain_function(int value);

namespace kernwise::known {

struct Worker {
  int multiply(int value) const;
};

template <class T>
int sized(T value);

}  // namespace kernwise::known

namespace kernwise::test {

/// An address as a number.
template <class Function>
std::uint64_t address_of(Function* function) {
  return reinterpret_cast<std::uint64_t>(function);
}

std::uint64_t address_of_multiply();
std::uint64_t address_of_sized();

/// A file of its own that is removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }
  /// Writes `bytes` to a file and returns its path.
  std::string write(const std::string& name, const std::string& bytes) const;

 private:
  std::string path_;
};

/// The whole content of a file.
std::string content_of(const std::string& path);

}  // namespace kernwise::test
