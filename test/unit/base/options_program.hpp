// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <catch2/catch_all.hpp>
#include <string>
#include <vector>

#include "common/base/options.hpp"
#include "test/support/show_result.hpp"

/// A program with an option of every kind, and short ways to start it.
namespace kernwise::options {

using Arguments = std::vector<std::string>;

inline Program program() {
  return {"kernwise-test",
          "Tests options.",
          "KERNWISE_TEST_",
          {{"window", "5s", duration("1s", "60s"), "Report interval"},
           {"discovery.mode", "orchestrator", one_of({"orchestrator", "kubelet", "file"}), "Names"},
           {"discovery.kubelet_interval", "30s", duration("1s", "1h"), "Pause"},
           {"bpf.enabled", "true", boolean(), "Kernel programs"},
           {"bpf.budget", "1", number(0, 100), "Percent"},
           {"limit", "10", integer(1, 1000), "Count"},
           {"listen", "127.0.0.1:5000", endpoint(), "Address"},
           {"orchestrator.url", "", any_text(), "Where to"},
           {"filter.namespaces", "", list(), "Only these"},
           {"filter.exclude", "kube-system,kube-public", list(), "Not these"}}};
}

/// Why it does not start, or `accepted`.
inline std::string complaint(const Arguments& arguments, const Environment& environment = {}) {
  const Result<Outcome> outcome = load(program(), arguments, environment);
  return outcome ? "accepted" : outcome.error().message();
}

inline Settings settings(const Arguments& arguments, const Environment& environment = {}) {
  Result<Outcome> outcome = load(program(), arguments, environment);
  REQUIRE(outcome);
  REQUIRE(outcome->settings);
  return std::move(*outcome->settings);
}

}  // namespace kernwise::options
