// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/ingest/peer_limit.hpp"

#include <algorithm>

namespace kernwise::ingest {

bool PeerLimit::admit(const std::string& peer, MonoTime now) {
  Bucket* bucket = buckets_.find(peer);
  if (bucket == nullptr) bucket = &buckets_.put(peer, {.left = rate_.burst, .at = now});
  const double since = Seconds(now - bucket->at).count();
  bucket->left = std::min(rate_.burst, bucket->left + std::max(0.0, since) * rate_.per_second);
  bucket->at = std::max(bucket->at, now);
  if (bucket->left < 1) return false;
  bucket->left -= 1;
  return true;
}

}  // namespace kernwise::ingest
