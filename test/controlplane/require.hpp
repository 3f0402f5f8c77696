// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "test/controlplane/cluster.hpp"
#include "test/support/eventually.hpp"

namespace kernwise::test {

/// Why no control plane can run here; empty when one can.
[[nodiscard]] std::string controlplane_missing();
/// KERNWISE_REQUIRE_CONTROLPLANE=1: a test must fail instead of skipping.
[[nodiscard]] bool controlplane_required();

/// The cluster that the cases of one test program share. The first call makes it, with its options;
/// fails the test when it does not start. Cases keep apart by namespaces of their own.
[[nodiscard]] Cluster& shared_cluster(const ClusterOptions& options = {});

/// Fails the test with the error's text.
template <class T>
void require(const Result<T>& outcome) {
  INFO((outcome ? std::string() : outcome.error().message()));
  REQUIRE(outcome.has_value());
}

}  // namespace kernwise::test

/// Skips with the reason where no control plane can run; fails instead where it is required.
#define KW_REQUIRE_CONTROLPLANE()                                  \
  do {                                                             \
    const auto missing_ = kernwise::test::controlplane_missing();  \
    if (!missing_.empty()) {                                       \
      if (kernwise::test::controlplane_required()) FAIL(missing_); \
      SKIP(missing_);                                              \
    }                                                              \
  } while (false)
