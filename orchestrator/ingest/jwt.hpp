// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"

/// Service account tokens: JSON Web Tokens in compact form (RFC 7515, RFC 7519).
namespace kernwise::ingest {

inline constexpr std::size_t kMaxToken =
    7UL * 1024;  ///< bytes; those of Kubernetes have about 1 KiB

/// What a token says. Nothing of it is true before the signature was checked or the API server has
/// confirmed it.
struct Jwt {
  std::string algorithm, key_id;       ///< `alg` and `kid` of the header; kid may be empty
  std::string issuer, subject;         ///< empty when absent
  std::vector<std::string> audiences;  ///< at most 16
  std::optional<std::uint64_t> expires, not_before;  ///< seconds since 1970
  std::string signed_text;                           ///< what the signature is about
  std::string signature;                             ///< bytes
};

/// Errors say what is malformed and repeat nothing of the token.
[[nodiscard]] Result<Jwt> parse_jwt(std::string_view token);

/// Bytes of base64url without padding (RFC 4648 section 5); no value when it is none, or when bits
/// are left over that are not 0.
[[nodiscard]] std::optional<std::string> from_base64url(std::string_view text);

}  // namespace kernwise::ingest
