// SPDX-License-Identifier: Apache-2.0
#include "test/support/signer.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <cstdio>
#include <stdexcept>
#include <utility>

#include "common/base/json.hpp"

namespace kernwise::test {
namespace {

constexpr int kHalf = 32;  // bytes of r, s, x and y

std::string bytes_of(const BIGNUM* number, int width) {
  std::string bytes(static_cast<std::size_t>(width), '\0');
  BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), width);
  return bytes;
}

/// One number of the key, as a token shows it.
std::string part(EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  EVP_PKEY_get_bn_param(key, name, &number);
  const std::string text = to_base64url(bytes_of(number, BN_num_bytes(number)));
  BN_free(number);
  return text;
}

std::string coordinate(EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  EVP_PKEY_get_bn_param(key, name, &number);
  const std::string text = to_base64url(bytes_of(number, kHalf));
  BN_free(number);
  return text;
}

/// r and s side by side (RFC 7518 section 3.4).
std::string raw_of(const std::string& der) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  ECDSA_SIG* const pair = d2i_ECDSA_SIG(nullptr, &bytes, static_cast<long>(der.size()));
  std::string raw =
      bytes_of(ECDSA_SIG_get0_r(pair), kHalf) + bytes_of(ECDSA_SIG_get0_s(pair), kHalf);
  ECDSA_SIG_free(pair);
  return raw;
}

}  // namespace

struct Signer::State {
  ~State() { EVP_PKEY_free(key); }
  std::string algorithm, key_id;
  EVP_PKEY* key = nullptr;
};

Signer::Signer(std::string algorithm, std::string key_id) : state_(std::make_unique<State>()) {
  state_->key = algorithm == "RS256" ? EVP_RSA_gen(2048U) : EVP_EC_gen("P-256");
  state_->algorithm = std::move(algorithm);
  state_->key_id = std::move(key_id);
}
Signer::Signer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Signer::~Signer() = default;
Signer::Signer(Signer&&) noexcept = default;

Signer Signer::of_file(const std::string& path) {
  auto state = std::make_unique<State>();
  state->algorithm = "RS256";
  if (std::FILE* const file = std::fopen(path.c_str(), "r")) {
    state->key = PEM_read_PrivateKey(file, nullptr, nullptr, nullptr);
    std::fclose(file);
  }
  if (state->key == nullptr) throw std::runtime_error(path + ": no private key");
  return Signer(std::move(state));
}

std::string Signer::token_of(const std::string& header, const std::string& claims) const {
  const std::string text = to_base64url(header) + "." + to_base64url(claims);
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, state_->key);
  std::size_t size = 1024;
  std::string signature(size, '\0');
  EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size,
                 reinterpret_cast<const unsigned char*>(text.data()), text.size());
  EVP_MD_CTX_free(context);
  signature.resize(size);
  return text + "." + to_base64url(state_->algorithm == "ES256" ? raw_of(signature) : signature);
}

std::string Signer::token(const TokenClaims& claims) const {
  json::Writer header, body;
  header.begin_object().member("alg", state_->algorithm).member("kid", state_->key_id).end_object();
  body.begin_object().member("iss", claims.issuer).member("sub", claims.user);
  body.key("aud").begin_array();
  for (const auto& each : claims.audiences) body.value(each);
  body.end_array().member("exp",
                          std::int64_t{std::chrono::system_clock::to_time_t(claims.expires)});
  body.member("jti", claims.id).end_object();
  return token_of(header.take(), body.take());
}

std::string Signer::key() const {
  EVP_PKEY* const key = state_->key;
  json::Writer json;
  json.begin_object().member("use", "sig").member("kid", state_->key_id);
  json.member("alg", state_->algorithm);
  if (state_->algorithm == "RS256") {
    json.member("kty", "RSA").member("n", part(key, OSSL_PKEY_PARAM_RSA_N));
    json.member("e", part(key, OSSL_PKEY_PARAM_RSA_E));
  } else {
    json.member("kty", "EC").member("crv", "P-256");
    json.member("x", coordinate(key, OSSL_PKEY_PARAM_EC_PUB_X));
    json.member("y", coordinate(key, OSSL_PKEY_PARAM_EC_PUB_Y));
  }
  return json.end_object().take();
}

std::string to_base64url(std::string_view bytes) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text;
  unsigned bits = 0, count = 0;
  for (const char c : bytes) {
    bits = (bits << 8U) | static_cast<unsigned char>(c);
    for (count += 8; count >= 6; count -= 6) text.push_back(kDigits[(bits >> (count - 6)) & 63U]);
    bits &= 0xffU;
  }
  if (count > 0) text.push_back(kDigits[(bits << (6 - count)) & 63U]);
  return text;
}

}  // namespace kernwise::test
