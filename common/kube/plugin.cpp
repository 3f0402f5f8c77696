// SPDX-License-Identifier: Apache-2.0
#include "common/kube/plugin.hpp"

#include "common/base/file.hpp"
#include "common/base/json.hpp"
#include "common/kube/base64.hpp"
#include "common/kube/child_output.hpp"
#include "common/kube/times.hpp"

namespace kernwise::kube {
namespace {

constexpr std::size_t kMaxText = 256UL * 1024;

Result<> read_text(const json::Cursor& status, std::string_view key, std::string& into) {
  const auto field = status.optional(key);
  if (!field) return field.error();
  if (field->empty()) return {};
  const auto& value = field->front().value();
  if (value.kind() != json::Kind::string || value.text().size() > kMaxText) {
    return field->front().error("expected a string");
  }
  into = value.text();
  return {};
}

Result<PluginCredential> read_status(const json::Cursor& status) {
  PluginCredential credential;
  std::string expires;
  for (const auto& [key, into] : {std::pair{"token", &credential.token},
                                  std::pair{"clientCertificateData", &credential.certificate_pem},
                                  std::pair{"clientKeyData", &credential.key_pem},
                                  std::pair{"expirationTimestamp", &expires}}) {
    if (auto read = read_text(status, key, *into); !read) return read.error();
  }
  if (credential.certificate_pem.empty() != credential.key_pem.empty()) {
    return status.error("clientCertificateData and clientKeyData come together");
  }
  if (credential.token.empty() && credential.certificate_pem.empty()) {
    return status.error("expected a token or a certificate");
  }
  if (expires.empty()) return credential;
  credential.expires = parse_time(expires);
  if (!credential.expires) return status.error("expirationTimestamp: expected RFC 3339");
  return credential;
}

/// KUBERNETES_EXEC_INFO: what a plugin may know.
Result<std::string> exec_info(const Access& access) {
  json::Writer info;
  info.begin_object().member("apiVersion", access.plugin->api_version);
  info.member("kind", "ExecCredential").key("spec").begin_object();
  if (access.plugin->wants_cluster) {
    const auto& origin = access.origin;
    std::string authority = access.tls.ca_pem;
    if (authority.empty() && !access.tls.ca_file.empty()) {
      auto file = read_file(access.tls.ca_file);
      if (!file) return wrap(file.error(), "credential plugin");
      authority = *std::move(file);
    }
    const bool v6 = origin.host.find(':') != std::string::npos;
    info.key("cluster").begin_object();
    info.member("server", origin.scheme + "://" + (v6 ? "[" + origin.host + "]" : origin.host) +
                              ":" + origin.port + origin.path);
    if (!access.tls.server_name.empty()) info.member("tls-server-name", access.tls.server_name);
    info.member("certificate-authority-data", base64_encode(authority)).end_object();
  }
  info.member("interactive", false).end_object().end_object();
  return info.take();
}

}  // namespace

Result<PluginCredential> parse_exec_credential(std::string_view text,
                                               const std::string& api_version) {
  const auto document = json::parse(text);
  if (!document) return wrap(document.error(), "ExecCredential");
  const json::Cursor root(*document, "ExecCredential");
  for (const auto& [key, expected] :
       {std::pair<std::string_view, std::string>("kind", "ExecCredential"),
        {"apiVersion", api_version}}) {
    const auto field = root.at(key);
    if (!field) return field.error();
    if (field->value().text() != expected) return field->error("expected " + expected);
  }
  const auto status = root.at("status");
  if (!status) return status.error();
  return read_status(*status);
}

Result<std::optional<WallTime>> run_plugin(Access& access, const Environment& environment,
                                           std::chrono::milliseconds timeout) {
  if (!access.plugin) return std::optional<WallTime>();
  const auto& plugin = *access.plugin;
  auto info = exec_info(access);
  if (!info) return info.error();
  Environment variables = environment;
  for (const auto& [name, value] : plugin.environment) variables.insert_or_assign(name, value);
  variables.insert_or_assign("KUBERNETES_EXEC_INFO", *std::move(info));
  std::vector<std::string> words{plugin.command};
  words.insert(words.end(), plugin.arguments.begin(), plugin.arguments.end());
  const auto output = child_output(words, variables, timeout);
  if (!output) {
    auto error = wrap(output.error(), "credential plugin " + plugin.command);
    const bool absent = error.code == boost::system::errc::no_such_file_or_directory;
    if (absent && !plugin.install_hint.empty()) error.context += " (" + plugin.install_hint + ")";
    return error;
  }
  auto credential = parse_exec_credential(*output, plugin.api_version);
  if (!credential) return wrap(credential.error(), "credential plugin " + plugin.command);
  access.token = std::move(credential->token);
  access.tls.certificate_pem = std::move(credential->certificate_pem);
  access.tls.key_pem = std::move(credential->key_pem);
  return credential->expires;
}

}  // namespace kernwise::kube
