// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <charconv>

#include "test/fakes/kube/api.hpp"

namespace kernwise::test {
namespace {

constexpr std::string_view kTooOld =
    "The provided continue parameter is too old to display a consistent list result. You can start "
    "a new list without the continue parameter, or use the continue token in this response to "
    "retrieve the remainder of the results. Continuing with the provided token results in an "
    "inconsistent list - objects that were created, modified, or deleted between the time the "
    "first chunk was returned and now may show up in the list.";

/// Where a list goes on: ours is `revision/key`, opaque to clients.
struct Position {
  std::uint64_t revision = 0;
  std::string after = {};
};

std::optional<Position> parse_position(std::string_view text) {
  Position position;
  const auto slash = text.find('/');
  const auto end = text.data() + std::min(slash, text.size());
  const auto [last, error] = std::from_chars(text.data(), end, position.revision);
  if (slash == std::string_view::npos || error != std::errc{} || last != end) return std::nullopt;
  position.after = text.substr(slash + 1);
  return position;
}

std::string key_of(const Json& object) {
  return ObjectStore::key_of(text_at(object, "/metadata/namespace"),
                             text_at(object, "/metadata/name"));
}

boost::json::array resource_list(const std::deque<Resource>& all, const std::string& api_version) {
  boost::json::array list;
  const auto add = [&](const Resource& each, const std::string& suffix) {
    list.push_back(boost::json::object{{"name", each.plural + suffix},
                                       {"namespaced", each.namespaced},
                                       {"kind", suffix == "/scale" ? "Scale" : each.kind}});
  };
  for (const auto& each : all) {
    if (each.api_version() != api_version) continue;
    add(each, "");
    if (each.status) add(each, "/status");
    if (each.scale) add(each, "/scale");
    if (each.kind == "Pod") add(each, "/resize");
  }
  return list;
}

Reply too_large(std::uint64_t wanted, std::uint64_t current) {
  boost::json::object cause{{"reason", "ResourceVersionTooLarge"},
                            {"message", "Too large resource version"}};
  auto reply =
      failure(504, "Timeout",
              "Timeout: Too large resource version: " + std::to_string(wanted) +
                  ", current: " + std::to_string(current),
              boost::json::object{{"causes", boost::json::array{cause}}, {"retryAfterSeconds", 1}});
  reply.retry_after = 1;
  return reply;
}

}  // namespace

std::optional<Reply> FakeApi::page(const std::string& path) const {
  if (path == "/readyz" || path == "/livez" || path == "/healthz") return Reply{.body = Json("ok")};
  if (path == "/version")
    return Reply{
        .body = boost::json::object{{"major", "1"}, {"minor", "36"}, {"gitVersion", "v1.36.3"}}};
  std::string api_version;
  if (path.starts_with("/api/")) api_version = path.substr(5);
  if (path.starts_with("/apis/")) api_version = path.substr(6);
  auto list = resource_list(resources_.all(), api_version);
  if (api_version.empty() || list.empty()) return std::nullopt;
  return Reply{.body = boost::json::object{{"kind", "APIResourceList"},
                                           {"apiVersion", "v1"},
                                           {"groupVersion", api_version},
                                           {"resources", std::move(list)}}};
}

Reply FakeApi::get(const Session& session) {
  const auto& target = session.target;
  const auto object = store_.find(*target.resource, target.name_space, target.name);
  if (object == nullptr) return not_found(*target.resource, target.name);
  return {.body = *object};
}

FakeApi::Refusal FakeApi::parse_selector(const Session& session, Selector& selector) const {
  selector.name_space = session.target.name_space;
  const auto labels = Selector::parse(session.call.parameter("labelSelector"));
  if (!labels) return bad_request("unable to parse requirement: none");
  const auto fields = Selector::parse(session.call.parameter("fieldSelector"));
  if (!fields) return bad_request("invalid selector");
  for (const auto& each : *fields) {
    const bool known = each.key == "metadata.name" || each.key == "metadata.namespace" ||
                       (session.target.resource->kind == "Pod" &&
                        (each.key == "spec.nodeName" || each.key == "status.phase" ||
                         each.key == "spec.schedulerName"));
    if (known) continue;
    return bad_request(session.target.resource->kind == "Pod"
                           ? "field label not supported: " + each.key
                           : "\"" + each.key +
                                 "\" is not a known field selector: only "
                                 "\"metadata.name\", \"metadata.namespace\"");
  }
  selector.labels = *labels;
  selector.fields = *fields;
  return std::nullopt;
}

FakeApi::Refusal FakeApi::check_version(const Call& call) {
  const auto version = call.parameter("resourceVersion");
  if (version.find_first_not_of("0123456789") != std::string::npos)
    return bad_request("invalid resource version: resourceVersion: Invalid value: \"" + version +
                       "\": strconv.ParseUint: parsing \"" + version + "\": invalid syntax");
  if (version.empty() && !call.parameter("resourceVersionMatch").empty())
    return invalid_object(
        "ListOptions.meta.k8s.io", "",
        {{"FieldValueForbidden", "resourceVersionMatch",
          "Forbidden: resourceVersionMatch is forbidden unless resourceVersion is "
          "provided"}});
  if (!version.empty() && version != "0" && !call.parameter("continue").empty())
    return bad_request("specifying resource version is not allowed when using continue");
  return std::nullopt;
}

namespace {

/// The objects after `position` that `selector` takes, at most `limit` of them (0 = all), and what
/// the list says of itself.
boost::json::array piece_of(const std::vector<Object>& all, const Selector& selector,
                            const Position& position, std::uint64_t limit,
                            boost::json::object& meta) {
  boost::json::array items;
  for (const auto& each : all) {
    if (!selector.matches(*each)) continue;
    if (limit != 0 && items.size() == limit) {
      if (selector.labels.empty() && selector.fields.empty())
        meta["remainingItemCount"] = all.size() - limit;
      meta["continue"] = std::to_string(position.revision) + "/" + key_of(items.back());
      break;
    }
    items.push_back(*each);
  }
  for (auto& each : items) {
    each.get_object().erase("kind");
    each.get_object().erase("apiVersion");
  }
  return items;
}

}  // namespace

Reply FakeApi::list(const Session& session) {
  const auto& call = session.call;
  Selector selector;
  if (auto refused = parse_selector(session, selector)) return *refused;
  const auto version = call.parameter("resourceVersion");
  Position position{.revision = store_.revision()};
  if (auto refused = check_version(call)) return *refused;
  const auto wanted = std::strtoull(version.c_str(), nullptr, 10);
  if (wanted > store_.revision()) return too_large(wanted, store_.revision());
  if (const auto token = call.parameter("continue"); !token.empty()) {
    const auto parsed = parse_position(token);
    if (!parsed) return bad_request("invalid continue token: continue key is not valid: none");
    position = *parsed;
    if (position.revision < store_.compacted()) return expired(std::string(kTooOld));
  }
  // From the watch cache there are no pieces.
  const auto limit =
      version == "0" ? 0 : std::strtoull(call.parameter("limit").c_str(), nullptr, 10);
  boost::json::object meta{{"resourceVersion", std::to_string(position.revision)}};
  auto all = store_.list(*session.target.resource, selector.name_space, position.revision);
  std::erase_if(all, [&](const Object& each) { return key_of(*each) <= position.after; });
  auto items = piece_of(all, selector, position, limit, meta);
  return {.body = boost::json::object{{"kind", session.target.resource->kind + "List"},
                                      {"apiVersion", session.target.resource->api_version()},
                                      {"metadata", std::move(meta)},
                                      {"items", std::move(items)}}};
}

}  // namespace kernwise::test
