// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "common/report/pods_file.hpp"
#include "common/report/report.hpp"
#include "profiler/discovery/filter.hpp"
#include "profiler/discovery/recent.hpp"

namespace kernwise::discovery {

inline constexpr std::size_t kMaxNames = 8192;

/// Which cgroup is called what: from a pods file, from the orchestrator's replies, or both. Nothing
/// waits for a name; what is missing is asked for again and again, ever more rarely.
class NameBook {
 public:
  explicit NameBook(std::size_t capacity = kMaxNames) : learned_(capacity), asked_(capacity) {}

  /// Reads the pods file when it is new or has changed; true when it was read. An error (given once
  /// for each state of the file) names the file and leaves the names as they were.
  [[nodiscard]] Result<bool> reload(const std::string& path);
  /// Replaces all names that came from a file. A cgroup that is no pod is listed with its path
  /// (`system.slice/ssh.service`) as uid.
  void replace_listed(const std::vector<report::PodEntry>& pods);
  /// The orchestrator's answers. Those without a pod name say nothing.
  void learn(const std::vector<report::NameEntry>& answers, MonoTime now);

  /// The name of a cgroup: by uid and container id, then by uid alone (the container's name stays
  /// empty), then by path.
  [[nodiscard]] std::optional<report::Name> find(const report::NameRequest& cgroup);
  /// Those of `present` to ask the orchestrator for now, at most `most`: no name yet, or one that
  /// is ten minutes old. Each is asked for at once, then after 5 s, 10 s, ... up to 5 min.
  [[nodiscard]] std::vector<report::NameRequest> wanted(
      const std::vector<report::NameRequest>& present, MonoTime now, std::size_t most = 256);

  /// Labels of a pod of the file; nullptr when they are not known.
  [[nodiscard]] const Labels* labels_of(const report::Name& name) const;
  [[nodiscard]] std::size_t size() const { return learned_.size() + listed_.size(); }

 private:
  struct Learned {
    report::Name name;
    MonoTime when;
  };
  struct Asked {
    MonoTime again;
    Seconds wait{};
  };
  struct FileState {
    std::uint64_t inode = 0, size = 0;
    std::int64_t modified_ns = 0;
    bool operator==(const FileState&) const = default;
  };
  [[nodiscard]] const report::PodEntry* listed(const report::NameRequest& cgroup) const;
  [[nodiscard]] bool complete(const report::NameRequest& cgroup, MonoTime now);

  Recent<Learned> learned_;
  Recent<Asked> asked_;
  std::unordered_map<std::string, report::PodEntry> listed_;  // by uid
  std::unordered_map<std::string, Labels> labels_;            // by namespace/pod
  std::optional<FileState> file_state_;
};

}  // namespace kernwise::discovery
