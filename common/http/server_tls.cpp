// SPDX-License-Identifier: Apache-2.0
#include "common/http/server_tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <boost/asio/ssl/error.hpp>
#include <tuple>

#include "common/base/release.hpp"
#include "common/http/syntax.hpp"

namespace kernwise::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// Forward secrecy and authenticated encryption only. Those of TLS 1.3 are all of that kind.
constexpr const char* kTls12Ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr std::size_t kMaxPem = 1024UL * 1024;

using Names = std::unique_ptr<GENERAL_NAMES, Release<GENERAL_NAMES_free>>;

std::string text_of(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<std::size_t>(ASN1_STRING_length(string))};
}

/// The common name and the DNS names. Compared whole, so that a NUL inside ends nothing.
std::vector<std::string> names_of(X509* certificate) {
  std::vector<std::string> names;
  X509_NAME* const subject = X509_get_subject_name(certificate);
  for (int at = -1; (at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0;) {
    names.push_back(text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))));
  }
  const Names others(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int at = 0; at < sk_GENERAL_NAME_num(others.get()); ++at) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(others.get(), at);
    if (name->type == GEN_DNS) names.push_back(text_of(name->d.dNSName));
  }
  return names;
}

bool is_allowed(X509* certificate, const std::vector<std::string>& allowed) {
  if (allowed.empty()) return true;
  return std::ranges::any_of(names_of(certificate), [&](const std::string& name) {
    return std::ranges::find(allowed, name) != allowed.end();
  });
}

void harden(asio::ssl::context& context) {
  SSL_CTX* const native = context.native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(native, kTls12Ciphers);
  // A resumed session would not show its certificate again.
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(native, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
                                  SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_num_tickets(native, 0);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
}

/// The same bytes are checked and used: files are read once.
Result<> show(asio::ssl::context& context, const ServerTls& options) {
  const auto certificate = read_file(options.certificate_file, kMaxPem);
  if (!certificate) return wrap(certificate.error(), "certificate file");
  const auto key = read_file(options.key_file, kMaxPem);
  if (!key) return wrap(key.error(), "key file");
  error_code error;
  // An encrypted key would otherwise ask at the terminal.
  std::ignore =
      context.set_password_callback([](std::size_t, auto) { return std::string(); }, error);
  if (context.use_certificate_chain(asio::buffer(*certificate), error)) {
    return Error{error, "certificate file " + options.certificate_file};
  }
  if (context.use_private_key(asio::buffer(*key), asio::ssl::context::pem, error)) {
    return Error{error, "key file " + options.key_file};
  }
  if (SSL_CTX_check_private_key(context.native_handle()) != 1) {
    return invalid("key file " + options.key_file + ": not the key of the certificate");
  }
  return {};
}

Result<> demand_certificates(asio::ssl::context& context, const ServerTls& options) {
  const std::string& file = options.client_ca_file;
  error_code error;
  if (context.load_verify_file(file, error)) return Error{error, "client CA file " + file};
  auto* const known = SSL_load_client_CA_file(file.c_str());
  if (known == nullptr) return invalid("client CA file " + file + ": no certificate in it");
  SSL_CTX_set_client_CA_list(context.native_handle(), known);
  std::ignore = context.set_verify_mode(
      asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert, error);
  std::ignore = context.set_verify_callback(
      [names = options.client_names](bool good, asio::ssl::verify_context& chain) {
        X509_STORE_CTX* const store = chain.native_handle();
        if (!good || X509_STORE_CTX_get_error_depth(store) > 0) return good;
        if (is_allowed(X509_STORE_CTX_get_current_cert(store), names)) return true;
        X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
        return false;
      },
      error);
  return error ? Result<>(Error{error, "TLS"}) : Result<>();
}

}  // namespace

std::string_view name_of(Handshake outcome) {
  switch (outcome) {
    case Handshake::done:
      return "done";
    case Handshake::plain_http:
      return "plain_http";
    case Handshake::no_certificate:
      return "no_certificate";
    case Handshake::untrusted:
      return "untrusted";
    case Handshake::wrong_name:
      return "wrong_name";
    case Handshake::slow:
      return "slow";
    case Handshake::crowded_out:
      return "crowded_out";
    case Handshake::failed:
      return "failed";
  }
  return "failed";
}

Result<> ServerIdentity::load() {
  // Looked at before they are read: what changes meanwhile is read again.
  const Stamps now = stamps();
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  harden(*context);
  if (auto shown = show(*context, options_); !shown) return shown.error();
  if (!options_.client_ca_file.empty()) {
    if (auto demanded = demand_certificates(*context, options_); !demanded) return demanded.error();
  }
  context_ = std::move(context);
  loaded_ = now;
  return {};
}

void ServerIdentity::refresh() {
  const Stamps now = stamps();
  if (now == loaded_) return;
  const auto outcome = load();
  // Tried again at every look, for two files never change at once; told once.
  if (!outcome && now == refused_) return;
  refused_ = now;
  if (options_.on_reload) options_.on_reload(outcome);
}

ServerIdentity::Stamps ServerIdentity::stamps() const {
  return {stamp_of(options_.certificate_file), stamp_of(options_.key_file),
          options_.client_ca_file.empty() ? FileStamp() : stamp_of(options_.client_ca_file)};
}

Handshake outcome_of(TlsStream& stream, const error_code& error) {
  if (!error) return Handshake::done;
  if (error.category() != asio::error::get_ssl_category()) return Handshake::failed;
  // Asked first: what is wrong inside a certificate may stand in front of the error.
  const long verified = SSL_get_verify_result(stream.native_handle());
  if (verified == X509_V_ERR_APPLICATION_VERIFICATION) return Handshake::wrong_name;
  if (verified != X509_V_OK) return Handshake::untrusted;
  switch (ERR_GET_REASON(static_cast<unsigned long>(error.value()))) {
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
      return Handshake::plain_http;
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
      return Handshake::no_certificate;
    default:
      return Handshake::failed;
  }
}

}  // namespace kernwise::http
