// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/options.hpp"
#include "common/http/client.hpp"

namespace kernwise::orchestrator {

/// The Prometheus that keeps what the profilers show.
struct Prometheus {
  http::Url url = {};
  http::TlsOptions tls = {};    ///< https only
  std::string token_file = {};  ///< empty = none is shown

  /// Without what we prove ourselves with: what others ask through us is not asked in our name.
  [[nodiscard]] http::TlsOptions tls_of_others() const {
    return {.ca_file = tls.ca_file, .server_name = tls.server_name};
  }
};

/// The options `prometheus.*`.
[[nodiscard]] std::vector<options::Option> prometheus_options();

/// No value without a URL. Errors name the option: what is no URL, TLS where the URL is plain, half
/// a pair, a token that would travel in plain text beyond the loopback.
[[nodiscard]] Result<std::optional<Prometheus>> read_prometheus(const options::Settings& settings);

}  // namespace kernwise::orchestrator
