// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.hpp"
#include "common/kube/client.hpp"

/// When to list and when to watch, and which event to believe: decisions only, without sockets,
/// objects and clocks (scaling.md 2.6, security.md 9 and 10.1).
namespace kernwise::kube {

struct WatchTuning {
  std::chrono::milliseconds first_backoff{800};  ///< doubles, with full jitter
  std::chrono::milliseconds last_backoff{15'000};
  std::chrono::milliseconds relist{30'000};   ///< at least, between two lists
  std::chrono::milliseconds resync{600'000};  ///< times 1 to 1.5: everything is listed anew
  /// A watch lasts so many seconds, at random. The server tells how far it is each minute, and two
  /// seconds before the end of a watch: so we know within this time that nothing was missed.
  std::chrono::seconds least_watch{40}, most_watch{55};
  std::chrono::milliseconds short_watch{
      1'000};             ///< shorter and without an event = something is off
  int page = 500;         ///< objects per answer of a list
  bool streaming = true;  ///< lists by a watch (WatchList) where possible
  bool optional = false;  ///< the cluster may not know this kind: 404 = none
};

struct WatchStep {
  enum class Kind : std::uint8_t { wait, list, watch };
  Kind kind = Kind::wait;
  MonoTime until{};  ///< of wait
  Query query = {};  ///< of list and watch
};

/// What became of a list or a watch that did not go well, or ended.
struct WatchEnd {
  int status = 0;                  ///< of the answer or of an ERROR event; 0: the connection broke
  bool version_too_large = false;  ///< the server does not know that version yet
  bool answer_too_large = false;   ///< for us
  std::optional<std::chrono::seconds> retry_after = {};
};

struct WatchFrame {
  enum class Kind : std::uint8_t { put, remove, bookmark };
  Kind kind = Kind::bookmark;
  std::string key = {};
  std::string version = {};  ///< of the object, or of the bookmark
  std::string stored = {};   ///< version of the object as we have it; empty = we have none
  bool initial_end = false;  ///< the bookmark that ends the list of a WatchList
};

/// What to do with an event.
struct WatchVerdict {
  bool apply = false;     ///< put or remove
  bool complete = false;  ///< what was not listed is gone
  bool stop = false;      ///< end the watch and go on with `next`
};

/// One resource type. After each call ask `next`, unless a list or watch is under way.
class WatchLogic {
 public:
  /// `random` gives numbers in [0, 1).
  WatchLogic(const WatchTuning& tuning, std::function<double()> random);

  /// What to do now that nothing is under way.
  [[nodiscard]] WatchStep next(MonoTime now);

  /// A page was answered. True when it was the last: what was not listed is gone.
  bool listed(const std::string& version, const std::string& more, MonoTime now);
  /// True when the cluster does not know this kind: there is none of it.
  bool list_failed(const WatchEnd& end, MonoTime now);
  [[nodiscard]] WatchVerdict frame(const WatchFrame& frame, MonoTime now);
  /// Also for a stopped one whose ERROR event tells why.
  bool watch_ended(const WatchEnd& end, MonoTime now);

  /// Whether the next list begins anew: forget what was listed before it.
  [[nodiscard]] bool list_begins() const { return more_.empty(); }
  /// Whether the watch under way is a list as well.
  [[nodiscard]] bool listing_by_watch() const { return phase_ == Phase::streaming; }
  [[nodiscard]] bool synced() const { return synced_; }
  /// When everything was last known to be as the server has it.
  [[nodiscard]] std::optional<MonoTime> current_at() const { return current_at_; }
  [[nodiscard]] const std::string& version() const { return version_; }

 private:
  enum class Phase : std::uint8_t { must_list, listing, streaming, must_watch, watching };

  [[nodiscard]] WatchStep begin_list();
  [[nodiscard]] WatchStep begin_watch(MonoTime now);
  [[nodiscard]] bool may_list(MonoTime now) const;
  void list_complete(const std::string& version, MonoTime now);
  void list_newest();
  void back_off(const WatchEnd& end, MonoTime now);
  bool absent(MonoTime now);
  void stream_ended(const WatchEnd& end, MonoTime now);
  WatchVerdict stream_frame(const WatchFrame& frame, MonoTime now);
  WatchVerdict bookmark(const WatchFrame& frame, MonoTime now);
  [[nodiscard]] bool is_news(const WatchFrame& frame) const;
  void remember_removal(const WatchFrame& frame);
  [[nodiscard]] std::chrono::milliseconds between(std::chrono::milliseconds low,
                                                  std::chrono::milliseconds high);

  WatchTuning tuning_;
  std::function<double()> random_;
  Phase phase_ = Phase::must_list;
  std::string version_;         ///< up to which everything is known
  std::string listed_version_;  ///< of the last list
  std::string more_;            ///< where the list goes on
  bool newest_ = false;         ///< list what is newest, since our version leads nowhere
  bool by_pages_ = false;       ///< this list only: not by a watch
  bool suspicious_ = false;  ///< events came in an order they cannot have: list as soon as allowed
  bool synced_ = false;
  int failures_ = 0, stream_failures_ = 0;
  std::uint64_t frames_ = 0;  ///< of this watch
  MonoTime not_before_{}, began_{}, resync_at_{};
  std::optional<MonoTime> listed_at_, current_at_;
  std::map<std::string, std::uint64_t, std::less<>> removed_;  ///< and at which version
  std::deque<std::string> removed_order_;
};

}  // namespace kernwise::kube
