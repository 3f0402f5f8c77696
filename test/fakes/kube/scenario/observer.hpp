// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "test/fakes/kube/json.hpp"
#include "test/fakes/kube/scenario/peer.hpp"

namespace kernwise::test {

/// Asks an API server what a scenario wants to know and writes down what a client can see of the
/// answers, without what differs from run to run: uids, times, and versions but for their order.
class Observer {
 public:
  using Looks = std::vector<std::string>;  ///< JSON pointers; `names` = those of a list's items
  using Query = std::vector<std::pair<std::string, std::string>>;
  struct Ask {
    std::string name = {};  ///< of the step, for the trace
    std::string method = "GET";
    std::string path = {};
    Query query = {};
    std::string body = {};
    std::string type = {};                  ///< merge, strategic, json, apply; empty = plain JSON
    std::optional<std::string> token = {};  ///< instead of the administrator's
  };
  struct Patch {
    std::string type, body;  ///< as in Ask
  };

  explicit Observer(Place place) : place_(std::move(place)) {}

  /// Names the scenario of the next steps.
  void begin(std::string scenario) { scenario_ = std::move(scenario); }
  Json ask(const Ask& ask, const Looks& looks = {});
  /// The same without a line in the trace, to arrange things.
  Json arrange(const Ask& ask);

  // The usual requests in short.
  Json get(const std::string& name, const std::string& path, const Looks& looks = {});
  Json post(const std::string& name, const std::string& path, const std::string& body,
            const Looks& looks = {});
  Json put(const std::string& name, const std::string& path, const std::string& body,
           const Looks& looks = {});
  Json patch(const std::string& name, const std::string& path, const Patch& patch,
             const Looks& looks = {});
  Json remove(const std::string& name, const std::string& path, const Looks& looks = {});

  /// Opens a watch, whose refusal is written down at once.
  std::unique_ptr<WatchPeer> watch(const std::string& name, const std::string& path,
                                   const Query& query);
  /// Writes the next events of a watch down; fewer when it ends before.
  void events(const std::string& name, WatchPeer& watch, unsigned count, const Looks& looks = {});
  /// Reads on to its end, counting bookmarks as one.
  void end(const std::string& name, WatchPeer& watch);

  /// The connection failed: also something to compare.
  void broken(const std::string& why) { note("broken", why); }

  [[nodiscard]] const std::vector<std::string>& trace() const { return trace_; }

 private:
  [[nodiscard]] Said said(const Ask& ask) const;
  void note(const std::string& step, const std::string& what);
  [[nodiscard]] std::string seen(const Json& object, const Looks& looks);
  [[nodiscard]] std::string version(const Json& object);

  Place place_;
  std::string scenario_;
  std::map<std::string, unsigned long long> versions_;  // by uid
  std::vector<std::string> trace_;
};

}  // namespace kernwise::test
