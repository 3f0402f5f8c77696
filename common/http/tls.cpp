// SPDX-License-Identifier: Apache-2.0
#include "common/http/tls.hpp"

#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <boost/asio/ssl/host_name_verification.hpp>

namespace kernwise::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

Result<> set_certificate(asio::ssl::context& context, const TlsOptions& options) {
  error_code error;
  if (!options.certificate_pem.empty()) {
    const auto pem = asio::buffer(options.certificate_pem);
    if (context.use_certificate_chain(pem, error)) return Error{error, "certificate"};
  } else if (context.use_certificate_chain_file(options.certificate_file, error)) {
    return Error{error, "certificate file " + options.certificate_file};
  }
  return {};
}

Result<> set_key(asio::ssl::context& context, const TlsOptions& options) {
  error_code error;
  if (!options.key_pem.empty()) {
    const auto pem = asio::buffer(options.key_pem);
    if (context.use_private_key(pem, asio::ssl::context::pem, error)) return Error{error, "key"};
  } else if (context.use_private_key_file(options.key_file, asio::ssl::context::pem, error)) {
    return Error{error, "key file " + options.key_file};
  }
  return {};
}

Result<> set_identity(asio::ssl::context& context, const TlsOptions& options) {
  if (options.certificate_file.empty() && options.certificate_pem.empty()) return {};
  if (auto set = set_certificate(context, options); !set) return set;
  return set_key(context, options);
}

Result<> set_authorities(asio::ssl::context& context, const TlsOptions& options) {
  error_code error;
  if (!options.ca_pem.empty()) {
    if (context.add_certificate_authority(asio::buffer(options.ca_pem), error)) {
      return Error{error, "CA"};
    }
  } else if (options.ca_file.empty()) {
    if (context.set_default_verify_paths(error)) return Error{error, "system's authorities"};
  } else if (context.load_verify_file(options.ca_file, error)) {
    return Error{error, "CA file " + options.ca_file};
  }
  return {};
}

}  // namespace

Result<std::shared_ptr<asio::ssl::context>> client_context(const TlsOptions& options) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  error_code error;
  if (context->set_verify_mode(asio::ssl::verify_peer, error)) return Error{error, "TLS"};
  if (auto set = set_authorities(*context, options); !set) return set.error();
  if (auto set = set_identity(*context, options); !set) return set.error();
  return context;
}

Result<> expect_name(TlsStream& stream, const std::string& name) {
  error_code error;
  if (stream.set_verify_callback(asio::ssl::host_name_verification(name), error)) {
    return Error{error, "TLS"};
  }
  error_code not_an_address;
  asio::ip::make_address(name, not_an_address);
  // Server name indication holds names only (RFC 6066).
  if (not_an_address) SSL_set_tlsext_host_name(stream.native_handle(), name.c_str());
  return {};
}

bool holds_input(TlsStream& stream) {
  SSL* const tls = stream.native_handle();
  return SSL_pending(tls) > 0 || BIO_ctrl_pending(SSL_get_rbio(tls)) > 0;
}

std::string verification_failure(TlsStream& stream) {
  const long result = SSL_get_verify_result(stream.native_handle());
  return result == X509_V_OK ? std::string() : X509_verify_cert_error_string(result);
}

}  // namespace kernwise::http
