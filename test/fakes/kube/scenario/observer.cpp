// SPDX-License-Identifier: Apache-2.0
#include "test/fakes/kube/scenario/observer.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <regex>

namespace kernwise::test {
namespace {

/// What differs from run to run, and what only Go's own parsers say.
std::string normal(std::string text) {
  static const std::vector<std::pair<std::regex, std::string>> rules{
      {std::regex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "<uid>"},
      {std::regex("20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\\.[0-9]+)?Z"), "<time>"},
      {std::regex("(resource version: [0-9]+), current: [0-9]+"), "$1, current: <n>"},
      {std::regex("(resource version: [0-9]+) \\([0-9]+\\)"), "$1 (<n>)"},
      {std::regex("(json parse error|error decoding patch|continue key is not valid|"
                  "unable to parse requirement|cannot be handled as a [A-Za-z]+): [^|]*"),
       "$1: <why>"},
      {std::regex("Invalid value: \"(\\{|map).*\": "), "Invalid value: <patch>: "},
      {std::regex("cannot unmarshal .*of type int32"), "cannot unmarshal <value>"},
  };
  std::erase(text, '\n');  // one line each
  for (const auto& [pattern, with] : rules) text = std::regex_replace(text, pattern, with);
  return text;
}

/// The members in the order of their names: that of maps is nobody's promise.
Json sorted(const Json& value) {
  if (value.is_array()) {
    boost::json::array list;
    for (const auto& each : value.get_array()) list.push_back(sorted(each));
    return list;
  }
  if (!value.is_object()) return value;
  std::map<std::string, Json> members;
  for (const auto& [key, member] : value.get_object()) members[std::string(key)] = sorted(member);
  boost::json::object object;
  for (auto& [key, member] : members) object[key] = std::move(member);
  return object;
}

/// The first line; the rest of a long message is for people.
std::string shortened(const std::string& message) {
  return message.substr(0, message.find('\n'));
}

std::string type_of(const std::string& name) {
  if (name == "merge") return "application/merge-patch+json";
  if (name == "strategic") return "application/strategic-merge-patch+json";
  if (name == "json") return "application/json-patch+json";
  if (name == "apply") return "application/apply-patch+yaml";
  return name.empty() ? "application/json" : name;
}

std::string names_of(const Json& list) {
  std::string names;
  if (const auto* items = at(list, "/items"); items != nullptr && items->is_array())
    for (const auto& each : items->get_array())
      names += (names.empty() ? "" : ",") + text_at(each, "/metadata/name");
  return " names=[" + names + "]";
}

std::string causes_of(const Json& status) {
  std::string text;
  const auto* causes = at(status, "/details/causes");
  if (causes == nullptr || !causes->is_array()) return text;
  for (const auto& each : causes->get_array())
    text += " cause=" + text_at(each, "/reason") + ":" + text_at(each, "/field");
  return text;
}

}  // namespace

void Observer::note(const std::string& step, const std::string& what) {
  trace_.push_back(scenario_ + " | " + step + " | " + normal(what));
}

std::string Observer::version(const Json& object) {
  const auto uid = text_at(object, "/metadata/uid");
  const auto text = text_at(object, "/metadata/resourceVersion");
  if (uid.empty() || text.empty()) return {};
  const auto now = std::stoull(text);
  const auto known = versions_.find(uid);
  const auto before = known == versions_.end() ? 0 : known->second;
  versions_[uid] = now;
  if (before == 0) return " version=first";
  return now == before ? " version=same" : now > before ? " version=newer" : " version=older";
}

std::string Observer::seen(const Json& object, const Looks& looks) {
  std::string text = version(object);
  if (const auto generation = integer_at(object, "/metadata/generation"))
    text += " generation=" + std::to_string(*generation);
  for (const auto& look : looks) {
    if (look == "names") {
      text += names_of(object);
      continue;
    }
    const auto* found = at(object, look);
    text += " " + look + "=" + (found == nullptr ? "-" : to_text(sorted(*found)));
  }
  if (text_at(object, "/kind") == "Status")
    text += " status=" + text_at(object, "/status") + " reason=" + text_at(object, "/reason") +
            " message=" + shortened(text_at(object, "/message")) + causes_of(object);
  return text;
}

Said Observer::said(const Ask& ask) const {
  return test::ask(place_, {.method = ask.method,
                            .path = ask.path,
                            .query = ask.query,
                            .body = ask.body,
                            .content_type = ask.body.empty() ? "" : type_of(ask.type),
                            .token = ask.token.value_or(place_.token)});
}

Json Observer::arrange(const Ask& ask) {
  return parse_json(said(ask).body).value_or(nullptr);
}

Json Observer::ask(const Ask& ask, const Looks& looks) {
  const auto answer = said(ask);
  auto object = parse_json(answer.body).value_or(nullptr);
  auto text = std::to_string(answer.status);
  if (!answer.retry_after.empty()) text += " retry-after=" + answer.retry_after;
  if (!object.is_object()) text += " " + answer.content_type.substr(0, 10) + " " + answer.body;
  note(ask.name, text + seen(object, looks));
  return object;
}

Json Observer::get(const std::string& name, const std::string& path, const Looks& looks) {
  return ask({.name = name, .path = path}, looks);
}

Json Observer::post(const std::string& name, const std::string& path, const std::string& body,
                    const Looks& looks) {
  return ask({.name = name, .method = "POST", .path = path, .body = body}, looks);
}

Json Observer::put(const std::string& name, const std::string& path, const std::string& body,
                   const Looks& looks) {
  return ask({.name = name, .method = "PUT", .path = path, .body = body}, looks);
}

Json Observer::patch(const std::string& name, const std::string& path, const Patch& patch,
                     const Looks& looks) {
  return ask(
      {.name = name, .method = "PATCH", .path = path, .body = patch.body, .type = patch.type},
      looks);
}

Json Observer::remove(const std::string& name, const std::string& path, const Looks& looks) {
  return ask({.name = name, .method = "DELETE", .path = path}, looks);
}

std::unique_ptr<WatchPeer> Observer::watch(const std::string& name, const std::string& path,
                                           const Query& query) {
  Call call{.path = path, .query = query, .token = place_.token};
  call.query.emplace_back("watch", "1");
  auto watch = std::make_unique<WatchPeer>(place_, call);
  auto text = std::to_string(watch->status());
  if (watch->status() != 200) text += seen(parse_json(watch->body()).value_or(nullptr), {});
  note(name, text);
  return watch;
}

void Observer::events(const std::string& name, WatchPeer& watch, unsigned count,
                      const Looks& looks) {
  for (unsigned index = 0; index < count; ++index) {
    const auto line = watch.next();
    if (!line) return note(name, "end");
    const auto event = parse_json(*line).value_or(nullptr);
    const auto* object = at(event, "/object");
    const auto shown = object == nullptr ? Json(nullptr) : *object;
    note(name, text_at(event, "/type") + " " + text_at(shown, "/kind") + " " +
                   text_at(shown, "/metadata/name") + seen(shown, looks));
  }
}

void Observer::end(const std::string& name, WatchPeer& watch) {
  std::string last;
  while (const auto line = watch.next()) {
    const auto event = parse_json(*line).value_or(nullptr);
    const auto type = text_at(event, "/type");
    // Whether a bookmark comes before the end depends on the moment.
    if (type != last && type != "BOOKMARK") note(name, type);
    last = type;
  }
  note(name, "end");
}

}  // namespace kernwise::test
