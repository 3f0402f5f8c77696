// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <functional>
#include <set>
#include <string>

#include "common/base/result.hpp"
#include "test/demo/services.hpp"

/// What end-to-end tests need to know about the machine they run on.
namespace kernwise::e2e {

/// Skips the test with the reason where this machine cannot run kernel programs: not root, no BTF,
/// no cgroup2. With KERNWISE_REQUIRE_KERNEL=1 that is a failure.
void need_kernel();

/// Skips the test unless `program` is in the PATH; a failure with KERNWISE_REQUIRE_KERNEL=1.
void need_program(const std::string& program);

/// A port that was free just now: Prometheus does not tell which one it took.
[[nodiscard]] std::string free_port();

/// Fails the test with the error's text.
template <class T>
void require(const Result<T>& outcome) {
  INFO((outcome ? std::string() : outcome.error().message()));
  REQUIRE(outcome.has_value());
}

/// The programs of this build.
[[nodiscard]] demo::Places places();
[[nodiscard]] std::string demo_program();

/// Everything that a demo could leave behind.
struct Traces {
  std::set<std::string> processes;  ///< of programs of this build, `pid path`
  std::set<std::string> cgroups;    ///< kernwise-demo-*
  std::set<std::string> folders;    ///< /var/tmp/kernwise-demo-*
  std::set<std::string> programs;   ///< loaded BPF programs, `id name`

  /// What is here and was not in `before`, one a line; empty = nothing.
  [[nodiscard]] std::string beyond(const Traces& before) const;
};
[[nodiscard]] Traces traces();

/// Asks again and again until `holds` or the time is over; true when it held. Real programs on a
/// real kernel have no event to wait for.
[[nodiscard]] bool eventually(std::chrono::seconds longest, const std::function<bool()>& holds);

}  // namespace kernwise::e2e
