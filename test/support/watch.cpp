// SPDX-License-Identifier: Apache-2.0
// What the kernel programs saw, beside what the watched workloads know.
#include <algorithm>
#include <stdexcept>

#include "test/support/scenario.hpp"

namespace kernwise::test {
namespace {

WaitShares known_shares(const Truth& truth) {
  WaitShares shares;
  for (std::size_t i = 0; i < kShareCount; ++i) {
    shares[static_cast<Share>(i)] = truth.seconds[i].load();
  }
  return shares;
}

template <class Reading, class Owner>
std::vector<Reading> of_slot(const std::vector<Reading>& all, std::uint32_t slot, Owner owner) {
  std::vector<Reading> own;
  for (const auto& reading : all) {
    if (owner(reading.key) == slot) own.push_back(reading);
  }
  return own;
}

std::vector<sense::PeerReading> peers_of(const kernel::KernelReading& reading, std::uint32_t slot) {
  return of_slot(reading.peers, slot, [](const kw_peer_key& key) { return key.slot; });
}

std::vector<sense::CulpritReading> culprits_of(const kernel::KernelReading& reading,
                                               std::uint32_t slot) {
  return of_slot(reading.culprits, slot, [](const kw_culprit_key& key) { return key.victim; });
}

/// What a workload knew at one moment.
struct Known {
  WaitShares seconds;
  double inbound = 0, blocked = 0;
  explicit Known(const Truth& truth)
      : seconds(known_shares(truth)), inbound(truth.inbound), blocked(truth.blocked) {}
};

Comparison compare_slot(const kernel::KernelReading& before, const kernel::KernelReading& now,
                        std::size_t at) {
  const auto slot = now.slots[at].first;
  const sense::Span span{before.at_ns, now.at_ns};
  Comparison result;
  result.before = {before.slots[at].second, before.at_ns};
  result.now = {now.slots[at].second, now.at_ns};
  result.seconds = static_cast<double>(now.at_ns - before.at_ns) * 1e-9;
  const auto window = sense::shares_between(result.before, result.now, {});
  result.seen = window.shares;
  result.behind_others = window.behind_others;
  result.times = sense::times_between(result.before, result.now);
  result.threads = now.slots[at].second.threads;
  result.peers = sense::peers_between(peers_of(before, slot), peers_of(now, slot), span,
                                      result.times.blocked, 16);
  result.culprits =
      sense::culprits_between(culprits_of(before, slot), culprits_of(now, slot), span, 16);
  return result;
}

void add_known(Comparison& result, const Known& before, const Known& now) {
  for (std::size_t i = 0; i < kShareCount; ++i) {
    const auto share = static_cast<Share>(i);
    result.known[share] = (now.seconds[share] - before.seconds[share]) / result.seconds;
  }
  result.known_inbound = (now.inbound - before.inbound) / result.seconds;
  result.known_blocked = (now.blocked - before.blocked) / result.seconds;
}

}  // namespace

Watch::Watch(kernel::ProgramOptions options) {
  options.self_tgid = static_cast<std::uint32_t>(::getpid());
  auto programs = kernel::Programs::load(options);
  if (!programs) throw std::runtime_error(programs.error().message());
  programs_ = std::move(*programs);
  auto reader = kernel::BpfReader::open(*programs_);
  if (!reader) throw std::runtime_error(reader.error().message());
  reader_ = std::move(*reader);
}

bool Watch::sees_transfers() const {
  return std::ranges::any_of(programs_->hooks(), [](const report::HookState& hook) {
    return hook.hook == "sock_recv_length" && hook.mode != "off";
  });
}

std::uint32_t Watch::follow(const Cgroup& cgroup) {
  const auto slot = next_slot_++;
  if (auto assigned = reader_->assign(cgroup.id(), slot); !assigned) {
    throw std::runtime_error(assigned.error().message());
  }
  return slot;
}

void Watch::built_by_go(pid_t pid) {
  go_processes_.push_back(static_cast<std::uint32_t>(pid));
  reader_->set_go_processes(go_processes_);
}

Comparison Watch::compare(std::uint32_t slot, Truth& truth, double seconds) {
  return compare_all({{slot, &truth}}, seconds).front();
}

std::vector<Comparison> Watch::compare_all(const std::vector<Watched>& watched, double seconds) {
  std::vector<std::uint32_t> slots;
  std::vector<Known> known;
  for (const auto& one : watched) slots.push_back(one.slot);
  const auto ask_all = [&watched](std::vector<Known>& all) {
    for (const auto& one : watched) {
      if (one.refresh) one.refresh();
      all.emplace_back(*one.truth);
    }
  };
  ask_all(known);
  const auto before = reader_->read(slots);
  let_run(seconds);
  std::vector<Comparison> results;
  std::vector<Known> known_now;
  ask_all(known_now);
  const auto now = reader_->read(slots);
  if (!before || !now) throw std::runtime_error("read counters");
  for (std::size_t i = 0; i < watched.size(); ++i) {
    results.push_back(compare_slot(*before, *now, i));
    add_known(results.back(), known[i], known_now[i]);
  }
  return results;
}

}  // namespace kernwise::test
