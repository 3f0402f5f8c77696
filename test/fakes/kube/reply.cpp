// SPDX-License-Identifier: Apache-2.0
#include "test/fakes/kube/reply.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace kernwise::test {
namespace {

Json details_of(const Resource& resource, const std::string& name) {
  boost::json::object details{{"name", name}};
  if (!resource.group.empty()) details["group"] = resource.group;
  details["kind"] = resource.plural;
  return details;
}

}  // namespace

std::string Call::parameter(std::string_view name) const {
  for (const auto& [key, value] : query)
    if (key == name) return value;
  return {};
}

bool Call::is_watch() const {
  const auto value = parameter("watch");
  return method == "GET" && (value == "1" || value == "true");
}

Reply failure(int status, std::string_view reason, const std::string& message, Json details) {
  boost::json::object body{
      {"kind", "Status"},    {"apiVersion", "v1"}, {"metadata", boost::json::object{}},
      {"status", "Failure"}, {"message", message}, {"reason", reason}};
  if (reason.empty()) body.erase("reason");
  if (!details.is_null()) body["details"] = std::move(details);
  body["code"] = status;
  return {.status = status, .body = std::move(body)};
}

Reply bad_request(const std::string& message) {
  return failure(400, "BadRequest", message);
}

Reply unauthorized() {
  return failure(401, "Unauthorized", "Unauthorized");
}

Reply not_found(const Resource& resource, const std::string& name) {
  return failure(404, "NotFound", resource.qualified() + " \"" + name + "\" not found",
                 details_of(resource, name));
}

Reply no_such_page() {
  return {.status = 404, .body = Json("404 page not found\n")};
}

Reply already_exists(const Resource& resource, const std::string& name) {
  return failure(409, "AlreadyExists", resource.qualified() + " \"" + name + "\" already exists",
                 details_of(resource, name));
}

Reply stale(const Resource& resource, const std::string& name) {
  return failure(409, "Conflict",
                 "Operation cannot be fulfilled on " + resource.qualified() + " \"" + name +
                     "\": the object has been modified; please apply your changes to the latest "
                     "version and try again",
                 details_of(resource, name));
}

Reply expired(const std::string& message) {
  return failure(410, "Expired", message);
}

Reply invalid_object(const std::string& qualified_kind, const std::string& name,
                     const std::vector<Cause>& causes) {
  const auto dot = qualified_kind.find('.');
  boost::json::object details{{"name", name}};
  if (dot != std::string::npos) details["group"] = qualified_kind.substr(dot + 1);
  details["kind"] = qualified_kind.substr(0, dot);
  boost::json::array list;
  std::string text, last;
  for (const auto& cause : causes) {
    list.push_back(boost::json::object{
        {"reason", cause.reason}, {"message", cause.message}, {"field", cause.field}});
    const auto line = cause.field + ": " + cause.message;
    if (last == line) continue;  // said once, listed as often as found
    text += (text.empty() ? "" : ", ") + line;
    last = line;
  }
  details["causes"] = std::move(list);
  const auto all = text.size() > last.size() ? "[" + text + "]" : text;
  return failure(422, "Invalid", qualified_kind + " \"" + name + "\" is invalid: " + all,
                 std::move(details));
}

}  // namespace kernwise::test
