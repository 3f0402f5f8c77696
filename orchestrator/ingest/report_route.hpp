// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "common/http/server.hpp"
#include "common/report/report.hpp"
#include "orchestrator/ingest/authenticator.hpp"
#include "orchestrator/view/reducer.hpp"

namespace kernwise::ingest {

/// What the route needs of the rest of the program.
struct Desk {
  /// Whose token that is, now or later (Authenticator::check). Empty = everybody is the node that
  /// his report names: for a loopback without a cluster and for nothing else.
  std::function<void(const std::string& token, const std::string& peer, Authenticator::Done done)>
      authenticate = {};
  /// That node's profiler has reported for another one, which it names.
  std::function<void(const std::string& node, const std::string& claimed)> wrong_node = {};
  /// Takes a decoded report from that address.
  std::function<view::Admission(report::Report report, const std::string& address)> accept;
  /// The answer to that node, which asks for these names.
  std::function<report::Reply(const std::string& node,
                              const std::vector<report::NameRequest>& wanted)>
      reply;
  /// Counts what became of each request: a name of Admission, `invalid`, `too_large`,
  /// `unsupported`, `unauthenticated`, `forbidden`, `wrong_node`, `rate_limited`, `unavailable`.
  std::function<void(std::string_view result)> count;
};

/// `POST /v1/report`: JSON, or zstd of it with `Content-Encoding: zstd`; 1 MiB decoded. 200 with
/// the reply, also for a repeated report; 409 for one that is older than what is known; 400, 413
/// and 415 say what is wrong; 503 for a node too many.
///
/// With `authenticate`, `Authorization: Bearer TOKEN` says who sends, before anything else is
/// looked at: 401 without a good token, 403 for one of somebody else and for a report that names
/// another node, 429 and 503 to come back later. Reports that wait for that hold at most 64 MiB.
[[nodiscard]] http::Route report_route(Desk desk);

}  // namespace kernwise::ingest
