// SPDX-License-Identifier: Apache-2.0
#include "profiler/discovery/names.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include "common/base/file.hpp"

namespace kernwise::discovery {
namespace {

constexpr Seconds kFirstWait{5};
constexpr Seconds kLongestWait{300};
constexpr std::chrono::minutes kRefresh{10};

std::string by_container(std::string_view uid, std::string_view container_id) {
  return std::string("c/").append(uid).append("/").append(container_id);
}
std::string by_uid(std::string_view uid) {
  return std::string("u/").append(uid);
}
std::string by_path(std::string_view path) {
  return std::string("p/").append(path);
}

/// The most exact key of a cgroup.
template <class Cgroup>
std::string key_of(const Cgroup& cgroup) {
  if (!cgroup.container_id.empty()) return by_container(cgroup.pod_uid, cgroup.container_id);
  if (!cgroup.pod_uid.empty()) return by_uid(cgroup.pod_uid);
  return by_path(cgroup.path);
}

std::string pod_key(const report::Name& name) {
  return name.pod_namespace + "/" + name.pod;
}

/// What holds for every container of the pod.
report::Name pod_part(report::Name name) {
  name.container.clear();
  name.request.reset();
  name.limit.reset();
  return name;
}

MonoTime after(MonoTime now, Seconds wait) {
  return now + std::chrono::duration_cast<Monotonic::duration>(wait);
}

}  // namespace

Result<bool> NameBook::reload(const std::string& path) {
  FileState state;  // all zero: there is no file
  struct stat status{};
  const bool present = ::stat(path.c_str(), &status) == 0;
  const int problem = present ? 0 : errno;
  if (present) {
    constexpr std::int64_t kSecond = 1'000'000'000;
    state = {.inode = status.st_ino,
             .size = static_cast<std::uint64_t>(status.st_size),
             .modified_ns = (status.st_mtim.tv_sec * kSecond) + status.st_mtim.tv_nsec};
  }
  if (file_state_ == state) return false;
  file_state_ = state;
  if (!present) return errno_error(problem, "pods file " + path);
  if (!S_ISREG(status.st_mode)) return invalid("pods file " + path + ": not a regular file");
  const auto text = read_file(path);
  if (!text) return wrap(text.error(), "pods file");
  const auto pods = report::parse_pods(*text);
  if (!pods) return wrap(pods.error(), "pods file " + path);
  replace_listed(*pods);
  return true;
}

void NameBook::replace_listed(const std::vector<report::PodEntry>& pods) {
  listed_.clear();
  labels_.clear();
  for (const auto& pod : pods) {
    if (listed_.size() >= kMaxNames) break;
    labels_[pod_key(pod.name)] = Labels(pod.labels.begin(), pod.labels.end());
    listed_.insert_or_assign(pod.uid, pod);
  }
}

void NameBook::learn(const std::vector<report::NameEntry>& answers, MonoTime now) {
  for (const auto& answer : answers) {
    if (answer.name.pod.empty()) continue;
    const auto key = key_of(answer);
    asked_.erase(key);
    if (!answer.pod_uid.empty() && !answer.container_id.empty()) {
      learned_.put(by_uid(answer.pod_uid), {pod_part(answer.name), now});
    }
    learned_.put(key, {answer.name, now});
  }
}

const report::PodEntry* NameBook::listed(const report::NameRequest& cgroup) const {
  std::string_view path = cgroup.path;
  while (path.starts_with('/')) path.remove_prefix(1);
  const auto found = listed_.find(cgroup.pod_uid.empty() ? std::string(path) : cgroup.pod_uid);
  return found == listed_.end() ? nullptr : &found->second;
}

std::optional<report::Name> NameBook::find(const report::NameRequest& cgroup) {
  if (const auto* exact = learned_.find(key_of(cgroup))) return exact->name;
  if (const auto* pod = listed(cgroup)) return pod->name;
  if (!cgroup.pod_uid.empty()) {
    if (const auto* pod = learned_.find(by_uid(cgroup.pod_uid))) return pod->name;
  }
  if (const auto* same_path = learned_.find(by_path(cgroup.path))) return same_path->name;
  return std::nullopt;
}

bool NameBook::complete(const report::NameRequest& cgroup, MonoTime now) {
  if (listed(cgroup) != nullptr) return true;
  const auto* exact = learned_.find(key_of(cgroup));
  return exact != nullptr && now - exact->when < kRefresh;
}

std::vector<report::NameRequest> NameBook::wanted(const std::vector<report::NameRequest>& present,
                                                  MonoTime now, std::size_t most) {
  std::vector<report::NameRequest> due;
  for (const auto& cgroup : present) {
    if (due.size() >= most) break;
    if (complete(cgroup, now)) continue;
    const auto key = key_of(cgroup);
    Seconds wait = kFirstWait;
    if (const auto* asked = asked_.find(key)) {
      if (now < asked->again) continue;
      wait = std::min(asked->wait * 2, kLongestWait);
    }
    asked_.put(key, {after(now, wait), wait});
    due.push_back(cgroup);
  }
  return due;
}

const Labels* NameBook::labels_of(const report::Name& name) const {
  const auto found = labels_.find(pod_key(name));
  return found == labels_.end() ? nullptr : &found->second;
}

}  // namespace kernwise::discovery
