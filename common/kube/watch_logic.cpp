// SPDX-License-Identifier: Apache-2.0
#include "common/kube/watch_logic.hpp"

#include <algorithm>
#include <charconv>

#include "common/kube/backoff.hpp"

namespace kernwise::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kMaxRemoved = 1'024;
constexpr int kStreamTries = 2;
constexpr int kGone = 410;
constexpr seconds kLeastStream{300}, kMostStream{600};  // a large list takes its time

/// Versions are opaque on paper, and numbers that grow in fact (KEP-5504 made that a promise).
/// Nothing when it is not one: then no order is known, and every event is believed.
std::optional<std::uint64_t> number_of(std::string_view version) {
  std::uint64_t number = 0;
  const auto read = std::from_chars(version.data(), version.data() + version.size(), number);
  const bool whole = read.ec == std::errc() && read.ptr == version.data() + version.size();
  return whole ? std::optional(number) : std::nullopt;
}

/// True when both are numbers, and `left` is the smaller one.
bool is_before(std::string_view left, std::string_view right) {
  const auto first = number_of(left);
  const auto second = number_of(right);
  return first && second && *first < *second;
}

bool leads_nowhere(const WatchEnd& end) {
  return end.status == kGone || end.version_too_large || end.answer_too_large;
}

bool is_misunderstood(const WatchEnd& end) {
  return end.status == 400 || end.status == 422;
}

std::string in_seconds(milliseconds span) {
  return std::to_string(std::max<long long>(1, std::chrono::ceil<seconds>(span).count()));
}

}  // namespace

WatchLogic::WatchLogic(const WatchTuning& tuning, std::function<double()> random)
    : tuning_(tuning), random_(std::move(random)) {}

milliseconds WatchLogic::between(milliseconds low, milliseconds high) {
  return low + std::chrono::duration_cast<milliseconds>((high - low) * random_());
}

bool WatchLogic::may_list(MonoTime now) const {
  return !listed_at_ || now >= *listed_at_ + tuning_.relist;
}

WatchStep WatchLogic::next(MonoTime now) {
  if (now < not_before_) return {.kind = WatchStep::Kind::wait, .until = not_before_};
  if (phase_ == Phase::must_watch) {
    const bool anew = now >= resync_at_ || suspicious_;
    if (!anew || !may_list(now)) return begin_watch(now);
    newest_ = suspicious_;
    phase_ = Phase::must_list;
  }
  if (phase_ == Phase::must_list) {
    if (!may_list(now)) {
      return {.kind = WatchStep::Kind::wait, .until = *listed_at_ + tuning_.relist};
    }
    began_ = now;
    more_.clear();
  }
  return begin_list();
}

WatchStep WatchLogic::begin_list() {
  if (tuning_.streaming && !by_pages_ && more_.empty()) {
    phase_ = Phase::streaming;
    frames_ = 0;
    return {.kind = WatchStep::Kind::watch,
            .query = {{"watch", "1"},
                      {"sendInitialEvents", "true"},
                      {"resourceVersionMatch", "NotOlderThan"},
                      {"allowWatchBookmarks", "true"},
                      {"timeoutSeconds", in_seconds(between(kLeastStream, kMostStream))}}};
  }
  phase_ = Phase::listing;
  WatchStep step{.kind = WatchStep::Kind::list, .query = {{"limit", std::to_string(tuning_.page)}}};
  if (!more_.empty()) {
    step.query.emplace_back("continue", more_);
  } else if (!newest_ && version_.empty()) {
    step.query.emplace_back("resourceVersion", "0");  // whatever the server has at hand
  } else if (!newest_) {
    step.query.emplace_back("resourceVersion", version_);
    step.query.emplace_back("resourceVersionMatch", "NotOlderThan");
  }
  return step;
}

WatchStep WatchLogic::begin_watch(MonoTime now) {
  phase_ = Phase::watching;
  began_ = now;
  frames_ = 0;
  auto span = between(tuning_.least_watch, tuning_.most_watch);
  if (suspicious_ && listed_at_) {  // no longer than until a list is allowed
    const auto left = std::chrono::ceil<milliseconds>(*listed_at_ + tuning_.relist - now);
    span = std::min(span, left);
  }
  return {.kind = WatchStep::Kind::watch,
          .query = {{"watch", "1"},
                    {"resourceVersion", version_},
                    {"allowWatchBookmarks", "true"},
                    {"timeoutSeconds", in_seconds(span)}}};
}

bool WatchLogic::listed(const std::string& version, const std::string& more, MonoTime now) {
  more_ = more;
  if (!more_.empty()) return false;
  list_complete(version, now);
  return true;
}

void WatchLogic::list_complete(const std::string& version, MonoTime now) {
  version_ = listed_version_ = version;
  more_.clear();
  phase_ = Phase::must_watch;
  newest_ = by_pages_ = suspicious_ = false;
  synced_ = true;
  failures_ = stream_failures_ = 0;
  listed_at_ = current_at_ = began_;  // what came later is known from the watch
  resync_at_ = now + between(tuning_.resync, tuning_.resync * 3 / 2);
  removed_.clear();
  removed_order_.clear();
}

void WatchLogic::back_off(const WatchEnd& end, MonoTime now) {
  auto delay = backoff(++failures_, tuning_.first_backoff, tuning_.last_backoff, random_());
  if (end.retry_after) delay = std::max<milliseconds>(delay, *end.retry_after);
  not_before_ = now + delay;
}

