// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/base/clock.hpp"
#include "orchestrator/ingest/recent_map.hpp"

namespace kernwise::ingest {

/// How often one address may make us ask the API server: a token bucket each.
class PeerLimit {
 public:
  struct Rate {
    double per_second = 5;
    double burst = 20;
    std::size_t peers = 8'192;  ///< remembered; the one not seen for longest starts anew
  };
  PeerLimit() : PeerLimit(Rate()) {}
  explicit PeerLimit(Rate rate) : rate_(rate), buckets_(rate.peers) {}

  /// Takes one from the bucket of that address, when there is one.
  [[nodiscard]] bool admit(const std::string& peer, MonoTime now);

 private:
  struct Bucket {
    double left = 0;
    MonoTime at;
  };
  Rate rate_;
  RecentMap<std::string, Bucket> buckets_;
};

}  // namespace kernwise::ingest
