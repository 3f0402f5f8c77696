// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "orchestrator/ingest/jwt.hpp"

// OpenSSL's type of a key.
struct evp_pkey_st;

namespace kernwise::ingest {

/// The API server's public keys (RFC 7517), with which a token can be checked while that is away.
class KeySet {
 public:
  /// Keys for RS256 (2048 to 8192 bits) and ES256; others are left out. At most 32. Errors: no JSON
  /// Web Key Set, a key that is none, no key that can be used.
  [[nodiscard]] static Result<KeySet> parse(std::string_view jwks, std::string issuer);

  struct Expected {
    std::string audience;
    WallTime now;
  };
  /// Signature by one of the keys, with the algorithm that belongs to that key; issuer, audience,
  /// expiry (required) and not-before (10 s of another clock are forgiven).
  [[nodiscard]] Result<> verify(const Jwt& token, const Expected& expected) const;

  [[nodiscard]] std::size_t size() const { return keys_.size(); }
  [[nodiscard]] const std::string& issuer() const { return issuer_; }

 private:
  struct Key {
    std::string id, algorithm;
    std::shared_ptr<evp_pkey_st> key;
  };
  [[nodiscard]] bool signed_by_one(const Jwt& token) const;

  std::string issuer_;
  std::vector<Key> keys_;
};

}  // namespace kernwise::ingest