bool WatchLogic::absent(MonoTime now) {
  version_.clear();
  more_.clear();
  phase_ = Phase::must_list;
  newest_ = by_pages_ = suspicious_ = false;
  synced_ = true;
  current_at_ = now;
  failures_ = 0;
  not_before_ = now + between(tuning_.least_watch, tuning_.most_watch);
  return true;
}

bool WatchLogic::list_failed(const WatchEnd& end, MonoTime now) {
  if (end.status == 404 && tuning_.optional) return absent(now);
  more_.clear();
  if (!leads_nowhere(end)) {
    phase_ = Phase::must_list;
    back_off(end, now);
    return false;
  }
  // The next rung of the ladder at once; from the last one, only when a list is allowed again.
  if (!newest_) {
    newest_ = by_pages_ = true;
    phase_ = Phase::listing;
    return false;
  }
  listed_at_ = began_;
  phase_ = Phase::must_list;
  back_off(end, now);
  return false;
}

WatchVerdict WatchLogic::frame(const WatchFrame& frame, MonoTime now) {
  ++frames_;
  if (phase_ == Phase::streaming) return stream_frame(frame, now);
  failures_ = 0;
  current_at_ = now;
  if (frame.kind == WatchFrame::Kind::bookmark) return bookmark(frame, now);
  WatchVerdict verdict{.apply = is_news(frame)};
  if (is_before(frame.version, version_)) {
    suspicious_ = true;
  } else {
    version_ = frame.version;
  }
  if (verdict.apply && frame.kind == WatchFrame::Kind::remove) remember_removal(frame);
  verdict.stop = suspicious_ && may_list(now);
  if (verdict.stop) list_newest();
  return verdict;
}

void WatchLogic::list_newest() {
  newest_ = true;
  phase_ = Phase::must_list;
}

WatchVerdict WatchLogic::bookmark(const WatchFrame& frame, MonoTime now) {
  if (is_before(frame.version, version_)) {
    suspicious_ = true;
  } else {
    version_ = frame.version;
  }
  if (!suspicious_ || !may_list(now)) return {};
  list_newest();
  return {.stop = true};
}

WatchVerdict WatchLogic::stream_frame(const WatchFrame& frame, MonoTime now) {
  if (frame.kind != WatchFrame::Kind::bookmark) return {.apply = true};
  if (!frame.initial_end) return {};
  list_complete(frame.version, now);
  return {.complete = true, .stop = true};
}

bool WatchLogic::is_news(const WatchFrame& frame) const {
  if (frame.kind == WatchFrame::Kind::remove) return !is_before(frame.version, frame.stored);
  const auto version = number_of(frame.version);
  if (!version) return true;
  if (!frame.stored.empty()) {
    return is_before(frame.stored, frame.version) || !number_of(frame.stored);
  }
  // We do not have it: it is new, or an old word about what has gone since.
  const auto gone = removed_.find(frame.key);
  if (gone != removed_.end()) return *version > gone->second;
  const auto listed = number_of(listed_version_);
  return !listed || *version > *listed;
}

void WatchLogic::remember_removal(const WatchFrame& frame) {
  const auto version = number_of(frame.version);
  if (!version) return;
  if (const auto [entry, fresh] = removed_.insert_or_assign(frame.key, *version); !fresh) return;
  removed_order_.push_back(frame.key);
  if (removed_order_.size() <= kMaxRemoved) return;
  removed_.erase(removed_order_.front());
  removed_order_.pop_front();
}

void WatchLogic::stream_ended(const WatchEnd& end, MonoTime now) {
  phase_ = Phase::must_list;
  if (is_misunderstood(end) || ++stream_failures_ >= kStreamTries) tuning_.streaming = false;
  if (leads_nowhere(end)) by_pages_ = newest_ = true;
  // A server that ends it without telling where the list ends does not know what we asked.
  if (end.status == 200) by_pages_ = true;
  const bool go_on = is_misunderstood(end) || by_pages_;
  if (!go_on) back_off(end, now);
  if (go_on) phase_ = Phase::listing;
}

bool WatchLogic::watch_ended(const WatchEnd& end, MonoTime now) {
  if (end.status == 404 && tuning_.optional) return absent(now);
  if (phase_ == Phase::streaming) {
    stream_ended(end, now);
    return false;
  }
  if (phase_ != Phase::watching) return false;  // stopped by a frame: that has decided already
  phase_ = Phase::must_watch;
  if (end.status == 200) {
    if (frames_ == 0 && now - began_ < tuning_.short_watch) {
      back_off(end, now);
      return false;
    }
    failures_ = 0;
    // All that happened until then was sent before the end. But a server whose numbers have gone
    // back (a restored backup) sends nothing before it gets where we were, not even a bookmark.
    if (frames_ == 0 && now - began_ >= tuning_.least_watch) {
      suspicious_ = true;
    } else {
      current_at_ = now;
    }
    return false;
  }
  if (leads_nowhere(end) || is_misunderstood(end)) {
    phase_ = Phase::must_list;
    newest_ = end.status != kGone;
    if (is_misunderstood(end)) back_off(end, now);
    return false;
  }
  back_off(end, now);
  return false;
}

}  // namespace kernwise::kube
