// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "test/fakes/kube/json.hpp"
#include "test/fakes/kube/resources.hpp"

namespace kernwise::test {

/// One change of one object: `before` is empty for a new one, `after` for one that is gone;
/// `gone` is then what a watch shows of it, with the revision of its end.
struct Change {
  std::uint64_t revision = 0;
  const Resource* resource = nullptr;
  Object before = {}, after = {}, gone = {};
};

/// Objects with one revision for all of them, as etcd counts, and their recent past.
class ObjectStore {
 public:
  using Listener = std::function<void(const Change&)>;
  static constexpr std::uint64_t kFirstRevision = 100;
  static constexpr std::size_t kMaxHistory = 200'000;

  [[nodiscard]] std::uint64_t revision() const { return revision_; }
  [[nodiscard]] std::uint64_t compacted() const { return compacted_; }
  [[nodiscard]] Object find(const Resource& resource, std::string_view name_space,
                            std::string_view name) const;
  /// The objects as they were at `revision`, in the order of their keys; `name_space` empty = all.
  [[nodiscard]] std::vector<Object> list(const Resource& resource, std::string_view name_space,
                                         std::uint64_t revision) const;
  [[nodiscard]] std::vector<Change> changes_after(std::uint64_t revision,
                                                  const Resource& resource) const;
  /// Stores it with the next revision. The object has its namespace and name in it.
  Object put(const Resource& resource, Json object);
  /// `last` = what watches see of it besides its new revision; empty = as it was.
  void remove(const Resource& resource, const std::string& name_space, const std::string& name,
              Json last = nullptr);
  /// Forgets the past: who asks for an earlier revision gets 410.
  void compact();
  /// As after a restore of a backup: the state and the number of an earlier revision, which must
  /// not be compacted.
  void restore(std::uint64_t revision);
  void listen(Listener listener) { listener_ = std::move(listener); }

  [[nodiscard]] static std::string key_of(std::string_view name_space, std::string_view name);

 private:
  using Table = std::map<std::string, Object, std::less<>>;
  void record(Change change);

  std::uint64_t revision_ = kFirstRevision, compacted_ = kFirstRevision;
  std::map<const Resource*, Table> tables_;
  std::deque<Change> history_;
  Listener listener_;
};

}  // namespace kernwise::test
