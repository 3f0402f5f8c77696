// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "common/base/log.hpp"
#include "common/base/options.hpp"
#include "common/http/client.hpp"
#include "common/http/server.hpp"
#include "orchestrator/app/acting_config.hpp"
#include "orchestrator/app/placement_config.hpp"
#include "orchestrator/app/prometheus_config.hpp"
#include "orchestrator/scaling/decide.hpp"

namespace kernwise::orchestrator {

/// Where names and objects come from; stand-alone when not enabled.
struct Kubernetes {
  bool enabled = false;
  std::string kubeconfig, context;  ///< empty: the pod's service account
  std::vector<std::string> exclude_namespaces, namespaces;
};

/// What the program was asked to be, checked.
struct Config {
  std::string scheduler_listen = "127.0.0.1:8888";
  std::string ingest_listen = "127.0.0.1:8443";
  std::string api_listen = "127.0.0.1:8080";
  std::optional<http::ServerTls> scheduler_tls, ingest_tls, api_tls;  ///< none = plain text
  Kubernetes kubernetes = {};
  Acting acting = {};
  std::string profiler_user;     ///< whose tokens may report on a cluster, as a user name
  std::string scheduler_prefix;  ///< empty or `/scheduler`
  std::string pods_file;         ///< empty = none
  std::string history_path;      ///< empty = decisions in memory only
  long long history_rows = 1'000'000;
  long long history_bytes = 256LL * 1024 * 1024;
  std::optional<Prometheus> prometheus;
  Placement placement = {};
  std::chrono::milliseconds scaling_interval{5'000};
  scaling::Params scaling = {};
  int scaling_min = 1, scaling_max = 10;
  log::Level log_level = log::Level::info;
  log::Format log_format = log::Format::logfmt;
};

/// The option table of kernwise-orchestrator; flags, environment and file are read from it.
[[nodiscard]] options::Program program();

/// The settings as a Config. Errors name the option: what is not supported yet, a plain listener
/// that others could reach, bounds the wrong way round, options that contradict each other.
[[nodiscard]] Result<Config> config_of(const options::Settings& settings,
                                       const options::Environment& environment);

}  // namespace kernwise::orchestrator
