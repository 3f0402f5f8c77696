// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "common/base/options.hpp"
#include "orchestrator/actuate/judge.hpp"
#include "orchestrator/actuate/pace.hpp"

namespace kernwise::orchestrator {

/// How the program writes to a cluster; not looked at stand-alone.
struct Acting {
  std::string lease_name = "kernwise-orchestrator";
  std::string lease_namespace = "kernwise";
  std::string pod = "orchestrator";  ///< ours, for others to read
  actuate::Rules rules = {};
  actuate::Paces paces = {};
  double most_tainted = 0.3;  ///< part of the nodes
};

[[nodiscard]] std::vector<options::Option> acting_options();

/// The options `leader.*` and those of scaling that speak of writing; `environment` tells
/// POD_NAME and POD_NAMESPACE. Errors name the option.
[[nodiscard]] Result<Acting> read_acting(const options::Settings& settings,
                                         const options::Environment& environment);

}  // namespace kernwise::orchestrator
