// SPDX-License-Identifier: Apache-2.0
#include "test/support/tls_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <stdexcept>

#include "common/base/fd.hpp"

namespace kernwise::test {
namespace {

constexpr timeval kPatience{20, 0};

Fd connect_to(std::uint16_t port) {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::setsockopt(fd.value(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  ::setsockopt(fd.value(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
  if (::connect(fd.value(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("connect to 127.0.0.1 failed");
  }
  return fd;
}

SSL_CTX* context_of(const TlsClientOptions& options) {
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  // The old versions are off by default; a test that asks for them means it.
  if (options.newest_version != 0) {
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, 0);
    SSL_CTX_set_max_proto_version(context, options.newest_version);
  }
  if (!options.ca_file.empty()) {
    SSL_CTX_load_verify_file(context, options.ca_file.c_str());
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  }
  if (!options.identity.certificate.empty()) {
    SSL_CTX_use_certificate_chain_file(context, options.identity.certificate.c_str());
    SSL_CTX_use_PrivateKey_file(context, options.identity.key.c_str(), SSL_FILETYPE_PEM);
  }
  return context;
}

}  // namespace

struct TlsClient::State {
  Fd fd;
  SSL_CTX* context;
  SSL* tls;
  bool shaken = false;
};

TlsClient::TlsClient(std::uint16_t port, const TlsClientOptions& options)
    : state_(std::make_unique<State>()) {
  state_->fd = connect_to(port);
  state_->context = context_of(options);
  state_->tls = SSL_new(state_->context);
  SSL_set_fd(state_->tls, state_->fd.value());
  state_->shaken = SSL_connect(state_->tls) == 1;
}

TlsClient::~TlsClient() {
  SSL_free(state_->tls);
  SSL_CTX_free(state_->context);
}

bool TlsClient::shaken() const {
  return state_->shaken;
}

std::string TlsClient::version() const {
  return SSL_get_version(state_->tls);
}

std::string TlsClient::server() const {
  X509* const certificate = SSL_get0_peer_certificate(state_->tls);
  std::array<char, 256> name{};
  if (certificate == nullptr) return {};
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name.data(),
                            static_cast<int>(name.size()));
  return name.data();
}

bool TlsClient::send(std::string_view bytes) {
  return SSL_write(state_->tls, bytes.data(), static_cast<int>(bytes.size())) > 0;
}

std::string TlsClient::read_to_end() {
  std::string text;
  std::array<char, 16384> bytes{};
  for (int got = 0; (got = SSL_read(state_->tls, bytes.data(), int(bytes.size()))) > 0;) {
    text.append(bytes.data(), static_cast<std::size_t>(got));
  }
  return text;
}

bool TlsClient::said_farewell() const {
  return (SSL_get_shutdown(state_->tls) & SSL_RECEIVED_SHUTDOWN) != 0;
}

}  // namespace kernwise::test
