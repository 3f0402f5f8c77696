// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/app/listeners.hpp"

#include <arpa/inet.h>

#include "orchestrator/api/metrics.hpp"
#include "orchestrator/ingest/identity.hpp"

namespace kernwise::orchestrator {
namespace {

using options::Settings;

Result<std::optional<http::ServerTls>> tls_of(const Settings& settings, const std::string& name) {
  http::ServerTls tls;
  tls.certificate_file = settings.text(name + ".tls.certificate");
  tls.key_file = settings.text(name + ".tls.key");
  if (tls.certificate_file.empty() && tls.key_file.empty()) {
    return std::optional<http::ServerTls>();
  }
  if (tls.key_file.empty()) {
    return invalid(name + ".tls.key: needed with " + name + ".tls.certificate");
  }
  if (tls.certificate_file.empty()) {
    return invalid(name + ".tls.certificate: needed with " + name + ".tls.key");
  }
  return std::optional(std::move(tls));
}

Result<> read_clients(const Settings& settings, Config& config) {
  const std::string& client_ca = settings.text("scheduler.tls.client_ca");
  const bool reachable = !listens_on_loopback(config.scheduler_listen);
  if (config.scheduler_tls) {
    config.scheduler_tls->client_ca_file = client_ca;
    config.scheduler_tls->client_names = settings.list("scheduler.tls.client_names");
  } else if (!client_ca.empty()) {
    return invalid("scheduler.tls.client_ca: needs scheduler.tls.certificate and .key");
  }
  if (reachable && client_ca.empty()) {
    return invalid("scheduler.tls.client_ca: needed where '" + config.scheduler_listen +
                   "' lets others in; a certificate is all that kube-scheduler can show");
  }
  return {};
}

Result<> refuse_plain(const std::string& listen, bool secured, const char* name) {
  if (secured || listens_on_loopback(listen)) return {};
  return invalid(std::string(name) + ".listen: '" + listen +
                 "' is not a loopback address; others could speak for any node there without " +
                 name + ".tls.certificate and .key");
}

}  // namespace

std::vector<options::Option> listener_options() {
  using options::any_text;
  return {
      {"scheduler.listen", "127.0.0.1:8888", options::endpoint(),
       "where kube-scheduler asks; beyond the loopback only with TLS and client certificates"},
      {"scheduler.prefix", "", any_text(), "path in front of the scheduler's verbs"},
      {"scheduler.tls.certificate", "", any_text(), "PEM chain; read again when it changes"},
      {"scheduler.tls.key", "", any_text(), "PEM key of that certificate"},
      {"scheduler.tls.client_ca", "", any_text(),
       "PEM authority that must have signed the scheduler's certificate"},
      {"scheduler.tls.client_names", "system:kube-scheduler", options::list(),
       "common or DNS names of certificates that may ask; empty = any of that authority"},
      {"ingest.listen", "127.0.0.1:8443", options::endpoint(),
       "where profilers report; beyond the loopback only with TLS"},
      {"ingest.tls.certificate", "", any_text(), "PEM chain; read again when it changes"},
      {"ingest.tls.key", "", any_text(), "PEM key of that certificate"},
      {"ingest.service_account", "kernwise-profiler:kernwise-profiler", any_text(),
       "NAMESPACE:NAME whose tokens may report, each for the node it is bound to (on a cluster)"},
      {"api.listen", "127.0.0.1:8080", options::endpoint(),
       "API, metrics and health; other addresses are allowed, it only reads"},
      {"api.tls.certificate", "", any_text(), "PEM chain; read again when it changes"},
      {"api.tls.key", "", any_text(), "PEM key of that certificate"},
  };
}

Result<> read_listeners(const Settings& settings, Config& config) {
  config.scheduler_listen = settings.text("scheduler.listen");
  config.ingest_listen = settings.text("ingest.listen");
  config.api_listen = settings.text("api.listen");
  for (const auto& [name, tls] :
       {std::pair("scheduler", &config.scheduler_tls), std::pair("ingest", &config.ingest_tls),
        std::pair("api", &config.api_tls)}) {
    auto read = tls_of(settings, name);
    if (!read) return read.error();
    *tls = *std::move(read);
  }
  auto user = ingest::user_of(settings.text("ingest.service_account"));
  if (!user) return wrap(user.error(), "ingest.service_account");
  config.profiler_user = *std::move(user);
  auto plain = refuse_plain(config.scheduler_listen, config.scheduler_tls.has_value(), "scheduler");
  if (plain) plain = refuse_plain(config.ingest_listen, config.ingest_tls.has_value(), "ingest");
  return plain ? read_clients(settings, config) : plain;
}

bool listens_on_loopback(std::string_view endpoint) {
  const std::size_t colon = endpoint.rfind(':');
  std::string host(endpoint.substr(0, colon));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  // Parsed, not compared: 127.example.com is a name that resolves to anything.
  in_addr v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24U) == 127;
  in6_addr v6{};
  if (::inet_pton(AF_INET6, host.c_str(), &v6) == 1) return IN6_IS_ADDR_LOOPBACK(&v6) != 0;
  return host == "localhost";
}

std::optional<http::ServerTls> watched(std::optional<http::ServerTls> tls, const char* listener,
                                       metrics::Registry& registry) {
  if (!tls) return tls;
  registry.set(api::metric::kTlsReload, {{"listener", listener}}, 1);
  tls->on_handshake = [&registry, listener](http::Handshake outcome) {
    registry.add(api::metric::kTlsHandshakes,
                 {{"listener", listener}, {"result", std::string(http::name_of(outcome))}});
  };
  tls->on_reload = [&registry, listener](const Result<>& outcome) {
    registry.set(api::metric::kTlsReload, {{"listener", listener}}, outcome ? 1 : 0);
    if (outcome) return log::info("TLS files were read again", {{"listener", listener}});
    log::warn("TLS files were not taken, those before stay in use",
              {{"listener", listener}, {"err", outcome.error().message()}});
  };
  return tls;
}

}  // namespace kernwise::orchestrator
