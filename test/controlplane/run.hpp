// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "common/base/result.hpp"

namespace kernwise::test {

/// What a program that has ended wrote.
struct Ended {
  int status = 0;  ///< its exit code, or 128 + the signal that ended it
  std::string output, errors;
};

/// A program to run to its end.
struct Run {
  std::string program;  ///< a path
  std::vector<std::string> arguments = {};
  std::string input = {};  ///< for its stdin
  std::chrono::milliseconds patience{60'000};
};

/// Runs it and waits; it is killed when it does not end in time, or with us.
/// Errors: it cannot be started, or it took too long.
[[nodiscard]] Result<Ended> run(const Run& what);

}  // namespace kernwise::test
