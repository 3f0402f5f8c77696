// SPDX-License-Identifier: Apache-2.0
#include "common/report/vocabulary.hpp"

namespace kernwise {
namespace {

constexpr std::array<std::string_view, kShareCount> kShareNames{
    "on_cpu", "runqueue", "throttled", "disk", "network", "lock", "memory", "ipc", "idle"};

constexpr std::array<std::string_view, kVerdictCount> kVerdictNames{
    "unknown",         "idle",          "memory_pressure", "cpu_throttled",
    "noisy_neighbour", "cpu_saturated", "disk_bound",      "downstream_wait",
    "lock_bound",      "backlog",       "steady"};

/// The enumerator whose place in `names` holds `name`.
template <class Word, std::size_t kCount>
std::optional<Word> named(const std::array<std::string_view, kCount>& names,
                          std::string_view name) {
  for (std::size_t at = 0; at < kCount; ++at) {
    if (names[at] == name) return static_cast<Word>(at);
  }
  return std::nullopt;
}

}  // namespace

double WaitShares::total() const {
  double sum = 0;
  for (const double share : of_) sum += share;
  return sum;
}

// Added up rather than subtracted from the total: a long idle time must not leave rounding errors,
// let alone a negative remainder, in a small active part.
double WaitShares::active() const {
  return own() + (*this)[Share::runqueue];
}

double WaitShares::own() const {
  double sum = 0;
  for (std::size_t at = 0; at < kShareCount; ++at) {
    const auto share = static_cast<Share>(at);
    if (share != Share::idle && share != Share::runqueue) sum += of_[at];
  }
  return sum;
}

double WaitShares::demand() const {
  return (*this)[Share::on_cpu] + (*this)[Share::runqueue] + (*this)[Share::throttled];
}

std::string_view name_of(Share share) {
  return kShareNames.at(static_cast<std::size_t>(share));
}

std::string_view name_of(Verdict verdict) {
  return kVerdictNames.at(static_cast<std::size_t>(verdict));
}

CoarseType coarse(Verdict verdict) {
  switch (verdict) {
    case Verdict::cpu_throttled:
    case Verdict::cpu_saturated:
    case Verdict::noisy_neighbour:
      return CoarseType::cpu;
    case Verdict::disk_bound:
      return CoarseType::io;
    case Verdict::downstream_wait:
    case Verdict::lock_bound:
    case Verdict::memory_pressure:
    case Verdict::backlog:
      return CoarseType::off_cpu;
    case Verdict::unknown:
    case Verdict::idle:
    case Verdict::steady:
      break;
  }
  return CoarseType::none;
}

std::optional<Share> share_named(std::string_view name) {
  return named<Share>(kShareNames, name);
}

std::optional<Verdict> verdict_named(std::string_view name) {
  return named<Verdict>(kVerdictNames, name);
}

}  // namespace kernwise
