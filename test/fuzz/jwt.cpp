// SPDX-License-Identifier: Apache-2.0
// A bearer token, and the key set that an API server hands out.
#include "orchestrator/ingest/jwt.hpp"

#include "orchestrator/ingest/key_set.hpp"
#include "test/fuzz/fuzz.hpp"

namespace kernwise::fuzz {
namespace {

constexpr std::string_view kKeys =
    R"({"keys":[{"use":"sig","kty":"EC","kid":"k1","crv":"P-256","alg":"ES256",)"
    R"("x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
    R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})";  // RFC 7515 appendix A.3

}  // namespace

void read(std::string_view input) {
  static const auto keys = ingest::KeySet::parse(kKeys, "issuer");
  must(keys.has_value(), "the example of the RFC is a key");
  if (const auto token = ingest::parse_jwt(input)) {
    must(token->audiences.size() <= 16, "audiences are bounded");
    must(!keys->verify(*token, {.audience = "kernwise", .now = {}}), "nobody has the private key");
  }
  (void)ingest::KeySet::parse(input, "issuer");
  (void)ingest::from_base64url(input);
}

}  // namespace kernwise::fuzz
