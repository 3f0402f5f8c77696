// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "common/base/clock.hpp"
#include "extender/pending/usual.hpp"
#include "extender/placement/score.hpp"

namespace kernwise::pending {

struct BoundLimits {
  std::chrono::seconds deadline{120};  ///< a pod not seen by then runs somewhere we cannot see
  std::size_t pods = 50'000;
};

/// What one report says about pods on their way.
struct Arrived {
  std::string_view node;
  MonoTime at;
  std::chrono::milliseconds window{5'000};
  /// True for the UID of a pod that the report knows.
  std::function<bool(std::string_view uid)> has;
};

/// Pods that are bound to a node whose load does not show them yet, wholly or in part, and pods
/// that are leaving while it still does.
///
///   pending of a node = sum of demand * (1 - visible) - sum of the use of pods that are leaving
///   visible           = clamp((time of the report - when the pod was first in one) / window)
///
/// so a pod counts fully until a report knows it, and not at all one window later.
class Bound {
 public:
  explicit Bound(BoundLimits limits = {}) : limits_(limits) {}

  /// A watch shows the pod on a node. Known pods keep their times. `confidence` is that of the
  /// profile that the demand comes from, see Usual.
  void bind(std::string uid, std::string node, const placement::PerResource& demand, MonoTime now,
            double confidence = 1);
  /// The pod is being deleted while it uses that much.
  void leave(std::string uid, std::string node, const placement::PerResource& use, MonoTime now);
  /// The pod is gone.
  void remove(std::string_view uid);
  void arrived(const Arrived& report);
  /// Forgets pods whose deadline is over; true when there were some.
  bool expire(MonoTime now);

  [[nodiscard]] bool is_bound(std::string_view uid) const { return coming_.contains(uid); }
  [[nodiscard]] std::size_t pods() const { return coming_.size(); }
  /// The UIDs of the pods that are on their way.
  [[nodiscard]] std::set<std::string, std::less<>> uids() const;
  /// What to add to the measured load of each node that has any.
  [[nodiscard]] std::map<std::string, placement::PerResource, std::less<>> by_node() const;

 private:
  struct Pod {
    std::string node;
    placement::PerResource amount{};  ///< its demand; its use where it leaves
    MonoTime since;
    std::optional<MonoTime> first_seen = {};
    double visible = 0;
  };
  using Pods = std::map<std::string, Pod, std::less<>>;  ///< by UID
  using OfNode = std::map<std::string, std::set<std::string, std::less<>>, std::less<>>;

  void add(Pods& pods, std::string uid, Pod&& pod);
  Pods::iterator erase(Pods& pods, Pods::iterator pod);

  BoundLimits limits_;
  Usual usual_;
  Pods coming_, leaving_;
  OfNode of_node_;  ///< the UIDs of both: a report looks at its own only
};

}  // namespace kernwise::pending
