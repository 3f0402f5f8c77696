// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "common/base/clock.hpp"
#include "common/kube/client.hpp"

/// Events of events.k8s.io/v1: what happened, told once, and counted when it happens again
/// (scaling.md 2.4). Numbers that change belong into the note, or nothing is ever the same.
namespace kernwise::kube {

struct ObjectRef {
  std::string api_version, kind, name_space, name, uid;
  bool operator==(const ObjectRef&) const = default;
};

struct Event {
  ObjectRef regarding;
  std::optional<ObjectRef> related = {};
  std::string action, reason;  ///< at most 128 bytes each; longer ones are cut
  std::string note = {};       ///< at most 1 kB
  bool warning = false;        ///< type Warning instead of Normal
};

/// Who tells.
struct EventSource {
  std::string controller;  ///< `kernwise.io/orchestrator`
  std::string instance;    ///< the name of the pod
};

struct EventTimes {
  std::chrono::seconds heartbeat{1'800};  ///< a series that goes on is told again after this
  std::chrono::seconds close{360};        ///< a series is over after this silence
  std::chrono::seconds retry{10};         ///< times 1 + 0.25 U(0,1)
  std::chrono::seconds call{30};          ///< an answer that takes longer is not waited for
  int tries = 12;
};

struct EventCounts {
  std::uint64_t told = 0;     ///< requests that the server accepted
  std::uint64_t dropped = 0;  ///< not taken: too many different ones at once
  std::uint64_t failed = 0;   ///< given up: refused, or tried too often
};

struct EventCall {
  std::uint64_t number = 0;
  Request request;
};

/// What is to be told to the API server, without sockets, timers or clocks: one request at a time.
class EventBook {
 public:
  /// Different events that are remembered at once.
  static constexpr std::size_t kMost = 1'000;

  /// `random` gives numbers in [0, 1).
  EventBook(EventSource source, EventTimes times, std::function<double()> random);

  void note(Event event, MonoTime now, WallTime wall);
  [[nodiscard]] std::optional<EventCall> next(MonoTime now);
  void answered(std::uint64_t number, const Result<Answer>& answer, MonoTime now);

  [[nodiscard]] const EventCounts& counts() const { return counts_; }
  /// Different events remembered now.
  [[nodiscard]] std::size_t size() const { return series_.size(); }

 private:
  struct Series {
    Event event;
    std::string name;  ///< of the object
    WallTime first, last;
    MonoTime seen_at, told_at, due;
    std::uint64_t count = 1, told = 0;  ///< how often; 0 told = the server has no such object
    int tries = 0;
  };
  using Entries = std::map<std::string, Series, std::less<>>;
  struct Underway {
    std::uint64_t number;
    std::string key;
    std::uint64_t count;
    MonoTime sent;
  };

  [[nodiscard]] std::string key_of(const Event& event) const;
  [[nodiscard]] std::string fresh_name(const Event& event, WallTime wall);
  [[nodiscard]] bool wants(const Series& series, MonoTime now) const;
  [[nodiscard]] Request request_of(const Series& series) const;
  void told(Series& series, std::uint64_t count, MonoTime now);
  void retry(Entries::iterator entry, const Result<Answer>& answer, MonoTime now);

  EventSource source_;
  EventTimes times_;
  std::function<double()> random_;
  Entries series_;
  std::optional<Underway> underway_;
  std::uint64_t calls_ = 0;
  std::int64_t last_name_ = 0;
  EventCounts counts_;
};

}  // namespace kernwise::kube
