// SPDX-License-Identifier: Apache-2.0
#include "test/support/authority.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <memory>
#include <stdexcept>

#include "common/base/release.hpp"

namespace kernwise::test {
namespace {

using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Release<X509_free>>;

void must(bool good) {
  if (!good) throw std::runtime_error("OpenSSL refused to make a certificate");
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  must(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

/// A certificate for `key`, valid from a minute ago for an hour, not signed yet.
Certificate blank(EVP_PKEY* key, const std::string& name, long serial) {
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  return certificate;
}

template <class Write>
std::string write_pem(const std::filesystem::path& path, Write write) {
  FILE* file = std::fopen(path.c_str(), "w");
  must(file != nullptr && write(file) == 1);
  std::fclose(file);
  return path.string();
}

std::filesystem::path fresh_folder() {
  static std::atomic<int> next{0};
  auto folder = std::filesystem::temp_directory_path() /
                ("kernwise-ca-" + std::to_string(::getpid()) + "-" + std::to_string(next++));
  std::filesystem::create_directories(folder);
  return folder;
}

}  // namespace

struct Authority::State {
  Key key{EVP_EC_gen("P-256")};
  Certificate certificate = blank(key.get(), "kernwise test CA", 1);
  mutable long next_serial = 2;
};

Authority::Authority() : folder_(fresh_folder()), state_(new State) {
  X509* own = state_->certificate.get();
  X509_set_issuer_name(own, X509_get_subject_name(own));
  add_extension(own, own, NID_basic_constraints, "critical,CA:TRUE");
  must(X509_sign(own, state_->key.get(), EVP_sha256()) != 0);
  write_pem(ca_file(), [own](FILE* file) { return PEM_write_X509(file, own); });
}

Authority::~Authority() {
  delete state_;
  std::filesystem::remove_all(folder_);
}

Authority::Files Authority::issue(const std::string& names, const std::string& common_name) const {
  const Key key(EVP_EC_gen("P-256"));
  const long serial = state_->next_serial++;
  const auto certificate = blank(key.get(), common_name, serial);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(state_->certificate.get()));
  add_extension(certificate.get(), state_->certificate.get(), NID_subject_alt_name, names);
  must(X509_sign(certificate.get(), state_->key.get(), EVP_sha256()) != 0);
  const auto base = (folder_ / std::to_string(serial)).string();
  return {.certificate = write_pem(
              base + ".pem", [&](FILE* file) { return PEM_write_X509(file, certificate.get()); }),
          .key = write_pem(base + ".key", [&](FILE* file) {
            return PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

}  // namespace kernwise::test
