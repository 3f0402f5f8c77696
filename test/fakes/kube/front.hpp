// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "test/fakes/kube/api.hpp"

namespace kernwise::test {

/// Where an answer goes: a connection, or a client in the same process.
class Outlet {
 public:
  virtual ~Outlet() = default;
  virtual void answer(const Reply& reply) = 0;
  /// The head of an answer and only so many bytes of its body; then the connection breaks.
  virtual void torn_answer(const Reply& reply, std::size_t bytes) = 0;
  virtual void begin_stream() = 0;
  virtual void line(const std::string& text) = 0;
  /// Bytes of a stream that are no whole line.
  virtual void bytes(const std::string& text) = 0;
  virtual void end_stream() = 0;
  /// Breaks the connection.
  virtual void cut() = 0;
};

/// What goes wrong, and with which requests.
struct Fault {
  enum class Kind {
    answer,  ///< `reply` instead of what was asked; nothing happens
    lose,    ///< it is done, but the connection breaks before the answer
    hold,    ///< nothing happens until `release`
    tear,    ///< the answer breaks off after `at` bytes
    // Of a watch: what happens at its event number `at`, counted from 0.
    cut,        ///< the connection breaks instead of the event
    tear_line,  ///< the connection breaks in the middle of the event
    close,      ///< it ends properly instead of the event
    expire,     ///< an ERROR event with 410, then its end
    repeat,     ///< the event comes twice
    swap,       ///< the next event comes first
    older,      ///< the first event of this watch comes once more after it
    garbage,    ///< `text` comes before it
    mute,       ///< from here on nothing comes, and the connection stays
  };
  Kind kind = Kind::answer;
  std::string verb = {};  ///< get, list, watch, create, update, patch, delete; empty = all
  std::string path = {};  ///< a part of the path; empty = all
  unsigned skip = 0;      ///< so many matching requests pass first
  unsigned times = 1;     ///< and so many are hit
  Reply reply = {};
  std::size_t at = 0;
  std::string text = {};
};

/// What came in, in order.
struct Seen {
  std::string verb, path, user_token;
  std::vector<std::pair<std::string, std::string>> query;
  [[nodiscard]] std::string parameter(std::string_view name) const;
};

/// The fake API server with its faults, before any transport. One thread.
class ApiFront {
 public:
  explicit ApiFront(FakeApi::Clock now);
  ~ApiFront();

  [[nodiscard]] FakeApi& api() { return api_; }
  void add(Fault fault) { faults_.push_back(std::move(fault)); }
  void clear_faults() { faults_.clear(); }
  /// Lets the requests go on that a fault holds.
  void release();
  [[nodiscard]] std::size_t held() const { return held_.size(); }
  /// The first 100,000 requests.
  [[nodiscard]] const std::vector<Seen>& seen() const { return seen_; }
  void forget_seen() { seen_.clear(); }
  /// Breaks the connection of every watch.
  void cut_watches();

  void handle(const Call& call, const std::shared_ptr<Outlet>& outlet);
  /// The client has left: nothing more goes to this outlet.
  void gone(const Outlet* outlet);

 private:
  class Stream;
  struct Waiting {
    Call call;
    std::shared_ptr<Outlet> outlet;
  };
  [[nodiscard]] std::optional<Fault> strike(const std::string& verb, const std::string& path);
  void serve(const Call& call, const std::shared_ptr<Outlet>& outlet,
             const std::optional<Fault>& fault);
  void serve_watch(const Call& call, const std::shared_ptr<Outlet>& outlet,
                   const std::optional<Fault>& fault);

  FakeApi api_;
  std::vector<Fault> faults_;
  std::vector<Seen> seen_;
  std::vector<Waiting> held_;
  std::map<const Outlet*, std::unique_ptr<Stream>> streams_;
};

}  // namespace kernwise::test
