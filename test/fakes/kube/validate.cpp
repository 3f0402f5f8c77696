// SPDX-License-Identifier: Apache-2.0
#include "test/fakes/kube/validate.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <cctype>
#include <map>
#include <set>

namespace kernwise::test {
namespace {

constexpr std::string_view kNotAName =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used "
    "for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

constexpr std::string_view kNotQualified =
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end "
    "with "
    "an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "
    "validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

bool is_name(std::string_view text) {
  const auto plain = [](unsigned char each) {
    return std::islower(each) != 0 || std::isdigit(each) != 0;
  };
  const auto inner = [&](unsigned char each) { return plain(each) || each == '-' || each == '.'; };
  return !text.empty() && text.size() <= 253 && std::ranges::all_of(text, inner) &&
         plain(static_cast<unsigned char>(text.front())) &&
         plain(static_cast<unsigned char>(text.back()));
}

Cause invalid_value(const std::string& field, const std::string& shown, std::string_view why) {
  return {"FieldValueInvalid", field, "Invalid value: " + shown + ": " + std::string(why)};
}

Cause required(const std::string& field) {
  return {"FieldValueRequired", field, "Required value"};
}

void at_least(std::vector<Cause>& causes, const Json& object, const std::string& field,
              std::int64_t low) {
  std::string pointer = "/" + field;
  std::ranges::replace(pointer, '.', '/');
  const auto value = integer_at(object, pointer);
  if (!value || *value >= low) return;
  causes.push_back(
      invalid_value(field, std::to_string(*value),
                    low == 0 ? "must be greater than or equal to 0" : "must be greater than 0"));
}

void validate_event(std::vector<Cause>& causes, const Json& object) {
  if (text_at(object, "/eventTime").empty()) return causes.push_back(required("eventTime"));
  for (const std::string field : {"reportingController", "reportingInstance", "action", "reason"}) {
    const auto value = text_at(object, "/" + field);
    if (value.empty()) causes.push_back(required(field));
    if (value.empty() && field == "reportingController") {
      causes.push_back(invalid_value(field, "\"\"", "name part must be non-empty"));
      causes.push_back(invalid_value(field, "\"\"", kNotQualified));
    }
    if (value.size() > 128)
      causes.push_back(invalid_value(field, "\"\"", "can have at most 128 characters"));
  }
  if (text_at(object, "/note").size() > 1024)
    causes.push_back(invalid_value("message", "\"\"", "can have at most 1024 characters"));
}

using Fields = std::set<std::string, std::less<>>;
/// The members of an object at a path; what is not listed here may hold anything.
using Schema = std::map<std::string, Fields, std::less<>>;

const Fields kTop{"apiVersion", "kind", "metadata", "spec", "status"};
const Fields kMeta{"name",
                   "generateName",
                   "namespace",
                   "uid",
                   "labels",
                   "annotations",
                   "ownerReferences",
                   "resourceVersion",
                   "generation",
                   "finalizers",
                   "managedFields",
                   "creationTimestamp",
                   "selfLink",
                   "deletionTimestamp",
                   "deletionGracePeriodSeconds"};
const std::map<std::string, Schema, std::less<>> kSchemas{
    {"Scale",
     {{"", kTop},
      {"metadata", kMeta},
      {"spec", {"replicas"}},
      {"status", {"replicas", "selector"}}}},
    {"Lease",
     {{"", {"apiVersion", "kind", "metadata", "spec"}},
      {"metadata", kMeta},
      {"spec",
       {"holderIdentity", "leaseDurationSeconds", "acquireTime", "renewTime", "leaseTransitions",
        "strategy", "preferredHolder"}}}},
    {"Event",
     {{"",
       {"apiVersion", "kind", "metadata", "eventTime", "series", "reportingController",
        "reportingInstance", "action", "reason", "regarding", "related", "note", "type",
        "deprecatedSource", "deprecatedFirstTimestamp", "deprecatedLastTimestamp",
        "deprecatedCount"}},
      {"metadata", kMeta},
      {"series", {"count", "lastObservedTime"}}}},
    {"TokenReview", {{"", kTop}, {"metadata", kMeta}, {"spec", {"token", "audiences"}}}},
};

void look(std::vector<std::string>& found, const Schema& schema, const std::string& path,
          const Json& value) {
  const auto known = schema.find(path);
  if (known == schema.end() || !value.is_object()) return;
  for (const auto& [key, member] : value.get_object()) {
    const auto full = path.empty() ? std::string(key) : path + "." + std::string(key);
    if (!known->second.contains(std::string(key))) found.push_back(full);
    look(found, schema, full, member);
  }
}

}  // namespace

std::vector<Cause> validate(const Resource& resource, const Json& object) {
  std::vector<Cause> causes;
  const auto name = text_at(object, "/metadata/name");
  if (name.empty()) {
    causes.push_back({"FieldValueRequired", "metadata.name",
                      "Required value: name or generateName is required"});
  } else if (!is_name(name)) {
    causes.push_back(invalid_value("metadata.name", to_text(Json(name)), kNotAName));
  }
  if (resource.kind == "Lease") {
    at_least(causes, object, "spec.leaseDurationSeconds", 1);
    at_least(causes, object, "spec.leaseTransitions", 0);
  }
  if (resource.scale) at_least(causes, object, "spec.replicas", 0);
  if (resource.kind == "Event") validate_event(causes, object);
  return causes;
}

std::vector<std::string> unknown_fields(const std::string& kind, const Json& object) {
  std::vector<std::string> found;
  if (const auto schema = kSchemas.find(kind); schema != kSchemas.end())
    look(found, schema->second, "", object);
  return found;
}

}  // namespace kernwise::test
