// SPDX-License-Identifier: Apache-2.0
#include <rapidcheck.h>
#include <catch2/catch_all.hpp>

#include "orchestrator/ingest/jwt.hpp"
#include "orchestrator/ingest/key_set.hpp"
#include "test/support/show_result.hpp"
#include "test/support/signer.hpp"

namespace kernwise::ingest {
namespace {

using test::Signer;
using test::to_base64url;

constexpr const char* kIssuer = "https://kubernetes.default.svc";
constexpr const char* kAudience = "kernwise-orchestrator";

std::string complaint(const Result<Jwt>& token) {
  return token ? "" : token.error().message();
}

WallTime at(std::int64_t seconds) {
  return WallTime(std::chrono::seconds(seconds));
}

/// What the keys of `signer` say of a token at that second.
std::string checked(const Signer& signer, const std::string& token, std::int64_t second) {
  const auto keys = KeySet::parse(signer.jwks(), kIssuer).value();
  const auto good = keys.verify(parse_jwt(token).value(), {kAudience, at(second)});
  return good ? "good" : good.error().message();
}

std::string header_of(const std::string& algorithm, const std::string& key_id = "k1") {
  return R"({"alg":")" + algorithm + R"(","kid":")" + key_id + R"("})";
}

std::string claims_with(const std::string& more) {
  return R"({"iss":"https://kubernetes.default.svc","aud":["kernwise-orchestrator"])" + more + "}";
}

}  // namespace

TEST_CASE("base64url: without padding and without bits that say nothing", "[ingest]") {
  const auto [text, bytes] = GENERATE(table<std::string, std::optional<std::string>>({
      {"", ""},
      {"TQ", "M"},
      {"TWE", "Ma"},
      {"TWFu", "Man"},
      {"-_-_", "\xfb\xff\xbf"},
      {"TR", std::nullopt},    // 4 bits left over, the last one set
      {"T", std::nullopt},     // 6 bits make no byte
      {"TQ==", std::nullopt},  // padding
      {"T+Fu", std::nullopt},
      {"T Fu", std::nullopt},
  }));
  CAPTURE(text);
  CHECK(from_base64url(text) == bytes);
}

TEST_CASE("base64url: any bytes come back", "[ingest]") {
  REQUIRE(rc::check("round trip", [](const std::string& bytes) {
    RC_ASSERT(from_base64url(to_base64url(bytes)) == bytes);
  }));
}

TEST_CASE("tokens: what is none is refused without repeating it", "[ingest]") {
  const std::string head = to_base64url(R"({"alg":"RS256"})"), body = to_base64url("{}");
  const std::string deep = to_base64url(R"({"a":)" + std::string(100, '[') + "}");
  const auto [token, expected] = GENERATE_COPY(table<std::string, std::string>({
      {"", "token: expected three parts"},
      {"abc", "token: expected three parts"},
      {"a.b", "token: expected three parts"},
      {"a.b.c.d", "token: expected three parts"},
      {"!.b.c", "token: header: not base64url"},
      {"YWJj.b.c", "token: header: not a JSON object"},
      {to_base64url("[]") + "." + body + ".YWJj", "token: header: not a JSON object"},
      {head + ".YWJj.YWJj", "token: claims: not a JSON object"},
      {head + "." + deep + ".YWJj", "token: claims: not a JSON object"},
      {head + "." + body + ".", "token: signature: not base64url"},
      {head + "." + body + ".=", "token: signature: not base64url"},
      {head + "." + to_base64url(R"({"exp":-1})") + ".YWJj", "token: claims.exp:"},
      {head + "." + to_base64url(R"({"exp":1e3})") + ".YWJj", "token: claims.exp:"},
      {head + "." + to_base64url(R"({"exp":1,"exp":2})") + ".YWJj", "token: claims:"},
      {head + "." + to_base64url(R"({"aud":[[]]})") + ".YWJj", "token: claims.aud[0]:"},
      {head + "." + to_base64url(R"({"sub":7})") + ".YWJj", "token: claims.sub:"},
      {std::string(kMaxToken + 1, 'a'), "token: too long"},
  }));
  CAPTURE(token);
  CHECK(complaint(parse_jwt(token)).starts_with(expected));
}

TEST_CASE("tokens: one audience may stand without a list", "[ingest]") {
  const std::string head = to_base64url(R"({"alg":"RS256","kid":"k"})");
  const auto jwt =
      parse_jwt(head + "." + to_base64url(R"({"aud":"a","nbf":3,"sub":"s"})") + ".YWJj");
  REQUIRE(jwt);
  CHECK(jwt->audiences == std::vector<std::string>{"a"});
  CHECK(jwt->not_before == 3);
  CHECK_FALSE(jwt->expires);
  CHECK(jwt->subject == "s");
  CHECK(jwt->signature == "abc");
}

TEST_CASE("tokens: any byte changed is refused or another token", "[ingest]") {
  const Signer signer("ES256");
  const std::string good = signer.token({.expires = at(2'000)});
  const auto keys = KeySet::parse(signer.jwks(), kIssuer).value();
  REQUIRE(keys.verify(parse_jwt(good).value(), {kAudience, at(1'000)}));
  REQUIRE(rc::check("one byte", [&] {
    std::string changed = good;
    const auto place = *rc::gen::inRange<std::size_t>(0, changed.size());
    changed[place] = *rc::gen::arbitrary<char>();
    RC_PRE(changed != good);
    const auto jwt = parse_jwt(changed);
    const bool granted = jwt && keys.verify(*jwt, {kAudience, at(1'000)});
    RC_ASSERT_FALSE(granted);
  }));
}

TEST_CASE("keys: a token is good for its audience, issuer and time only", "[ingest]") {
  const std::string algorithm = GENERATE("RS256", "ES256");
  const Signer signer(algorithm);
  const std::string head = header_of(algorithm);
  const auto [claims, second, expected] = GENERATE(table<std::string, std::int64_t, std::string>({
      {claims_with(R"(,"exp":2000)"), 1'999, "good"},
      {claims_with(R"(,"exp":2000)"), 2'000, "token: expired"},
      {claims_with(""), 1, "token: expired"},  // without an end it has none
      {claims_with(R"(,"exp":2000,"nbf":1000)"), 990, "good"},
      {claims_with(R"(,"exp":2000,"nbf":1000)"), 989, "token: not valid yet"},
      {R"({"iss":"https://other","aud":["kernwise-orchestrator"],"exp":9})", 1,
       "token: issued by another"},
      {R"({"aud":["kernwise-orchestrator"],"exp":9})", 1, "token: issued by another"},
      {R"({"iss":"https://kubernetes.default.svc","aud":["https://kubernetes.default.svc"],"exp":9})",
       1, "token: for another audience"},
      {R"({"iss":"https://kubernetes.default.svc","exp":9})", 1, "token: for another audience"},
  }));
  CAPTURE(algorithm, claims);
  CHECK(checked(signer, signer.token_of(head, claims), second) == expected);
}

TEST_CASE("keys: the algorithm is that of the key, whatever a token says", "[ingest]") {
  const Signer rsa("RS256"), ec("ES256"), stranger("ES256");
  const std::string claims = claims_with(R"(,"exp":9)");
  const auto bad = "token: signature does not fit";
  CHECK(checked(rsa, rsa.token_of(header_of("RS256"), claims), 1) == "good");
  CHECK(checked(rsa, rsa.token_of(header_of("HS256"), claims), 1) == bad);
  CHECK(checked(rsa, rsa.token_of(header_of("none"), claims), 1) == bad);
  CHECK(checked(rsa, rsa.token_of(header_of("ES256"), claims), 1) == bad);
  CHECK(checked(rsa, ec.token_of(header_of("RS256"), claims), 1) == bad);
  CHECK(checked(ec, stranger.token_of(header_of("ES256"), claims), 1) == bad);
  CHECK(checked(ec, ec.token_of(header_of("ES256", "other"), claims), 1) == bad);
  CHECK(checked(ec, ec.token_of(header_of("ES256", ""), claims), 1) == "good");
}

TEST_CASE("keys: what can be used is used, what is broken is refused", "[ingest]") {
  const Signer rsa("RS256", "a"), ec("ES256", "b");
  const std::string both = R"({"keys":[)" + rsa.key() + "," + ec.key() +
                           R"(,{"kty":"oct","k":"c2VjcmV0"},{"kty":"EC","crv":"P-521"}]})";
  CHECK(KeySet::parse(both, kIssuer)->size() == 2);
  const auto text = GENERATE(
      "", "{}", R"({"keys":[]})", R"({"keys":{}})", R"({"keys":[{"kty":"oct","k":"c2VjcmV0"}]})",
      R"({"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]})",  // 17 bits
      R"({"keys":[{"kty":"RSA"}]})", R"({"keys":[{"kty":"EC","crv":"P-256","x":"AQ","y":"AQ"}]})",
      R"({"keys":[{"kty":"EC","crv":"P-256","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",)"
      R"("y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}]})");  // not on the curve
  CAPTURE(text);
  CHECK_FALSE(KeySet::parse(text, kIssuer));
}

}  // namespace kernwise::ingest
