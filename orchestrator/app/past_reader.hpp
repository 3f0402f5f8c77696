// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/http/client.hpp"
#include "orchestrator/view/past_profiles.hpp"

namespace kernwise::orchestrator {

/// What became of a look at the past.
struct PastReading {
  /// `ok`; `unreachable` (no answer in time), `refused` (an answer other than 200), `too_large`,
  /// `unusable` (not what a Prometheus answers), `token` (the file of it cannot be read).
  std::string_view result = "ok";
  std::string problem = {};  ///< for people; empty when all is well
  view::PastProfiles profiles = {};
  std::size_t skipped = 0;  ///< samples without the labels, or with a value that is none
};

/// Asks a Prometheus what workloads needed, one question after the other. The first that is not
/// answered ends it.
class PastReader {
 public:
  struct Options {
    http::Url url;
    http::TlsOptions tls = {};
    std::string token_file = {};  ///< read for each look; empty = none is shown
    std::chrono::minutes range{24 * 60};
    std::chrono::milliseconds patience{30'000};  ///< for each answer
  };
  using Done = std::function<void(PastReading)>;

  PastReader(boost::asio::io_context& io, Options options);
  ~PastReader();
  PastReader(const PastReader&) = delete;
  PastReader& operator=(const PastReader&) = delete;

  /// `done` is called from `io`, at once where there is no token. Does nothing while a look is
  /// under way.
  void read(Done done);

 private:
  class Look;
  Options options_;
  http::Client client_;
  std::shared_ptr<Look> look_;  ///< the one under way, or nullptr
};

}  // namespace kernwise::orchestrator
