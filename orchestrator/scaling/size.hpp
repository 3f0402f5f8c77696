// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "orchestrator/scaling/decide.hpp"

/// PURE. How many replicas the work offered to a workload needs (scaling.md 4.7).
namespace kernwise::scaling {

/// The work that arrives, in cores.
///
///   offered = requests/s * cores per request + queued * cores per request / drain time
///
/// Without requests to count it is the CPU the pods ask for (`demand_cores`).
struct Offered {
  double cores = 0;
  bool by_requests = false;
};
[[nodiscard]] Offered offered_load(const WorkloadState& state, const Params& params);

/// What the workload needs against what it has.
struct Size {
  Offered offered;
  int wanted = 0;          ///< ceil(offered / (target * cores per replica)); 0 = cannot be known
  double utilisation = 0;  ///< offered / (replicas * cores per replica); 0 = cannot be known
};
[[nodiscard]] Size size_of(const WorkloadState& state, const Params& params,
                           const Offered& offered);

/// The numbers behind a size, as evidence lines.
[[nodiscard]] std::string describe_offered(const WorkloadState& state, const Params& params,
                                           const Size& size);
[[nodiscard]] std::string describe_wanted(const WorkloadState& state, const Params& params,
                                          const Size& size);

/// printf of one line; the only formatting this room needs.
[[nodiscard, gnu::format(printf, 1, 2)]] std::string line(const char* format, ...);

}  // namespace kernwise::scaling
