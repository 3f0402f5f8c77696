// SPDX-License-Identifier: Apache-2.0
#include "profiler/app/discovering.hpp"

namespace kernwise::profiler {
namespace {

/// Where a pod finds the API server; empty outside of a cluster.
std::string api_server(const options::Environment& environment) {
  const auto host = environment.find("KUBERNETES_SERVICE_HOST");
  const auto port = environment.find("KUBERNETES_SERVICE_PORT");
  if (host == environment.end() || host->second.empty()) return {};
  const bool v6 = host->second.find(':') != std::string::npos;
  return "https://" + (v6 ? "[" + host->second + "]" : host->second) + ":" +
         (port == environment.end() ? "443" : port->second);
}

}  // namespace

Result<discovery::PodSourceOptions> pod_source_options(const options::Settings& settings,
                                                       const options::Environment& environment,
                                                       const std::string& node) {
  const bool watch = settings.text("discovery.mode") == "informer";
  const std::string key = watch ? "discovery.api_url" : "discovery.kubelet_url";
  auto address = settings.text(key);
  if (address.empty() && watch) address = api_server(environment);
  if (address.empty()) return invalid(key + ": needed for this discovery.mode");
  auto origin = http::parse_url(address);
  if (!origin) return wrap(origin.error(), key);
  discovery::PodSourceOptions options;
  options.origin = *origin;
  options.tls = {.ca_file = settings.text("discovery.ca_file"),
                 .server_name = settings.text("discovery.server_name")};
  options.token_file = settings.text("discovery.token_file");
  options.node = node;
  options.watch = watch;
  options.interval = std::chrono::milliseconds(settings.milliseconds("discovery.kubelet_interval"));
  // A token over a connection that anybody reads is a gift.
  if (origin->scheme == "http" && !options.token_file.empty()) {
    return invalid(key + ": the token is sent over https only; leave discovery.token_file empty");
  }
  return options;
}

}  // namespace kernwise::profiler
