// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <string>
#include <vector>

#include "orchestrator/actuate/gate.hpp"
#include "test/fakes/kube/direct_client.hpp"

namespace kernwise::test {

/// The API server before which a gate stands; its clock says 2026-01-01.
struct GateServer {
  boost::asio::io_context io;
  ApiFront front{[] { return WallTime(std::chrono::seconds(1'767'225'600)); }};
  DirectClient client{io, front};
  std::vector<actuate::Outcome> settled;

  /// Proposes and lets everything be answered: `applied act`, `held cooldown`, `pending`.
  template <class AnyIntent>
  std::string run(actuate::Gate& gate, const AnyIntent& intent) {
    const actuate::Outcome first = gate.propose(intent);
    answer();
    if (first.result != scaling::kPending) return first.result + " " + first.reason;
    if (settled.empty()) return scaling::kPending;
    return settled.back().result + " " + settled.back().reason;
  }

  void answer() {
    io.restart();
    io.poll();
  }
  /// Lets go of what a fault held, and of all that follows from it.
  void release() {
    front.release();
    answer();
  }

  /// What was asked of it: `get`, `patch dry`, `patch`.
  [[nodiscard]] std::vector<std::string> verbs() const {
    std::vector<std::string> verbs;
    for (const Seen& seen : front.seen()) {
      verbs.push_back(seen.verb + (seen.parameter("dryRun").empty() ? "" : " dry"));
    }
    return verbs;
  }
};

}  // namespace kernwise::test
