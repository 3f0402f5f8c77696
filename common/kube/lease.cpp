// SPDX-License-Identifier: Apache-2.0
#include "common/kube/lease.hpp"

#include <utility>

#include "common/base/json.hpp"

namespace kernwise::kube {
namespace {

constexpr std::uint64_t kMostSeconds = 1'000'000'000, kMostTransitions = 1'000'000'000;
/// Kubernetes objects are nested deeper than our own messages.
constexpr json::Limits kLimits{.depth = 64};
constexpr const char* kJson = "application/json";

std::string path_of(const LeaseName& name) {
  return "/apis/coordination.k8s.io/v1/namespaces/" + name.name_space + "/leases";
}

std::string body_of(const LeaseName& name, const Lease& lease) {
  json::Writer json;
  json.begin_object().member("apiVersion", "coordination.k8s.io/v1").member("kind", "Lease");
  json.key("metadata").begin_object().member("name", name.name);
  json.member("namespace", name.name_space);
  if (!lease.resource_version.empty()) json.member("resourceVersion", lease.resource_version);
  json.end_object();
  const LeaseRecord& record = lease.record;
  json.key("spec").begin_object().member("holderIdentity", record.holder);
  json.member("leaseDurationSeconds", std::int64_t{record.duration.count()});
  json.member("acquireTime", record.acquired).member("renewTime", record.renewed);
  json.member("leaseTransitions", record.transitions).end_object().end_object();
  return json.take();
}

Result<> read_text(const json::Cursor& object, const char* key, std::string& target) {
  const auto field = object.optional(key);
  if (!field) return field.error();
  if (field->empty()) return {};
  auto text = field->front().string();
  if (!text) return text.error();
  target = *std::move(text);
  return {};
}

Result<std::uint64_t> read_count(const json::Cursor& object, const char* key, std::uint64_t most) {
  const auto field = object.optional(key);
  if (!field) return field.error();
  return field->empty() ? Result<std::uint64_t>(0) : field->front().unsigned_integer(most);
}

Result<> read_record(const json::Cursor& spec, LeaseRecord& record) {
  for (const auto& [key, target] :
       {std::pair{"holderIdentity", &record.holder}, std::pair{"acquireTime", &record.acquired},
        std::pair{"renewTime", &record.renewed}}) {
    if (auto done = read_text(spec, key, *target); !done) return done;
  }
  const auto duration = read_count(spec, "leaseDurationSeconds", kMostSeconds);
  if (!duration) return duration.error();
  const auto transitions = read_count(spec, "leaseTransitions", kMostTransitions);
  if (!transitions) return transitions.error();
  record.duration = std::chrono::seconds(*duration);
  record.transitions = static_cast<int>(*transitions);
  return {};
}

}  // namespace

Request read_lease(const LeaseName& name) {
  return {.path = path_of(name) + "/" + name.name};
}

Request create_lease(const LeaseName& name, const LeaseRecord& record) {
  return {.method = "POST",
          .path = path_of(name),
          .body = body_of(name, {.resource_version = {}, .record = record}),
          .content_type = kJson};
}

Request replace_lease(const LeaseName& name, const Lease& lease) {
  return {.method = "PUT",
          .path = path_of(name) + "/" + name.name,
          .body = body_of(name, lease),
          .content_type = kJson};
}

Result<Lease> decode_lease(const std::string& body) {
  const auto document = json::parse(body, kLimits);
  if (!document) return wrap(document.error(), "lease");
  const json::Cursor root(*document, "lease");
  const auto metadata = root.at("metadata");
  if (!metadata) return metadata.error();
  Lease lease;
  if (auto done = read_text(*metadata, "resourceVersion", lease.resource_version); !done) {
    return done.error();
  }
  if (lease.resource_version.empty()) return metadata->error("has no resourceVersion");
  const auto spec = root.optional("spec");
  if (!spec) return spec.error();
  if (spec->empty()) return lease;
  if (auto done = read_record(spec->front(), lease.record); !done) return done.error();
  return lease;
}

LeaseAnswer lease_answer(const Result<Answer>& answer) {
  using Kind = LeaseAnswer::Kind;
  if (answer && answer->status == 404) return {.kind = Kind::absent, .problem = "lease: not found"};
  if (answer && answer->status == 409) return {.kind = Kind::conflict};
  const auto good = accepted(answer, "lease");
  if (!good) {
    return {.kind = Kind::failed,
            .retry_after = answer ? answer->retry_after : std::nullopt,
            .problem = good.error().message()};
  }
  auto lease = decode_lease(good->body);
  if (!lease) return {.kind = Kind::failed, .problem = lease.error().message()};
  return {.kind = good->status == 201 ? Kind::created : Kind::found, .lease = *std::move(lease)};
}

}  // namespace kernwise::kube
