// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.hpp"
#include "common/kube/access.hpp"

namespace kernwise::kube {

struct PluginCredential {
  std::string token = {};
  std::string certificate_pem = {}, key_pem = {};
  std::optional<WallTime> expires = {};
};

/// What a plugin printed: an ExecCredential of that version. Errors name the field.
[[nodiscard]] Result<PluginCredential> parse_exec_credential(std::string_view text,
                                                             const std::string& api_version);

/// Runs the plugin of `access`, and shows what it hands out from now on (`token`, or certificate
/// and key in `tls`). Waits for it, so only the command line may call this. At most 1 MiB of
/// output; after `timeout` the plugin and what it started are killed. What it says on standard
/// error goes to ours. Without a plugin nothing happens. The time is when it has to be run again.
[[nodiscard]] Result<std::optional<WallTime>> run_plugin(
    Access& access, const Environment& environment,
    std::chrono::milliseconds timeout = std::chrono::seconds(30));

}  // namespace kernwise::kube
