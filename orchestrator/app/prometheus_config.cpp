// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/app/prometheus_config.hpp"

#include <utility>

#include "orchestrator/app/listeners.hpp"

namespace kernwise::orchestrator {
namespace {

using options::Settings;

constexpr const char* kTlsKeys[] = {"prometheus.ca", "prometheus.server_name",
                                    "prometheus.certificate", "prometheus.key"};

Result<> check(const Settings& settings, const Prometheus& prometheus) {
  const bool secured = prometheus.url.scheme == "https";
  for (const char* key : kTlsKeys) {
    if (!secured && !settings.text(key).empty()) {
      return invalid(std::string(key) + ": needs https:// in prometheus.url");
    }
  }
  if (prometheus.tls.certificate_file.empty() != prometheus.tls.key_file.empty()) {
    return invalid("prometheus.key: needed with prometheus.certificate, and the other way round");
  }
  const std::string endpoint = prometheus.url.host + ":" + prometheus.url.port;
  if (!secured && !prometheus.token_file.empty() && !listens_on_loopback(endpoint)) {
    return invalid("prometheus.token_file: '" + endpoint +
                   "' is not a loopback address; a token goes there over https:// only");
  }
  return {};
}

}  // namespace

std::vector<options::Option> prometheus_options() {
  using options::any_text;
  return {
      {"prometheus.url", "", any_text(),
       "Prometheus that answers /v1/query and knows what workloads needed before"},
      {"prometheus.ca", "", any_text(),
       "PEM authority of its certificate; empty = those of the system"},
      {"prometheus.server_name", "", any_text(),
       "name in its certificate; empty = the host of the URL"},
      {"prometheus.certificate", "", any_text(),
       "PEM chain to show it when profiles are read; /v1/query shows none"},
      {"prometheus.key", "", any_text(), "PEM key of that certificate"},
      {"prometheus.token_file", "", any_text(),
       "bearer token to show it when profiles are read; /v1/query shows none"},
  };
}

Result<std::optional<Prometheus>> read_prometheus(const Settings& settings) {
  const std::string& text = settings.text("prometheus.url");
  if (text.empty()) return std::optional<Prometheus>();
  auto url = http::parse_url(text);
  if (!url) return wrap(url.error(), "prometheus.url");
  Prometheus prometheus{.url = *std::move(url),
                        .tls = {.ca_file = settings.text("prometheus.ca"),
                                .server_name = settings.text("prometheus.server_name"),
                                .certificate_file = settings.text("prometheus.certificate"),
                                .key_file = settings.text("prometheus.key")},
                        .token_file = settings.text("prometheus.token_file")};
  if (auto good = check(settings, prometheus); !good) return good.error();
  return std::optional(std::move(prometheus));
}

}  // namespace kernwise::orchestrator
