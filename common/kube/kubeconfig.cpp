// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include "common/base/file.hpp"
#include "common/base/utf8.hpp"
#include "common/base/yaml.hpp"
#include "common/kube/access.hpp"
#include "common/kube/base64.hpp"
#include "common/kube/kubeconfig_fields.hpp"

namespace kernwise::kube {
namespace {

constexpr std::size_t kMaxArguments = 256;

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

Result<> read_origin(const ConfigField& cluster, Access& access) {
  const auto server = cluster.text("server");
  if (!server) return server.error();
  if (server->empty()) return cluster.complaint("server: is missing");
  auto origin = http::parse_url(*server);
  if (!origin) return cluster.complaint("server: " + origin.error().context);
  if (origin->scheme != "https" && !is_loopback(origin->host)) {
    return cluster.complaint("server: http is spoken on this machine only; use https");
  }
  access.origin = *std::move(origin);
  return {};
}

Result<> read_cluster(const ConfigField& cluster, const std::string& folder, Access& access) {
  const auto unverified = cluster.truth("insecure-skip-tls-verify");
  if (!unverified) return unverified.error();
  if (*unverified) {
    return cluster.complaint(
        "insecure-skip-tls-verify: is not supported: the server is always verified; name its "
        "authority in certificate-authority instead");
  }
  if (auto none = cluster.refuse("proxy-url", "proxies are not supported"); !none) return none;
  if (auto read = read_origin(cluster, access); !read) return read;
  auto name = cluster.text("tls-server-name");
  if (!name) return name.error();
  access.tls.server_name = *std::move(name);
  return cluster.pem("certificate-authority", folder, access.tls.ca_file, access.tls.ca_pem);
}

Result<> read_plugin_lists(const ConfigField& exec, CredentialPlugin& plugin) {
  const auto arguments = exec.children("args", kMaxArguments);
  if (!arguments) return arguments.error();
  for (const auto& argument : *arguments) {
    auto text = argument.text();
    if (!text) return text.error();
    plugin.arguments.push_back(*std::move(text));
  }
  const auto variables = exec.children("env", kMaxArguments);
  if (!variables) return variables.error();
  for (const auto& variable : *variables) {
    auto name = variable.text("name");
    if (!name) return name.error();
    auto value = variable.text("value");
    if (!value) return value.error();
    if (name->empty() || name->find('=') != std::string::npos) {
      return variable.complaint("name: not the name of a variable");
    }
    plugin.environment.emplace_back(*std::move(name), *std::move(value));
  }
  return {};
}

Result<> read_plugin_way(const ConfigField& exec, const std::string& folder,
                         CredentialPlugin& plugin) {
  auto version = exec.text("apiVersion");
  if (!version) return version.error();
  if (*version != "client.authentication.k8s.io/v1" &&
      *version != "client.authentication.k8s.io/v1beta1") {
    return exec.complaint("apiVersion: expected client.authentication.k8s.io/v1 or v1beta1");
  }
  plugin.api_version = *std::move(version);
  auto command = exec.text("command");
  if (!command) return command.error();
  if (command->empty()) return exec.complaint("command: is missing");
  const bool is_file = command->find('/') != std::string::npos;
  plugin.command = is_file ? beside(folder, *command) : *command;
  const auto mode = exec.text("interactiveMode");
  if (!mode) return mode.error();
  if (*mode == "Always") {
    return exec.complaint("interactiveMode: Always is not supported: nobody is there to type");
  }
  return {};
}

Result<> read_plugin(const ConfigField& exec, const std::string& folder, Access& access) {
  CredentialPlugin plugin;
  if (auto read = read_plugin_way(exec, folder, plugin); !read) return read;
  if (auto read = read_plugin_lists(exec, plugin); !read) return read;
  auto hint = exec.text("installHint");
  if (!hint) return hint.error();
  plugin.install_hint = printable(*hint, 512);
  const auto wants_cluster = exec.truth("provideClusterInfo");
  if (!wants_cluster) return wants_cluster.error();
  plugin.wants_cluster = *wants_cluster;
  access.plugin = std::move(plugin);
  return {};
}

Result<> read_tokens(const ConfigField& user, const std::string& folder, Access& access) {
  auto token = user.text("token");
  if (!token) return token.error();
  access.token = *std::move(token);
  auto file = user.text("tokenFile");
  if (!file) return file.error();
  if (!file->empty()) access.token_file = beside(folder, *file);
  return {};
}

Result<> read_user(const ConfigField& user, const std::string& folder, Access& access) {
  for (const auto& [key, why] :
       {std::pair{"username", "passwords are not supported; Kubernetes 1.19 gave them up"},
        std::pair{"password", "passwords are not supported; Kubernetes 1.19 gave them up"},
        std::pair{"auth-provider", "is not supported; Kubernetes 1.26 replaced it by exec"},
        std::pair{"as", "impersonation is not supported"}}) {
    if (auto none = user.refuse(key, why); !none) return none;
  }
  auto& tls = access.tls;
  if (auto read = user.pem("client-certificate", folder, tls.certificate_file, tls.certificate_pem);
      !read) {
    return read;
  }
  if (auto read = user.pem("client-key", folder, tls.key_file, tls.key_pem); !read) return read;
  const bool certificate = !tls.certificate_file.empty() || !tls.certificate_pem.empty();
  const bool key = !tls.key_file.empty() || !tls.key_pem.empty();
  if (certificate != key) {
    return user.complaint(key ? "client-certificate: is missing beside client-key"
                              : "client-key: is missing beside client-certificate");
  }
  if (auto read = read_tokens(user, folder, access); !read) return read;
  const auto exec = user.child("exec");
  if (!exec) return exec.error();
  return exec->present() ? read_plugin(*exec, folder, access) : Result<>();
}

Result<Access> access_of(const ConfigField& config, const std::string& folder,
                         const std::string& wanted) {
  auto current = config.text("current-context");
  if (!current) return current.error();
  const auto& name = wanted.empty() ? *current : wanted;
  if (name.empty()) return invalid("current-context: is missing, and no context was chosen");
  const auto context = config.named("contexts", name, "context");
  if (!context) return context.error();
  Access access;
  const auto cluster_name = context->text("cluster");
  if (!cluster_name) return cluster_name.error();
  const auto cluster = config.named("clusters", *cluster_name, "cluster");
  if (!cluster) return cluster.error();
  if (auto read = read_cluster(*cluster, folder, access); !read) return read.error();
  auto name_space = context->text("namespace");
  if (!name_space) return name_space.error();
  access.name_space = name_space->empty() ? "default" : *std::move(name_space);
  const auto user_name = context->text("user");
  if (!user_name) return user_name.error();
  if (user_name->empty()) return access;
  const auto user = config.named("users", *user_name, "user");
  if (!user) return user.error();
  if (auto read = read_user(*user, folder, access); !read) return read.error();
  return access;
}

}  // namespace

Result<Access> parse_kubeconfig(std::string_view text, const std::string& folder,
                                const std::string& context) {
  const auto document = yaml::parse(text);
  if (!document) return wrap(document.error(), "kubeconfig");
  if (!document->root.IsMap()) return invalid("kubeconfig: expected a mapping");
  auto access = access_of(ConfigField(document->root, ""), folder, context);
  return access ? access : Result<Access>(wrap(access.error(), "kubeconfig"));
}

Result<Access> kubeconfig_access(const std::string& path, const std::string& context) {
  const auto text = read_file(path);
  if (!text) return wrap(text.error(), "kubeconfig");
  return parse_kubeconfig(*text, std::filesystem::path(path).parent_path().string(), context);
}

}  // namespace kernwise::kube
