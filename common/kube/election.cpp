// SPDX-License-Identifier: Apache-2.0
#include "common/kube/election.hpp"

#include <algorithm>
#include <utility>

#include "common/kube/micro_time.hpp"

namespace kernwise::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A record that asks for more patience than this was not written by us.
constexpr milliseconds kMostPatience{60'000};
/// While stopping, failures are tried again faster: the process is about to end.
constexpr milliseconds kStoppingRetry{250};
constexpr seconds kMostRetryAfter{10};
/// client-go's jitter of the acquiring loop.
constexpr double kJitter = 1.2;
/// So that two who have waited for the same moment rarely ask at the same one.
constexpr double kSpread = 0.05;

milliseconds scaled(milliseconds time, double factor) {
  return milliseconds(static_cast<milliseconds::rep>(static_cast<double>(time.count()) * factor));
}

}  // namespace

Election::Election(std::string identity, ElectionTimes times, std::function<double()> random)
    : identity_(std::move(identity)), times_(times), random_(std::move(random)) {}

/// No version of the object between what we have written and this one is by somebody else.
bool Election::mine() const {
  if (seen_.record.holder != identity_) return false;
  return seen_.record == confirmed_ || seen_.record == sent_;
}

/// Given back by its holder: `release` writes this, and an edited lease keeps its duration.
bool Election::is_released() const {
  return seen_.record.holder.empty() && seen_.record.duration <= seconds(1);
}

milliseconds Election::patience() const {
  return std::clamp(milliseconds(seen_.record.duration), times_.lease,
                    std::max(kMostPatience, times_.lease));
}

LeaseRecord Election::claim(WallTime wall) const {
  LeaseRecord record{.holder = identity_,
                     .duration = std::chrono::ceil<seconds>(times_.lease),
                     .acquired = micro_time(wall),
                     .renewed = micro_time(wall),
                     .transitions = seen_.resource_version.empty() ? 0 : seen_.record.transitions};
  // Others see a renewal only when the record differs, also when our clock stands still.
  if (record.renewed == seen_.record.renewed) {
    record.renewed = micro_time(wall + std::chrono::microseconds(1));
  }
  if (seen_.record.holder == identity_) {
    record.acquired = seen_.record.acquired;
  } else if (!seen_.resource_version.empty()) {
    ++record.transitions;
  }
  return record;
}

LeaseRecord Election::release(WallTime wall) const {
  return {.holder = {},
          .duration = seconds(1),
          .acquired = micro_time(wall),
          .renewed = micro_time(wall),
          .transitions = seen_.record.transitions};
}

void Election::stop() {
  stopping_ = true;
  writes_until_ = MonoTime::min();
  due_ = MonoTime::min();
  if (sent_.holder.empty()) stopped_ = true;  // nothing was ever claimed
  if (!mine()) plan_ = Plan::read;
}

std::optional<LeaseCall> Election::next(MonoTime now, WallTime wall) {
  if (stopped_) return std::nullopt;
  if (underway_ && now - underway_->sent >= times_.call) {
    underway_.reset();
    plan(Plan::read, now);
  }
  if (underway_ || now < due_) return std::nullopt;
  LeaseCall call{.number = ++calls_};
  if (plan_ == Plan::create) {
    call.kind = LeaseCall::Kind::create;
    call.lease.record = claim(wall);
  } else if (plan_ == Plan::replace) {
    call.kind = LeaseCall::Kind::replace;
    call.lease = {seen_.resource_version, stopping_ ? release(wall) : claim(wall)};
  }
  underway_ = Underway{call, now, mine()};
  if (call.kind != LeaseCall::Kind::read && !stopping_) sent_ = call.lease.record;
  return call;
}

void Election::answered(std::uint64_t number, const LeaseAnswer& answer, MonoTime now) {
  if (!underway_ || underway_->call.number != number) return;
  const Underway done = *std::exchange(underway_, std::nullopt);
  switch (answer.kind) {
    case LeaseAnswer::Kind::found:
    case LeaseAnswer::Kind::created:
      if (done.call.kind != LeaseCall::Kind::read) return won(done, answer, now);
      saw(answer.lease, now);
      return consider(now);
    case LeaseAnswer::Kind::absent:
      // To what would make one it means that the namespace is not there.
      return done.call.kind == LeaseCall::Kind::create ? failed(answer, now) : gone(now);
    case LeaseAnswer::Kind::conflict:
      return plan(Plan::read, now + scaled(times_.retry, kSpread * random_()));
    case LeaseAnswer::Kind::failed:
      return failed(answer, now);
  }
}

void Election::saw(const Lease& lease, MonoTime now) {
  if (seen_.resource_version.empty() || seen_.record != lease.record) seen_at_ = now;
  seen_ = lease;
}

/// What a lease that was just read allows.
void Election::consider(MonoTime now) {
  const bool held_here = seen_.record.holder == identity_;
  if (!held_here) writes_until_ = MonoTime::min();
  if (stopping_) {
    stopped_ = !held_here;
    return plan(Plan::replace, now);
  }
  const MonoTime expires = seen_at_ + patience();
  if (held_here || seen_.record.holder.empty() || now >= expires) return plan(Plan::replace, now);
  const MonoTime look = now + scaled(times_.retry, 1 + kJitter * random_());
  plan(Plan::read, std::min(look, expires + scaled(times_.retry, kSpread * random_())));
}

void Election::won(const Underway& done, const LeaseAnswer& answer, MonoTime now) {
  if (done.call.lease.record.holder.empty()) {
    stopped_ = true;
    return;
  }
  if (answer.kind == LeaseAnswer::Kind::created) {
    // The object that was there before may have been renewed a moment before it went away.
    writes_from_ = now + times_.lease;
  } else if (!done.renews) {
    writes_from_ = is_released() ? now : std::max(now, seen_at_ + patience());
  }
  saw(answer.lease, now);
  confirmed_ = answer.lease.record;
  if (stopping_) return plan(Plan::replace, now);
  writes_until_ = done.sent + times_.renew_deadline;
  plan(Plan::replace, done.sent + times_.retry);
}

void Election::gone(MonoTime now) {
  seen_ = {};
  stopped_ = stopping_;
  plan(Plan::create, now);
}

void Election::failed(const LeaseAnswer& answer, MonoTime now) {
  if (stopping_) return plan(Plan::read, now + kStoppingRetry);
  const milliseconds wait = std::min(answer.retry_after.value_or(seconds(0)), kMostRetryAfter);
  plan(Plan::read, now + std::max(wait, times_.retry));
}

}  // namespace kernwise::kube
