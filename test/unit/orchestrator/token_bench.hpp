// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <catch2/catch_all.hpp>
#include <deque>

#include "orchestrator/ingest/authenticator.hpp"
#include "test/support/show_result.hpp"
#include "test/support/signer.hpp"

// What the tests of tokens have in common: what an API server says, and when.
namespace kernwise::ingest {

using test::Signer;
using test::TokenClaims;

inline constexpr const char* kUser = "system:serviceaccount:kernwise-profiler:kernwise-profiler";
inline const std::string kNode = "authentication.kubernetes.io/node-name";
inline const std::string kPod = "authentication.kubernetes.io/pod-uid";

inline kube::TokenVerdict good(const std::string& node = "n1") {
  kube::TokenVerdict said;
  said.authenticated = true;
  said.user = kUser;
  said.extra = {{kNode, {node}}};
  said.audiences = {"kernwise-orchestrator"};
  return said;
}

inline kube::TokenVerdict changed(const std::function<void(kube::TokenVerdict&)>& change) {
  auto verdict = good();
  change(verdict);
  return verdict;
}

inline std::optional<std::string> node_of_pod(const std::string& uid) {
  return uid == "pod-on-n2" ? std::optional<std::string>("n2") : std::nullopt;
}

inline Error away(int status = 503) {
  return {.code = kube::status(status), .context = "review token"};
}

/// An authenticator with a clock and an API server of this test.
struct Bench {
  using Answer = kube::Then<kube::TokenVerdict>;

  explicit Bench(Authenticator::Bounds bounds = {}) {
    authenticator.emplace(
        IdentityRules{.user = kUser},
        Authenticator::Ports{
            .review = [this](const std::string&, Answer then) { asked.push_back(std::move(then)); },
            .node_of_pod = node_of_pod,
            .keys = [this] { return keys ? &*keys : nullptr; },
            .now = [this] { return now; },
            .count = [this](std::string_view result) { counted.emplace_back(result); }},
        bounds);
  }

  void pass(std::chrono::milliseconds time) {
    now.mono += time;
    now.wall += time;
  }
  /// The next question is answered.
  void answer(const Result<kube::TokenVerdict>& said) {
    REQUIRE_FALSE(asked.empty());
    const Answer then = asked.front();
    asked.pop_front();
    then(said);
  }
  /// Asks; the answer is here or comes into `verdicts`.
  void check(const std::string& token, const std::string& peer = "10.0.0.1") {
    authenticator->check(token, peer,
                         [this](const Standing& verdict) { verdicts.push_back(verdict); });
  }
  [[nodiscard]] std::string token(const std::string& id = "t",
                                  std::chrono::seconds life = std::chrono::minutes(10)) const {
    return signer.token({.expires = now.wall + life, .id = id});
  }
  Access last() {
    REQUIRE_FALSE(verdicts.empty());
    return verdicts.back().access;
  }

  Signer signer;
  Authenticator::Moment now{MonoTime(std::chrono::hours(1)), WallTime(std::chrono::hours(500'000))};
  std::optional<KeySet> keys;
  std::deque<Answer> asked;
  std::vector<Standing> verdicts;
  std::vector<std::string> counted;
  std::optional<Authenticator> authenticator;
};

}  // namespace kernwise::ingest
