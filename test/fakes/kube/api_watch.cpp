// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <boost/json/object.hpp>

#include "test/fakes/kube/api.hpp"

namespace kernwise::test {
namespace {

std::string line_of(std::string_view type, Json object) {
  return to_text(boost::json::object{{"type", type}, {"object", std::move(object)}});
}

Reply forbidden_option(const std::string& field, const std::string& why) {
  return invalid_object("ListOptions.meta.k8s.io", "",
                        {{"FieldValueForbidden", field, "Forbidden: " + why}});
}

}  // namespace

FakeApi::Watching FakeApi::watch(const Call& call, WatchSink& sink) {
  User user;
  if (auto refused = authenticate(call, user)) return {.refused = *refused};
  if (auto refused = refuse_target(call)) return {.refused = *refused};
  const auto target = parse_target(resources_, call.path);
  const Session session{.call = call, .user = std::move(user), .target = *target};
  if (auto refused = authorise(session)) return {.refused = *refused};
  Watch watch{.resource = target->resource, .selector = {}, .sink = &sink};
  if (auto refused = begin_streaming(call)) return {.refused = *refused};
  if (const auto version = call.parameter("resourceVersion");
      version.find_first_not_of("0123456789") != std::string::npos)
    return {.refused =
                failure(500, "",
                        "resourceVersion: Invalid value: \"" + version +
                            "\": strconv.ParseUint: parsing \"" + version + "\": invalid syntax")};
  if (auto refused = parse_selector(session, watch.selector)) return {.refused = *refused};
  const auto id = next_watch_++;
  watches_.emplace(id, std::move(watch));
  if (auto refused = begin(session, watches_.at(id))) {
    sink.event(line_of("ERROR", refused->body));
    watches_.erase(id);
    sink.end();
    return {};
  }
  return {.id = id};
}

FakeApi::Refusal FakeApi::begin_streaming(const Call& call) const {
  const bool streaming = call.parameter("sendInitialEvents") == "true";
  const auto match = call.parameter("resourceVersionMatch");
  if (streaming && !streaming_lists_)
    return forbidden_option("sendInitialEvents",
                            "sendInitialEvents is forbidden for watch unless the WatchList feature "
                            "gate is enabled");
  if (streaming && match != "NotOlderThan")
    return forbidden_option(
        "resourceVersionMatch",
        "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
  if (!streaming && !match.empty())
    return forbidden_option("resourceVersionMatch",
                            "resourceVersionMatch is forbidden for watch unless sendInitialEvents "
                            "is provided");
  return std::nullopt;
}

FakeApi::Refusal FakeApi::begin(const Session& session, Watch& watch) {
  const auto& call = session.call;
  const auto version = call.parameter("resourceVersion");
  const bool streaming = call.parameter("sendInitialEvents") == "true";
  const auto from = std::strtoull(version.c_str(), nullptr, 10);
  watch.bookmarks = call.parameter("allowWatchBookmarks") == "true";
  if (const auto span = std::atoi(call.parameter("timeoutSeconds").c_str()); span > 0)
    watch.deadline = now_() + std::chrono::seconds(span);
  watch.next_bookmark =
      std::min(now_() + std::chrono::minutes(1), watch.deadline - std::chrono::seconds(2));
  watch.seen = store_.revision();
  if (streaming || from == 0) {
    for (const auto& each :
         store_.list(*watch.resource, watch.selector.name_space, store_.revision()))
      if (watch.selector.matches(*each)) watch.sink->event(line_of("ADDED", *each));
    if (streaming) send_bookmark(watch, true);
    return std::nullopt;
  }
  if (from < store_.compacted())
    return expired("too old resource version: " + version + " (" +
                   std::to_string(store_.compacted()) + ")");
  watch.seen = std::max<std::uint64_t>(from, store_.revision());
  for (const auto& change : store_.changes_after(from, *watch.resource)) send(watch, change);
  return std::nullopt;
}

void FakeApi::on_change(const Change& change) {
  for (const auto& [id, watch] : std::map(watches_))
    if (watch.resource == change.resource && change.revision > watch.seen) send(watch, change);
}

void FakeApi::send(const Watch& watch, const Change& change) const {
  const bool before = change.before && watch.selector.matches(*change.before);
  const bool after = change.after && watch.selector.matches(*change.after);
  if (after) {
    watch.sink->event(line_of(before ? "MODIFIED" : "ADDED", *change.after));
  } else if (before) {
    // Leaving the selection looks like the end: the old object with the new revision.
    Json last = change.gone ? *change.gone : *change.before;
    set_at(last, "/metadata/resourceVersion", Json(std::to_string(change.revision)));
    watch.sink->event(line_of("DELETED", std::move(last)));
  }
}

void FakeApi::send_bookmark(const Watch& watch, bool initial_end) const {
  // Who began beyond the present hears nothing until it is reached, not even how far it is.
  if (store_.revision() < watch.seen) return;
  boost::json::object meta{{"resourceVersion", std::to_string(store_.revision())}};
  if (initial_end) meta["annotations"] = boost::json::object{{"k8s.io/initial-events-end", "true"}};
  watch.sink->event(
      line_of("BOOKMARK", boost::json::object{{"kind", watch.resource->kind},
                                              {"apiVersion", watch.resource->api_version()},
                                              {"metadata", std::move(meta)}}));
}

void FakeApi::send_bookmarks() {
  for (const auto& [id, watch] : std::map(watches_))
    if (watch.bookmarks) send_bookmark(watch, false);
}

void FakeApi::tick() {
  const auto now = now_();
  for (auto& [id, watch] : watches_) {
    if (now < watch.next_bookmark) continue;
    watch.next_bookmark = now + std::chrono::minutes(1);
    if (watch.bookmarks) send_bookmark(watch, false);
  }
  for (const auto& [id, watch] : std::map(watches_)) {
    if (now < watch.deadline) continue;
    watches_.erase(id);
    watch.sink->end();
  }
}

void FakeApi::end_watches() {
  for (const auto& [id, watch] : std::exchange(watches_, {})) watch.sink->end();
}

}  // namespace kernwise::test
