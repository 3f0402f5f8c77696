// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace workload {

/// Every workload takes the same flags and uses those that mean something to it.
struct Options {
  std::uint16_t port = 0;      ///< to listen on, 0 = free one; load-gen: to call
  std::uint16_t upstream = 0;  ///< svc-chain: port of the service it calls
  int connections = 4;         ///< load-gen
  double seconds = 0;          ///< exit after that time, 0 = at SIGTERM only
  std::string dir = ".";       ///< svc-io: where its file goes
};

/// Reads `--name value` pairs; on a mistake prints what is allowed and exits with 2.
[[nodiscard]] Options parse_options(int argc, char** argv);

}  // namespace workload
