// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "common/kube/path.hpp"
#include "test/fakes/scripted_kube.hpp"

namespace kernwise::kube {

/// What a list and watch sees of an API server with one type of objects: versions, history, pages,
/// and on demand the faults of security.md A7 to A14. An object is its name and its version.
class WatchedServer {
 public:
  explicit WatchedServer(test::ScriptedKube& kube) : kube_(kube) {}

  bool streaming = true;  ///< knows WatchList
  int next_status = 0;    ///< of the next answer to a list or watch, instead of a good one

  [[nodiscard]] const std::map<std::string, long>& truth() const { return truth_; }
  [[nodiscard]] long version() const { return version_; }

  void put(const std::string& name) {
    const bool fresh = !truth_.contains(name);
    truth_[name] = ++version_;
    past_[version_] = truth_;
    happened(fresh ? "ADDED" : "MODIFIED", name);
  }
  void remove(const std::string& name) {
    if (truth_.erase(name) == 0) return;
    past_[++version_] = truth_;
    happened("DELETED", name);
  }
  /// Answers all requests and sends each watch what it has not seen.
  void serve() {
    kube_.run([this](const Request& request) { return list(request); });
    while (accepted_ < kube_.watches.size()) accept(*kube_.watches[accepted_++]);
    for (auto& follower : followers_) catch_up(follower);
  }
  void bookmark(long version) {
    for (auto& each : followers_) {
      each.watch->line(R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":")" +
                       std::to_string(version) + R"("}}})");
    }
  }
  void send(const std::string& line) {
    for (auto& each : followers_) each.watch->line(line);
  }
  void end_watches(const Result<Answer>& with = Answer{.status = 200}) {
    for (auto& each : std::exchange(followers_, {})) each.watch->end(with);
  }
  /// What happened before is known no more.
  void compact() { oldest_ = version_; }
  /// Tells the last events again, in this order: 0 is the last.
  void repeat(const std::vector<std::size_t>& order) {
    for (const auto back : order) {
      if (back < history_.size()) send(history_[history_.size() - 1 - back].line);
    }
  }
  /// Sends what was not sent yet in reverse order.
  void serve_reversed() {
    kube_.run([this](const Request& request) { return list(request); });
    for (auto& each : followers_) {
      for (auto event = history_.rbegin(); event != history_.rend(); ++event) {
        if (event->version > each.sent) each.watch->line(event->line);
      }
      each.sent = version_;
    }
  }
  /// As after a backup was restored: versions begin again below what was told, and what was there
  /// at that version is there again.
  void restore(long back) {
    serve();
    version_ = std::max(1L, version_ - back);
    past_.erase(past_.upper_bound(version_), past_.end());
    truth_ = past_.empty() ? decltype(truth_)() : past_.rbegin()->second;
    history_.clear();
    oldest_ = version_;
    for (auto& each : followers_) each.sent = version_;
  }

 private:
  struct Past {
    long version;
    std::string line;
  };
  struct Following {
    std::shared_ptr<test::ScriptedKube::Watch> watch;
    long sent;
  };

  static std::string value_of(const Request& request, const std::string& name) {
    for (const auto& [key, value] : request.query) {
      if (key == name) return value;
    }
    return {};
  }
  static std::string object(const std::string& name, long version) {
    return R"({"metadata":{"name":")" + name + R"(","uid":"u","resourceVersion":")" +
           std::to_string(version) + R"("}})";
  }
  static std::string event(const std::string& type, const std::string& name, long version) {
    return R"({"type":")" + type + R"(","object":)" + object(name, version) + "}";
  }
  void happened(const std::string& type, const std::string& name) {
    history_.push_back({version_, event(type, name, version_)});
  }

  Result<Answer> list(const Request& request) {
    if (next_status != 0) return Answer{.status = std::exchange(next_status, 0), .body = "{}"};
    const auto wanted = value_of(request, "resourceVersion");
    if (!wanted.empty() && std::stol(wanted) > version_) {
      return Answer{.status = 504,
                    .body = R"({"message":"Too large resource version: 1, current: 0"})"};
    }
    auto more = value_of(request, "continue");
    if (more.empty()) snapshot_.assign(truth_.begin(), truth_.end());
    if (more.empty()) snapshot_version_ = version_;
    const std::size_t begin = more.empty() ? 0 : std::stoul(more);
    const auto end = std::min(snapshot_.size(), begin + std::stoul(value_of(request, "limit")));
    std::string items;
    for (std::size_t i = begin; i < end; ++i) {
      items += (i == begin ? "" : ",") + object(snapshot_[i].first, snapshot_[i].second);
    }
    const auto rest = end < snapshot_.size() ? std::to_string(end) : std::string();
    return Answer{.status = 200,
                  .body = R"({"kind":"List","metadata":{"resourceVersion":")" +
                          std::to_string(snapshot_version_) + R"(","continue":")" + rest +
                          R"("},"items":[)" + items + "]}"};
  }

  void accept(test::ScriptedKube::Watch& watch) {
    if (!watch.open()) return;
    if (next_status != 0) {
      return watch.end(Answer{.status = std::exchange(next_status, 0), .body = "{}"});
    }
    const auto shared = kube_.watches[accepted_ - 1];
    if (value_of(watch.request, "sendInitialEvents") == "true") return accept_list(shared);
    const long from = std::stol(value_of(watch.request, "resourceVersion"));
    if (from >= oldest_) {
      followers_.push_back({shared, from});
    } else if (accepted_ % 2 == 0) {
      watch.end(Answer{.status = 410, .body = "{}"});
    } else {
      watch.line(R"({"type":"ERROR","object":{"kind":"Status","code":410}})");
    }
  }

  void accept_list(const std::shared_ptr<test::ScriptedKube::Watch>& watch) {
    if (!streaming) return watch->end(Answer{.status = 400, .body = "{}"});
    for (const auto& [name, version] : truth_) watch->line(event("ADDED", name, version));
    watch->line(R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":")" +
                std::to_string(version_) +
                R"(","annotations":{"k8s.io/initial-events-end":"true"}}}})");
    if (watch->open()) followers_.push_back({watch, version_});
  }

  void catch_up(Following& follower) const {
    for (const auto& past : history_) {
      if (past.version > follower.sent) follower.watch->line(past.line);
    }
    follower.sent = std::max(follower.sent, version_);
  }

  test::ScriptedKube& kube_;
  std::map<std::string, long> truth_;
  std::map<long, std::map<std::string, long>> past_;  ///< truth by version
  std::vector<Past> history_;
  std::vector<Following> followers_;
  std::vector<std::pair<std::string, long>> snapshot_;
  long version_ = 100, oldest_ = 100, snapshot_version_ = 0;
  std::size_t accepted_ = 0;
};

}  // namespace kernwise::kube
