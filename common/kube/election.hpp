// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "common/base/clock.hpp"
#include "common/kube/lease.hpp"

namespace kernwise::kube {

/// scaling.md 2.3, product.md 10: 10/7/2 s, so that a dead leader is followed within 20 s.
struct ElectionTimes {
  std::chrono::milliseconds lease{10'000};  ///< others wait this long after the last renewal seen
  std::chrono::milliseconds renew_deadline{7'000};  ///< a renewal allows writes for this long
  std::chrono::milliseconds retry{2'000};           ///< between attempts
  std::chrono::milliseconds call{3'000};  ///< an answer that takes longer is not waited for
};

/// One request of an election. `number` comes back with its answer.
struct LeaseCall {
  enum class Kind : std::uint8_t { read, create, replace };
  Kind kind = Kind::read;
  std::uint64_t number = 0;
  Lease lease = {};  ///< of create and replace; the resource version only of replace
};

/// Who leads, decided without sockets, timers or clocks: times come in, requests come out. Ages are
/// taken from the local monotonic clock only, so that no clock of another machine matters.
///
/// At most one elector may write at any instant while clocks run within 15 % of each other's speed:
/// - a renewal allows writes until `renew_deadline` after it was *sent*, whenever it is answered;
/// - whoever takes over without having seen the lease unchanged for its whole duration (somebody
///   has edited or deleted it) holds it at once but writes only after that duration.
/// A lease is no fence: a write on its way when its time ends needs a precondition of its own.
class Election {
 public:
  /// `random` gives numbers in [0, 1).
  Election(std::string identity, ElectionTimes times, std::function<double()> random);

  /// The request to send now, if it is time for one. At most one is underway.
  [[nodiscard]] std::optional<LeaseCall> next(MonoTime now, WallTime wall);
  /// The answer to a request; one that is not waited for any more changes nothing.
  void answered(std::uint64_t number, const LeaseAnswer& answer, MonoTime now);
  /// Writes end at once; the lease is given back with the next requests.
  void stop();

  [[nodiscard]] bool leading(MonoTime now) const {
    return writes_from_ <= now && now < writes_until_;
  }
  /// When the permission to write ends if nothing more is heard.
  [[nodiscard]] MonoTime may_write_until() const { return writes_until_; }
  /// True once `stop` has nothing left to do.
  [[nodiscard]] bool stopped() const { return stopped_; }
  /// Who holds the lease as far as is known; empty = nobody.
  [[nodiscard]] const std::string& holder() const { return seen_.record.holder; }
  [[nodiscard]] const std::string& identity() const { return identity_; }

 private:
  enum class Plan : std::uint8_t { read, create, replace };
  struct Underway {
    LeaseCall call;
    MonoTime sent;
    bool renews = false;  ///< what it replaces is ours
  };

  [[nodiscard]] bool mine() const;
  [[nodiscard]] bool is_released() const;
  [[nodiscard]] std::chrono::milliseconds patience() const;
  [[nodiscard]] LeaseRecord claim(WallTime wall) const;
  [[nodiscard]] LeaseRecord release(WallTime wall) const;
  void plan(Plan plan, MonoTime due) {
    plan_ = plan;
    due_ = due;
  }
  void saw(const Lease& lease, MonoTime now);
  void consider(MonoTime now);
  void won(const Underway& done, const LeaseAnswer& answer, MonoTime now);
  void gone(MonoTime now);
  void failed(const LeaseAnswer& answer, MonoTime now);

  std::string identity_;
  ElectionTimes times_;
  std::function<double()> random_;
  Plan plan_ = Plan::read;
  MonoTime due_ = MonoTime::min();
  std::optional<Underway> underway_;
  std::uint64_t calls_ = 0;
  Lease seen_;             ///< as it was last seen
  MonoTime seen_at_;       ///< when its record was first seen
  LeaseRecord confirmed_;  ///< what was written last, as the server has said
  LeaseRecord sent_;       ///< what was sent last; it may have been written or not
  MonoTime writes_from_ = MonoTime::max(), writes_until_ = MonoTime::min();
  bool stopping_ = false, stopped_ = false;
};

}  // namespace kernwise::kube
