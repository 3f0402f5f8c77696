// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "common/kube/clock.hpp"

namespace kernwise::test {

/// Time that passes when the test says so.
class ManualClock final : public kube::Clock {
 public:
  [[nodiscard]] MonoTime now() const override { return now_; }
  [[nodiscard]] std::unique_ptr<kube::Alarm> call_at(MonoTime time,
                                                     std::function<void()> then) override {
    return std::make_unique<Pending>(*this, alarms_.emplace(time, std::move(then)));
  }

  /// Lets `by` pass, and calls what is due, the earliest first, at its time.
  void advance(Monotonic::duration by) {
    const auto end = now_ + by;
    while (!alarms_.empty() && alarms_.begin()->first <= end) {
      now_ = std::max(now_, alarms_.begin()->first);
      auto due = alarms_.extract(alarms_.begin());
      due.mapped()();
    }
    now_ = end;
  }
  /// Whether anybody waits, and until when.
  [[nodiscard]] std::optional<MonoTime> next() const {
    return alarms_.empty() ? std::nullopt : std::optional(alarms_.begin()->first);
  }

 private:
  using Alarms = std::multimap<MonoTime, std::function<void()>>;
  class Pending final : public kube::Alarm {
   public:
    Pending(ManualClock& clock, Alarms::iterator at)
        : clock_(clock), key_(at->first), call_(&at->second) {}
    ~Pending() override {
      const auto [begin, end] = clock_.alarms_.equal_range(key_);
      for (auto each = begin; each != end; ++each) {
        if (&each->second != call_) continue;
        clock_.alarms_.erase(each);
        return;
      }
    }
    Pending(const Pending&) = delete;
    Pending& operator=(const Pending&) = delete;

   private:
    ManualClock& clock_;
    MonoTime key_;
    const std::function<void()>* call_;
  };

  MonoTime now_{std::chrono::hours(1)};
  Alarms alarms_;
};

}  // namespace kernwise::test
