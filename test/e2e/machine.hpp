// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <catch2/catch_test_macros.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/base/result.hpp"
#include "common/http/client.hpp"
#include "test/demo/process.hpp"
#include "test/demo/scratch.hpp"
#include "test/demo/services.hpp"
#include "test/support/eventually.hpp"

/// What end-to-end tests need to know about the machine they run on.
namespace kernwise::e2e {

using test::eventually;

/// Skips the test with the reason where this machine cannot run kernel programs: not root, no BTF,
/// no cgroup2. With KERNWISE_REQUIRE_KERNEL=1 that is a failure.
void need_kernel();

/// Skips the test unless `program` is in the PATH; a failure with KERNWISE_REQUIRE_KERNEL=1.
void need_program(const std::string& program);

/// Fails the test with the error's text.
template <class T>
void require(const Result<T>& outcome) {
  INFO((outcome ? std::string() : outcome.error().message()));
  REQUIRE(outcome.has_value());
}

/// The same, and the result's content.
template <class T>
T required(Result<T> outcome) {
  require(outcome);
  return std::move(*outcome);
}

/// The programs of this build.
[[nodiscard]] demo::Places places();
[[nodiscard]] std::string demo_program();

/// A Prometheus that scrapes each target every second.
class Prometheus {
 public:
  struct Target {
    std::string job, address;
  };
  /// Fails the test when it does not start. Its files are in `scratch`.
  Prometheus(const demo::Scratch& scratch, const std::vector<Target>& targets);

  [[nodiscard]] const http::Url& origin() const { return origin_; }
  [[nodiscard]] std::string last_words() const { return process_.last_words(); }

 private:
  http::Url origin_;
  demo::Process process_;
};

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

}  // namespace kernwise::e2e
