// SPDX-License-Identifier: Apache-2.0
#include "cli/doctor/scheduler_file.hpp"

#include <array>
#include <charconv>
#include <utility>

#include "common/base/yaml.hpp"

namespace kernwise::doctor {
namespace {

constexpr std::size_t kMostExtenders = 100;

std::string text_at(const YAML::Node& map, const char* key, const char* otherwise = "") {
  const YAML::Node value = map[key];
  return value && value.IsScalar() ? value.Scalar() : std::string(otherwise);
}

Result<bool> flag_at(const YAML::Node& map, const char* key, bool otherwise) {
  const YAML::Node value = map[key];
  if (!value || value.IsNull()) return otherwise;
  const std::string text = value.IsScalar() ? value.Scalar() : std::string();
  if (text == "true" || text == "false") return text == "true";
  return yaml::complain(value, std::string(key) + ": expected true or false");
}

Result<std::int64_t> number_at(const YAML::Node& map, const char* key) {
  const YAML::Node value = map[key];
  if (!value || value.IsNull()) return 0;
  const std::string text = value.IsScalar() ? value.Scalar() : std::string();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) return number;
  return yaml::complain(value, std::string(key) + ": expected a whole number");
}

bool has_either(const YAML::Node& map, const char* file, const char* data) {
  return map.IsMap() && (!text_at(map, file).empty() || !text_at(map, data).empty());
}

Result<> read_flags(const YAML::Node& entry, Extender& extender) {
  for (const auto& [key, into] : {std::pair("nodeCacheCapable", &extender.node_cache_capable),
                                  std::pair("ignorable", &extender.ignorable),
                                  std::pair("enableHTTPS", &extender.enable_https)}) {
    const auto flag = flag_at(entry, key, false);
    if (!flag) return flag.error();
    *into = *flag;
  }
  return {};
}

Result<Extender> read_extender(const YAML::Node& entry) {
  if (!entry.IsMap()) return yaml::complain(entry, "extenders: expected a map");
  Extender extender;
  extender.url_prefix = text_at(entry, "urlPrefix");
  extender.filter_verb = text_at(entry, "filterVerb");
  extender.prioritize_verb = text_at(entry, "prioritizeVerb");
  extender.preempt_verb = text_at(entry, "preemptVerb");
  extender.bind_verb = text_at(entry, "bindVerb");
  const auto weight = number_at(entry, "weight");
  if (!weight) return weight.error();
  extender.weight = *weight;
  if (auto flags = read_flags(entry, extender); !flags) return flags.error();
  if (const YAML::Node tls = entry["tlsConfig"]; tls && tls.IsMap()) {
    extender.has_ca = has_either(tls, "caFile", "caData");
    extender.has_certificate =
        has_either(tls, "certFile", "certData") && has_either(tls, "keyFile", "keyData");
  }
  const std::string timeout = text_at(entry, "httpTimeout");
  if (timeout.empty()) return extender;
  const auto span = go_duration(timeout);
  if (!span) return yaml::complain(entry["httpTimeout"], "httpTimeout: " + span.error().message());
  if (span->count() != 0) extender.timeout = *span;  // nothing means the default here
  return extender;
}

bool names_us(const Extender& extender) {
  return extender.url_prefix.find("kernwise") != std::string::npos ||
         extender.url_prefix.find(":8888") != std::string::npos;
}

Result<> read_extenders(const YAML::Node& list, SchedulerFile& file) {
  if (!list || list.IsNull()) return {};
  if (!list.IsSequence()) return yaml::complain(list, "extenders: expected a list");
  if (list.size() > kMostExtenders) return yaml::complain(list, "extenders: too many");
  for (const YAML::Node& entry : list) {
    auto extender = read_extender(entry);
    if (!extender) return extender.error();
    if (list.size() == 1 || names_us(*extender)) file.extenders.push_back(*std::move(extender));
  }
  return {};
}

Result<> read_election(const YAML::Node& election, SchedulerFile& file) {
  file.lease = "kube-system/kube-scheduler";
  if (!election || !election.IsMap()) return {};
  const auto elects = flag_at(election, "leaderElect", true);
  if (!elects) return elects.error();
  file.elects_leader = *elects;
  file.lease = text_at(election, "resourceNamespace", "kube-system") + "/" +
               text_at(election, "resourceName", "kube-scheduler");
  return {};
}

void read_profiles(const YAML::Node& profiles, SchedulerFile& file) {
  if (profiles && profiles.IsSequence()) {
    for (const YAML::Node& profile : profiles) {
      if (profile.IsMap()) {
        file.profiles.push_back(text_at(profile, "schedulerName", "default-scheduler"));
      }
    }
  }
  if (file.profiles.empty()) file.profiles.emplace_back("default-scheduler");
}

Error no_duration() {
  return invalid("expected a duration, as in 200ms");
}

}  // namespace

Result<std::chrono::milliseconds> go_duration(std::string_view text) {
  using Unit = std::pair<std::string_view, double>;
  static constexpr std::array<Unit, 7> kMilliseconds{
      {{"ms", 1}, {"us", 1e-3}, {"µs", 1e-3}, {"ns", 1e-6}, {"h", 3.6e6}, {"m", 6e4}, {"s", 1e3}}};
  constexpr double kMost = 24 * 3.6e6;
  if (text == "0") return std::chrono::milliseconds(0);
  double sum = 0;
  if (text.empty()) return no_duration();
  while (!text.empty()) {
    double number = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (error != std::errc() || number < 0) return no_duration();
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const Unit* found = nullptr;
    for (const Unit& unit : kMilliseconds) {
      if (found == nullptr && text.starts_with(unit.first)) found = &unit;
    }
    if (found == nullptr) return no_duration();
    text.remove_prefix(found->first.size());
    sum += number * found->second;
  }
  if (!(sum <= kMost)) return invalid("more than a day");
  return std::chrono::milliseconds(static_cast<std::int64_t>(sum));
}

Result<SchedulerFile> read_scheduler_file(std::string_view text) {
  const auto document = yaml::parse(text);
  if (!document) return document.error();
  const YAML::Node& root = document->root;
  if (!root.IsMap() || text_at(root, "kind") != "KubeSchedulerConfiguration") {
    return invalid("kind: expected KubeSchedulerConfiguration");
  }
  SchedulerFile file;
  if (auto read = read_extenders(root["extenders"], file); !read) return read.error();
  if (auto read = read_election(root["leaderElection"], file); !read) return read.error();
  read_profiles(root["profiles"], file);
  return file;
}

}  // namespace kernwise::doctor
