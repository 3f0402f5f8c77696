// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.hpp"

namespace kernwise::test {

/// What a service account token says.
struct TokenClaims {
  std::string issuer = "https://kubernetes.default.svc";
  std::string user = "system:serviceaccount:kernwise-profiler:kernwise-profiler";
  std::vector<std::string> audiences = {"kernwise-orchestrator"};
  WallTime expires = std::chrono::system_clock::now() + std::chrono::minutes(10);
  std::string id = {};  ///< tells one token from the next
};

/// Signs tokens as an API server does, with a key of its own.
class Signer {
 public:
  /// `RS256` or `ES256`.
  explicit Signer(std::string algorithm = "ES256", std::string key_id = "k1");
  /// Signs RS256 with the private key of a PEM file. Throws when there is none.
  static Signer of_file(const std::string& path);
  ~Signer();
  Signer(Signer&&) noexcept;
  Signer(const Signer&) = delete;
  Signer& operator=(const Signer&) = delete;

  [[nodiscard]] std::string token(const TokenClaims& claims = {}) const;
  /// A token of any header and claims, as JSON.
  [[nodiscard]] std::string token_of(const std::string& header, const std::string& claims) const;
  /// Its public key as the one element of `keys`.
  [[nodiscard]] std::string key() const;
  [[nodiscard]] std::string jwks() const { return R"({"keys":[)" + key() + "]}"; }

 private:
  struct State;
  explicit Signer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

[[nodiscard]] std::string to_base64url(std::string_view bytes);

}  // namespace kernwise::test
