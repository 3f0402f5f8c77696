// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/ingest/key_set.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <tuple>

#include "common/base/json.hpp"
#include "common/base/release.hpp"

namespace kernwise::ingest {
namespace {

constexpr std::size_t kMostKeys = 32;
constexpr std::size_t kMaxKeyText = 2'048;
constexpr int kFewestRsaBits = 2'048, kMostRsaBits = 8'192;
constexpr std::size_t kP256Bytes = 32;
constexpr std::chrono::seconds kForgiven{10};

using BigNumber = std::unique_ptr<BIGNUM, Release<BN_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Release<OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Release<OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Release<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Release<EVP_MD_CTX_free>>;
using EcSignature = std::unique_ptr<ECDSA_SIG, Release<ECDSA_SIG_free>>;
using PublicKey = std::shared_ptr<evp_pkey_st>;

const unsigned char* bytes_of(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

BigNumber number_of(const std::string& bytes) {
  return BigNumber(BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr));
}

/// nullptr when OpenSSL takes it for no key.
PublicKey built(const char* kind, OSSL_PARAM_BLD* builder) {
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return nullptr;
  }
  PublicKey owned(key, EVP_PKEY_free);
  const KeyContext check(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  return check && EVP_PKEY_public_check(check.get()) == 1 ? owned : nullptr;
}

PublicKey rsa_key(const std::string& modulus, const std::string& exponent) {
  const BigNumber n = number_of(modulus), e = number_of(exponent);
  if (BN_num_bits(n.get()) < kFewestRsaBits || BN_num_bits(n.get()) > kMostRsaBits) return nullptr;
  const Builder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  return built("RSA", builder.get());
}

PublicKey p256_key(const std::string& x, const std::string& y) {
  if (x.size() != kP256Bytes || y.size() != kP256Bytes) return nullptr;
  const std::string point = "\x04" + x + y;  // uncompressed (SEC 1)
  const Builder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                   point.size());
  return built("EC", builder.get());
}

std::string text_of(const json::Value& object, const char* key) {
  const auto* const value = object.find(key);
  return value == nullptr ? std::string() : std::string(value->text().substr(0, kMaxKeyText));
}

PublicKey key_of(const json::Value& jwk, const std::string& kind) {
  const bool rsa = kind == "RSA";
  const auto one = from_base64url(text_of(jwk, rsa ? "n" : "x"));
  const auto two = from_base64url(text_of(jwk, rsa ? "e" : "y"));
  if (!one || !two) return nullptr;
  return rsa ? rsa_key(*one, *two) : p256_key(*one, *two);
}

/// The signature as OpenSSL reads it: in a token, r and s stand side by side (RFC 7518, 3.4).
std::string der_of(const std::string& signature) {
  if (signature.size() != 2 * kP256Bytes) return {};
  const EcSignature pair(ECDSA_SIG_new());
  BigNumber r = number_of(signature.substr(0, kP256Bytes));
  BigNumber s = number_of(signature.substr(kP256Bytes));
  if (!pair || ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return {};
  std::ignore = r.release();  // the pair owns them now
  std::ignore = s.release();
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(pair.get(), &der);
  if (size <= 0) return {};
  const std::string text(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return text;
}

bool is_signed_by(EVP_PKEY* key, const Jwt& token) {
  const std::string signature =
      token.algorithm == "ES256" ? der_of(token.signature) : token.signature;
  const DigestContext context(EVP_MD_CTX_new());
  if (signature.empty() || !context) return false;
  return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(),
                          bytes_of(token.signed_text), token.signed_text.size()) == 1;
}

}  // namespace

Result<KeySet> KeySet::parse(std::string_view jwks, std::string issuer) {
  const auto document = json::parse(jwks, {.depth = 8, .bytes = 128UL * 1024});
  if (!document) return wrap(document.error(), "keys of the API server");
  const auto list = json::Cursor(*document, "jwks").at("keys");
  if (!list) return list.error();
  const auto all = list->items(kMostKeys);
  if (!all) return all.error();
  KeySet set;
  set.issuer_ = std::move(issuer);
  for (const json::Cursor& each : *all) {
    const std::string kind = text_of(each.value(), "kty");
    const bool p256 = kind == "EC" && text_of(each.value(), "crv") == "P-256";
    if (kind != "RSA" && !p256) continue;
    auto key = key_of(each.value(), kind);
    if (!key) return each.error("not a usable public key");
    set.keys_.push_back({text_of(each.value(), "kid"), p256 ? "ES256" : "RS256", std::move(key)});
  }
  if (set.keys_.empty()) return invalid("jwks.keys: none for RS256 or ES256");
  return set;
}

bool KeySet::signed_by_one(const Jwt& token) const {
  return std::ranges::any_of(keys_, [&](const Key& key) {
    const bool meant = token.key_id.empty() || key.id.empty() || key.id == token.key_id;
    return meant && key.algorithm == token.algorithm && is_signed_by(key.key.get(), token);
  });
}

Result<> KeySet::verify(const Jwt& token, const Expected& expected) const {
  const auto now = std::chrono::floor<std::chrono::seconds>(expected.now.time_since_epoch());
  const auto seconds = static_cast<std::uint64_t>(std::max<std::int64_t>(now.count(), 0));
  if (token.issuer != issuer_) return invalid("token: issued by another");
  if (std::ranges::find(token.audiences, expected.audience) == token.audiences.end()) {
    return invalid("token: for another audience");
  }
  if (!token.expires || *token.expires <= seconds) return invalid("token: expired");
  if (token.not_before.value_or(0) > seconds + static_cast<std::uint64_t>(kForgiven.count())) {
    return invalid("token: not valid yet");
  }
  // Last, for it costs most.
  if (!signed_by_one(token)) return invalid("token: signature does not fit");
  return {};
}

}  // namespace kernwise::ingest
