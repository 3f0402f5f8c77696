// SPDX-License-Identifier: Apache-2.0
#include "common/kube/events.hpp"

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <utility>

#include "common/base/json.hpp"
#include "common/base/utf8.hpp"
#include "common/kube/micro_time.hpp"

namespace kernwise::kube {
namespace {

constexpr std::size_t kMostWord = 128, kMostNote = 1'024, kMostName = 253;
constexpr double kJitter = 0.25;
constexpr std::chrono::seconds kMostRetryAfter{120};

void append(std::string& key, const ObjectRef& object) {
  for (const std::string* part :
       {&object.api_version, &object.kind, &object.name_space, &object.name, &object.uid}) {
    key.append(*part).push_back('\0');
  }
}

void write(json::Writer& json, const ObjectRef& object) {
  json.begin_object().member("apiVersion", object.api_version).member("kind", object.kind);
  if (!object.name_space.empty()) json.member("namespace", object.name_space);
  json.member("name", object.name);
  if (!object.uid.empty()) json.member("uid", object.uid);
  json.end_object();
}

void write_series(json::Writer& json, std::uint64_t count, WallTime last) {
  json.key("series").begin_object().member("count", count);
  json.member("lastObservedTime", micro_time(last)).end_object();
}

/// Events about what belongs to no namespace live in `default`.
std::string namespace_of(const Event& event) {
  return event.regarding.name_space.empty() ? "default" : event.regarding.name_space;
}

/// Whether asking again can help: nobody answered, or the server was too busy or ill.
bool is_passing(const Result<Answer>& answer) {
  return !answer || answer->status == 429 || answer->status >= 500;
}

}  // namespace

EventBook::EventBook(EventSource source, EventTimes times, std::function<double()> random)
    : source_(std::move(source)), times_(times), random_(std::move(random)) {
  source_.instance = printable(source_.instance, kMostWord);
}

std::string EventBook::key_of(const Event& event) const {
  std::string key(event.warning ? "W" : "N");
  key.append(event.action).push_back('\0');
  key.append(event.reason).push_back('\0');
  append(key, event.regarding);
  if (event.related) append(key, *event.related);
  return key;
}

/// `object.hex of the nanoseconds`, never the same twice.
std::string EventBook::fresh_name(const Event& event, WallTime wall) {
  const auto since = std::chrono::floor<std::chrono::nanoseconds>(wall.time_since_epoch());
  last_name_ = std::max<std::int64_t>(since.count(), last_name_ + 1);
  std::array<char, 24> suffix{};
  const int length = std::snprintf(suffix.data(), suffix.size(), ".%" PRIx64, last_name_);
  const auto used = static_cast<std::size_t>(length);
  return event.regarding.name.substr(0, kMostName - used).append(suffix.data(), used);
}

void EventBook::note(Event event, MonoTime now, WallTime wall) {
  event.action = printable(event.action, kMostWord);
  event.reason = printable(event.reason, kMostWord);
  event.note = printable(event.note, kMostNote);
  std::string key = key_of(event);
  if (const auto known = series_.find(key); known != series_.end()) {
    ++known->second.count;
    known->second.last = wall;
    known->second.seen_at = now;
    if (known->second.told == 0) known->second.event.note = std::move(event.note);
    return;
  }
  if (series_.size() >= kMost) {
    ++counts_.dropped;
    return;
  }
  Series series;
  series.event = std::move(event);
  series.first = series.last = wall;
  series.seen_at = series.told_at = series.due = now;
  series.name = fresh_name(series.event, wall);
  series_.emplace(std::move(key), std::move(series));
}

bool EventBook::wants(const Series& series, MonoTime now) const {
  if (now < series.due) return false;
  if (series.told == 0) return true;
  if (series.count == series.told) return false;
  return series.told == 1 || now - series.told_at >= times_.heartbeat ||
         now - series.seen_at >= times_.close;
}

Request EventBook::request_of(const Series& series) const {
  const Event& event = series.event;
  const std::string path = "/apis/events.k8s.io/v1/namespaces/" + namespace_of(event) + "/events";
  json::Writer json;
  json.begin_object();
  if (series.told > 0) {
    write_series(json, series.count, series.last);
    return {.method = "PATCH",
            .path = path + "/" + series.name,
            .body = json.end_object().take(),
            .content_type = "application/strategic-merge-patch+json"};
  }
  json.member("apiVersion", "events.k8s.io/v1").member("kind", "Event");
  json.key("metadata").begin_object().member("name", series.name);
  json.member("namespace", namespace_of(event)).end_object();
  json.member("eventTime", micro_time(series.first));
  if (series.count > 1) write_series(json, series.count, series.last);
  json.member("reportingController", source_.controller);
  json.member("reportingInstance", source_.instance);
  json.member("action", event.action).member("reason", event.reason);
  write(json.key("regarding"), event.regarding);
  if (event.related) write(json.key("related"), *event.related);
  json.member("note", event.note).member("type", event.warning ? "Warning" : "Normal");
  return {.method = "POST",
          .path = path,
          .body = json.end_object().take(),
          .content_type = "application/json"};
}

std::optional<EventCall> EventBook::next(MonoTime now) {
  if (underway_ && now - underway_->sent < times_.call) return std::nullopt;
  if (underway_) answered(underway_->number, errno_error(ETIMEDOUT, "event"), now);
  std::erase_if(series_, [&](const auto& entry) {
    const Series& series = entry.second;
    return series.told == series.count && now - series.seen_at >= times_.close;
  });
  const auto chosen = std::find_if(series_.begin(), series_.end(),
                                   [&](const auto& entry) { return wants(entry.second, now); });
  if (chosen == series_.end()) return std::nullopt;
  underway_ = Underway{++calls_, chosen->first, chosen->second.count, now};
  return EventCall{calls_, request_of(chosen->second)};
}

void EventBook::told(Series& series, std::uint64_t count, MonoTime now) {
  series.told = count;
  series.told_at = now;
  series.tries = 0;
  ++counts_.told;
}

void EventBook::retry(Entries::iterator entry, const Result<Answer>& answer, MonoTime now) {
  Series& series = entry->second;
  if (!is_passing(answer) || ++series.tries >= times_.tries) {
    ++counts_.failed;
    series_.erase(entry);
    return;
  }
  const Seconds pause = times_.retry * (1 + kJitter * random_());
  const Seconds asked = std::min(
      answer ? answer->retry_after.value_or(std::chrono::seconds(0)) : std::chrono::seconds(0),
      kMostRetryAfter);
  series.due = now + std::chrono::duration_cast<MonoTime::duration>(std::max(pause, asked));
}

void EventBook::answered(std::uint64_t number, const Result<Answer>& answer, MonoTime now) {
  if (!underway_ || underway_->number != number) return;
  const Underway done = *std::exchange(underway_, std::nullopt);
  const auto entry = series_.find(done.key);
  if (entry == series_.end()) return;
  Series& series = entry->second;
  const int status = answer ? answer->status : 0;
  const bool made_before = series.told == 0 && status == 409;  // by a try whose answer was lost
  if ((status >= 200 && status < 300) || made_before) return told(series, done.count, now);
  if (series.told > 0 && status == 404) {
    // Events live for an hour: the object is gone, and what goes on is told anew.
    series.told = 0;
    series.name = fresh_name(series.event, series.last);
    return;
  }
  retry(entry, answer, now);
}

}  // namespace kernwise::kube
