// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "common/base/result.hpp"
#include "orchestrator/app/config.hpp"
#include "orchestrator/view/snapshot.hpp"

namespace kernwise::orchestrator {

/// The whole program in one object: three listeners on two threads.
class Orchestrator {
 public:
  /// Errors: an address that cannot be listened on, a pods file or a history file that cannot be
  /// used.
  [[nodiscard]] static Result<std::unique_ptr<Orchestrator>> start(const Config& config);
  /// Ends at once what `stop` has not ended.
  ~Orchestrator();
  Orchestrator(const Orchestrator&) = delete;
  Orchestrator& operator=(const Orchestrator&) = delete;

  struct Ports {
    std::uint16_t scheduler = 0, ingest = 0, api = 0;
  };
  [[nodiscard]] Ports ports() const;
  /// `scheduler=127.0.0.1:8888 ingest=... api=...` with the ports in use.
  [[nodiscard]] std::string addresses() const;
  [[nodiscard]] std::shared_ptr<const view::Snapshot> snapshot() const;

  /// Not ready any more, no new connections; waits at most five seconds for the open ones.
  void stop();

 private:
  class Impl;
  explicit Orchestrator(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kernwise::orchestrator
