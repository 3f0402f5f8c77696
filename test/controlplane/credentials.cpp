// SPDX-License-Identifier: Apache-2.0
#include "test/controlplane/credentials.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>

#include "common/base/fd.hpp"

namespace kernwise::test {
namespace {

constexpr unsigned kKeyBits = 2048;

Result<std::string> random_token() {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), bytes.size()) != 1) return invalid("no random numbers");
  std::string text;
  for (const unsigned char byte : bytes) {
    constexpr const char* kDigits = "0123456789abcdef";
    text += {kDigits[byte / 16], kDigits[byte % 16]};
  }
  return text;
}

template <class Write>
Result<std::string> pem(Write write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), BIO_free);
  if (memory == nullptr || write(memory.get()) != 1)
    return invalid("OpenSSL refused to write a key");
  char* text = nullptr;
  const auto size = BIO_get_mem_data(memory.get(), &text);
  return std::string(text, static_cast<std::size_t>(size));
}

}  // namespace

Result<Tokens> make_tokens() {
  Tokens tokens;
  for (std::string* token :
       {&tokens.admin, &tokens.scheduler, &tokens.controller_manager, &tokens.kwok}) {
    auto text = random_token();
    if (!text) return text.error();
    *token = std::move(*text);
  }
  return tokens;
}

std::string token_file(const Tokens& tokens) {
  const std::string masters = ",\"system:masters\"\n";
  return tokens.admin + ",admin,1" + masters + tokens.scheduler + ",system:kube-scheduler,2" +
         masters + tokens.controller_manager + ",system:kube-controller-manager,3" + masters +
         tokens.kwok + ",kwok,4" + masters;
}

Result<> write_service_account_keys(const std::string& folder) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_RSA_gen(kKeyBits),
                                                                EVP_PKEY_free);
  if (key == nullptr) return invalid("OpenSSL refused to make a key");
  const auto secret = pem([&](BIO* out) {
    return PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  if (!secret) return secret.error();
  const auto open = pem([&](BIO* out) { return PEM_write_bio_PUBKEY(out, key.get()); });
  if (!open) return open.error();
  if (auto done = write_private(folder + "/sa.key", *secret); !done) return done;
  return write_private(folder + "/sa.pub", *open);
}

std::string kubeconfig_text(const std::string& server, const std::string& ca_file,
                            const std::string& user, const std::string& token) {
  return "apiVersion: v1\nkind: Config\ncurrent-context: test\n"
         "clusters:\n- name: test\n  cluster:\n    server: " +
         server + "\n    certificate-authority: " + ca_file + "\nusers:\n- name: " + user +
         "\n  user:\n    token: " + token +
         "\ncontexts:\n- name: test\n  context:\n    cluster: test\n    user: " + user + "\n";
}

Result<> write_private(const std::string& path, const std::string& text) {
  const Fd file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  for (std::size_t done = 0; file.valid() && done < text.size();) {
    const ssize_t size = write(file.value(), text.data() + done, text.size() - done);
    if (size < 0) return errno_error(errno, "write " + path);
    done += static_cast<std::size_t>(size);
  }
  if (!file.valid()) return errno_error(errno, "write " + path);
  return {};
}

}  // namespace kernwise::test
