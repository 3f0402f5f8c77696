// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "test/fakes/kube/reply.hpp"

namespace kernwise::test {

/// An API server to talk to, real or fake.
struct Place {
  std::uint16_t port = 0;  ///< on 127.0.0.1
  std::string ca_file, token;
};

struct Said {
  int status = 0;
  std::string content_type, retry_after, body;
};

/// One request on a connection of its own, waited for; nothing of Kernwise's own client is in it.
/// Throws when the connection fails or is silent for ten seconds.
[[nodiscard]] Said ask(const Place& place, const Call& call);

/// A watch that is read line by line.
class WatchPeer {
 public:
  WatchPeer(const Place& place, const Call& call);
  ~WatchPeer();
  WatchPeer(const WatchPeer&) = delete;
  WatchPeer& operator=(const WatchPeer&) = delete;

  [[nodiscard]] int status() const;
  /// Of a refusal.
  [[nodiscard]] std::string body();
  /// The next event; nothing after the last one. Throws after ten silent seconds.
  [[nodiscard]] std::optional<std::string> next();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kernwise::test
