// SPDX-License-Identifier: Apache-2.0
#include "cli/doctor/scheduler_facts.hpp"

#include <algorithm>
#include <cstdio>
#include <string_view>

#include "common/base/json.hpp"
#include "common/http/client.hpp"
#include "common/kube/lease.hpp"
#include "common/kube/times.hpp"

namespace kernwise::doctor {
namespace {

constexpr const char* kNamespace = "/api/v1/namespaces/kernwise";
constexpr const char* kProfilers = "/api/v1/namespaces/kernwise-profiler";
constexpr std::string_view kEnforce = "pod-security.kubernetes.io/enforce";

const json::Value* at(const json::Value* value, std::string_view key) {
  return value == nullptr ? nullptr : value->find(key);
}

std::string text_of(const json::Value* value) {
  return value == nullptr ? std::string() : std::string(value->text());
}

/// The object at `path`; nothing when there is none.
Result<std::optional<json::Value>> object_at(const Get& get, const std::string& path) {
  auto body = get(path);
  if (!body) return body.error();
  if (!*body) return std::optional<json::Value>();
  auto object = json::parse(**body, {.depth = 64, .bytes = 16UL * 1024 * 1024});
  if (!object) return wrap(object.error(), path);
  return std::optional(*std::move(object));
}

/// The image of a pod's kube-scheduler; empty where it has none.
std::string scheduler_image(const json::Value& pod) {
  const json::Value* const containers = at(at(&pod, "spec"), "containers");
  if (containers == nullptr) return {};
  for (const json::Value& container : containers->items()) {
    std::string image = text_of(container.find("image"));
    if (image.find("kube-scheduler") != std::string::npos) return image;
  }
  return {};
}

void add_pods(const json::Value& pods, const SchedulerFile& file, SchedulerFacts& facts) {
  facts.replicas.emplace();
  const json::Value* const items = pods.find("items");
  if (items == nullptr) return;
  for (const json::Value& pod : items->items()) {
    const std::string image = scheduler_image(pod);
    if (image.empty()) continue;
    facts.replicas->push_back({.name = text_of(at(at(&pod, "metadata"), "name")),
                               .lease = file.lease,
                               .elects_leader = file.elects_leader});
    if (const auto version = version_in(image)) facts.scheduler = version;
  }
}

Result<LeaseSeen> lease_in(const std::string& body, WallTime now) {
  const auto lease = kube::decode_lease(body);
  if (!lease) return lease.error();
  LeaseSeen seen{.exists = true, .holder = lease->record.holder};
  if (lease->record.duration.count() > 0) seen.duration = lease->record.duration;
  if (const auto renewed = kube::parse_time(lease->record.renewed)) {
    seen.since_renewed = std::chrono::duration_cast<std::chrono::seconds>(now - *renewed);
  }
  return seen;
}

Result<> add_lease(const Get& get, const SchedulerFile& file, WallTime now, SchedulerFacts& facts) {
  const std::size_t slash = file.lease.find('/');
  if (!file.elects_leader || slash == std::string::npos) return {};
  const kube::LeaseName name{file.lease.substr(0, slash), file.lease.substr(slash + 1)};
  const auto body = get(kube::read_lease(name).path);
  if (!body) return {};  // whoever asks may see the rest and not this
  if (!*body) {
    facts.lease = LeaseSeen{};
    return {};
  }
  auto seen = lease_in(**body, now);
  if (!seen) return wrap(seen.error(), "lease " + file.lease);
  facts.lease = *std::move(seen);
  return {};
}

}  // namespace

Election election_of(const SchedulerFile& file) {
  const auto found = std::find(file.profiles.begin(), file.profiles.end(), "default-scheduler");
  return {.elects_leader = file.elects_leader,
          .lease = file.lease,
          .serves_default = file.profiles.empty() || found != file.profiles.end()};
}

std::optional<Answer> probe(const std::string& url_prefix, const std::string& path_prefix) {
  auto url = http::parse_url(url_prefix);
  if (!url) return std::nullopt;
  url->path.clear();
  const http::ClientRequest nothing{.method = "POST",
                                    .target = path_prefix + "/prioritize",
                                    .headers = {{"content-type", "application/json"}},
                                    .body = R"({"Pod":{},"Nodes":null,"NodeNames":[]})"};
  const http::ClientLimits patience{.timeout = std::chrono::seconds(2)};
  url->scheme = "http";
  const auto plain = http::fetch(*url, nothing, patience);
  if (plain) return plain->status == 200 && plain->body == "[]" ? Answer::plain : Answer::other;
  // Without an authority or a certificate of ours this cannot succeed: how it fails is the answer.
  url->scheme = "https";
  const auto encrypted = http::fetch(*url, nothing, patience);
  if (encrypted) return Answer::encrypted;
  const std::string_view category = encrypted.error().code.category().name();
  return category.starts_with("asio.ssl") ? Answer::encrypted : Answer::nothing;
}

std::optional<KubeVersion> version_in(const std::string& text) {
  const auto begin = text.rfind('v');
  KubeVersion version;
  if (begin == std::string::npos) return std::nullopt;
  char dot = 0;
  int used = 0;
  // NOLINTNEXTLINE(cert-err34-c): numbers that do not fit are none of a version
  if (std::sscanf(text.c_str() + begin, "v%4d%c%4d%n", &version.major, &dot, &version.minor,
                  &used) != 3 ||
      dot != '.') {
    return std::nullopt;
  }
  return version;
}

Result<> add_cluster(const Get& get, const SchedulerFile& file, WallTime now,
                     SchedulerFacts& facts) {
  const auto version = object_at(get, "/version");
  if (!version) return version.error();
  if (*version) facts.api_server = version_in(text_of((*version)->find("gitVersion")));
  const auto account =
      object_at(get, std::string(kNamespace) + "/serviceaccounts/kernwise-orchestrator");
  if (!account) return account.error();
  facts.service_account = account->has_value();
  const auto profilers = object_at(get, kProfilers);
  if (!profilers) return profilers.error();
  if (*profilers) {
    facts.profiler_security = text_of(at(at(at(&**profilers, "metadata"), "labels"), kEnforce));
  }
  const auto pods = object_at(get, std::string(kNamespace) + "/pods");
  if (!pods) return pods.error();
  if (*pods) add_pods(**pods, file, facts);
  return add_lease(get, file, now, facts);
}

}  // namespace kernwise::doctor
