// SPDX-License-Identifier: Apache-2.0
#include "test/support/lease_model.hpp"

#include <iterator>
#include <utility>

namespace kernwise::test {
namespace {

constexpr Millis kStep = 20;
constexpr Millis kYear = Millis{365} * 24 * 3'600 * 1'000;
constexpr double kStepsPerMinute = 60'000.0 / kStep;

}  // namespace

LeaseModel::LeaseModel(std::size_t electors, const LeaseFaults& given, std::uint64_t seed)
    : faults(given), random_(seed) {
  std::uniform_real_distribution<double> speed(1 - faults.skew, 1 + faults.skew);
  std::uniform_int_distribution<Millis> year(-kYear, kYear);
  for (std::size_t i = 0; i < electors; ++i) {
    auto draw = [engine = std::mt19937_64(random_())]() mutable {
      return std::uniform_real_distribution<double>(0, 1)(engine);
    };
    Process process{.election = std::make_unique<kube::Election>(
                        "elector-" + std::to_string(i), kube::ElectionTimes{}, std::move(draw))};
    process.speed = speed(random_);
    process.offset = year(random_);
    process.wall_offset = 2 * kYear + year(random_);
    processes_.push_back(std::move(process));
  }
}

bool LeaseModel::chance(double probability) {
  return std::uniform_real_distribution<double>(0, 1)(random_) < probability;
}

Millis LeaseModel::delay() {
  return std::uniform_int_distribution<Millis>(0, faults.most_delay)(random_);
}

MonoTime LeaseModel::clock(const Process& process) const {
  const auto local = static_cast<Millis>(static_cast<double>(now_) * process.speed);
  return MonoTime(std::chrono::milliseconds(local + process.offset));
}

std::vector<std::size_t> LeaseModel::writers() const {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    const Process& process = processes_[i];
    if (!process.dead && process.election->leading(clock(process))) found.push_back(i);
  }
  return found;
}

kube::LeaseAnswer LeaseModel::serve(const kube::LeaseCall& call) {
  using Kind = kube::LeaseAnswer::Kind;
  if (call.kind == kube::LeaseCall::Kind::read) {
    return lease_ ? kube::LeaseAnswer{.kind = Kind::found, .lease = *lease_}
                  : kube::LeaseAnswer{.kind = Kind::absent};
  }
  const bool creates = !lease_;
  const bool matches = lease_ && call.kind == kube::LeaseCall::Kind::replace &&
                       call.lease.resource_version == lease_->resource_version;
  if (!creates && !matches) return {.kind = Kind::conflict};
  lease_ = kube::Lease{std::to_string(++version_), call.lease.record};
  return {.kind = creates ? Kind::created : Kind::found, .lease = *lease_};
}

/// Messages that are due: requests are served, answers reach a process that runs.
void LeaseModel::deliver() {
  for (auto message = messages_.begin(); message != messages_.end();) {
    Process& process = processes_[message->process];
    const bool waits = message->answer && now_ < process.paused_until;
    if (now_ < message->at || waits) {
      ++message;
      continue;
    }
    if (!message->answer) {
      const bool fails = chance(faults.errors);
      message->answer = fails ? kube::LeaseAnswer{} : serve(message->call);
      message->at = now_ + delay();
      if (chance(faults.lost_answers)) message = messages_.erase(message);
      continue;
    }
    if (!process.dead) {
      process.election->answered(message->call.number, *message->answer, clock(process));
    }
    message = messages_.erase(message);
  }
}

void LeaseModel::run(std::size_t index) {
  Process& process = processes_[index];
  if (process.dead || now_ < process.paused_until) return;
  if (chance(faults.pauses_per_minute / kStepsPerMinute)) {
    pause(index, std::uniform_int_distribution<Millis>(100, 40'000)(random_));
    return;
  }
  const WallTime wall{std::chrono::milliseconds(now_ + process.wall_offset)};
  const auto call = process.election->next(clock(process), wall);
  if (!call || chance(faults.lost_requests)) return;
  messages_.push_back({.at = now_ + delay(), .process = index, .call = *call});
}

void LeaseModel::meddle() {
  if (!lease_ || !chance(faults.edits_per_minute / kStepsPerMinute)) return;
  kube::LeaseRecord record = lease_->record;
  switch (std::uniform_int_distribution<int>(0, 3)(random_)) {
    case 0:
      lease_.reset();
      return;
    case 1:
      record.holder.clear();
      break;
    case 2:
      record.holder = "elector-" + std::to_string(random_() % processes_.size());
      break;
    default:
      record.duration = std::chrono::seconds(random_() % 2 == 0 ? 1 : 1'000'000);
  }
  lease_ = kube::Lease{std::to_string(++version_), std::move(record)};
}

void LeaseModel::step() {
  now_ += kStep;
  meddle();
  deliver();
  for (std::size_t i = 0; i < processes_.size(); ++i) run(i);
}

}  // namespace kernwise::test
