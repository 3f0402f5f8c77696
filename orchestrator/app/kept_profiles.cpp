// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/app/kept_profiles.hpp"

#include <algorithm>
#include <utility>

#include "common/base/json.hpp"

namespace kernwise::orchestrator {
namespace {

using json::Cursor;
using placement::kResources;
using placement::PerResource;
using view::Learned;

constexpr std::size_t kMostReplicas = 64;
constexpr double kMostAmount = 1e18;

std::string encode(const Learned& profile) {
  json::Writer json;
  json.begin_object();
  for (const auto& [name, values] :
       {std::pair("demand", &profile.demand), std::pair("mix", &profile.mix),
        std::pair("stalled", &profile.stalled)}) {
    json.key(name).begin_array();
    for (const double value : *values) json.value(value);
    json.end_array();
  }
  json.key("replicas").begin_array();
  for (const std::uint64_t replica : profile.replicas) json.value(replica);
  json.end_array().member("app", profile.app).member("image", profile.image);
  json.member("most_cores", profile.most_cores);
  json.member("cores_per_request", profile.cores_per_request).end_object();
  return json.take();
}

Result<> read(const Cursor& object, const char* key, double& into) {
  const auto member = object.at(key);
  if (!member) return member.error();
  const auto value = member->number(0, kMostAmount);
  if (!value) return value.error();
  into = *value;
  return {};
}

Result<> read(const Cursor& object, const char* key, std::string& into) {
  const auto member = object.at(key);
  if (!member) return member.error();
  auto value = member->string(1'024);
  if (!value) return value.error();
  into = *std::move(value);
  return {};
}

Result<> read(const Cursor& object, const char* key, PerResource& into) {
  const auto member = object.at(key);
  if (!member) return member.error();
  const auto items = member->items(kResources);
  if (!items) return items.error();
  if (items->size() != kResources) return member->error("expected three numbers");
  for (std::size_t r = 0; r < kResources; ++r) {
    const auto value = (*items)[r].number(0, kMostAmount);
    if (!value) return value.error();
    into[r] = *value;
  }
  return {};
}

Result<> read(const Cursor& object, const char* key, std::set<std::uint64_t>& into) {
  const auto member = object.at(key);
  if (!member) return member.error();
  const auto items = member->items(kMostReplicas);
  if (!items) return items.error();
  for (const Cursor& item : *items) {
    const auto value = item.unsigned_integer();
    if (!value) return value.error();
    into.insert(*value);
  }
  return {};
}

Result<Learned> decode(const std::string& text) {
  const auto document = json::parse(text);
  if (!document) return document.error();
  const Cursor root(*document, "profile");
  Learned profile;
  auto done = read(root, "demand", profile.demand);
  if (done) done = read(root, "mix", profile.mix);
  if (done) done = read(root, "stalled", profile.stalled);
  if (done) done = read(root, "replicas", profile.replicas);
  if (done) done = read(root, "app", profile.app);
  if (done) done = read(root, "image", profile.image);
  if (done) done = read(root, "most_cores", profile.most_cores);
  if (done) done = read(root, "cores_per_request", profile.cores_per_request);
  if (!done) return done.error();
  return profile;
}

}  // namespace

std::vector<history::Entry> profile_entries(const view::ProfileLearner& learner, api::Now now) {
  std::vector<history::Entry> entries;
  for (const auto& [workload, profile] : learner.all()) {
    // When it was last seen, not when it was written: what is gone must not stay young.
    const auto ago = std::chrono::duration_cast<WallTime::duration>(now.mono - profile.seen);
    entries.push_back({now.wall - ago, kProfileKind, workload, encode(profile)});
  }
  return entries;
}

std::size_t restore_profiles(const std::vector<history::Entry>& newest_first,
                             view::ProfileLearner& learner, api::Now now) {
  std::size_t restored = 0;
  for (const history::Entry& entry : newest_first) {
    auto profile = decode(entry.json);
    if (!profile) continue;
    const auto ago = std::max(WallTime::duration::zero(), now.wall - entry.time);
    profile->seen = now.mono - std::chrono::duration_cast<MonoTime::duration>(ago);
    if (learner.restore(entry.name, *std::move(profile), now.mono)) ++restored;
  }
  return restored;
}

}  // namespace kernwise::orchestrator
