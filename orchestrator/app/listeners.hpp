// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "common/metrics/registry.hpp"
#include "orchestrator/app/config.hpp"

/// Where the program listens and what it shows and demands there.
namespace kernwise::orchestrator {

/// The options `*.listen` and `*.tls.*`.
[[nodiscard]] std::vector<options::Option> listener_options();

/// Reads them into `config`. Errors name the option: half a pair, plain text where others could
/// reach it and speak for any node or ask about any, a scheduler's listener there that would not
/// know who asks.
[[nodiscard]] Result<> read_listeners(const options::Settings& settings, Config& config);

/// True for `127.0.0.1:0`, `[::1]:80`, `localhost:80`.
[[nodiscard]] bool listens_on_loopback(std::string_view endpoint);

/// `tls` with its handshakes and its changed files counted and logged. The registry must outlive
/// the listener.
[[nodiscard]] std::optional<http::ServerTls> watched(std::optional<http::ServerTls> tls,
                                                     const char* listener,
                                                     metrics::Registry& registry);

}  // namespace kernwise::orchestrator
