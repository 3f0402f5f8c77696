// SPDX-License-Identifier: Apache-2.0
#include "profiler/app/ledger.hpp"

#include <algorithm>
#include <set>

#include "profiler/sense/totals.hpp"

namespace kernwise::profiler {
namespace {

/// What stays the same when a container starts again; empty while that is not known.
std::string key_of(const report::Container& container) {
  if (container.pod_uid.empty()) return container.path;
  if (container.name.container.empty()) return {};
  return container.pod_uid + "/" + container.name.container;
}

}  // namespace

void Ledger::update(const report::Report& report, const Lookup& standing, std::uint64_t now_ns) {
  for (auto& [id, entry] : entries_) entry.present = false;
  for (const auto& container : report.containers) {
    auto& entry = entries_[container.cgroup_id];
    entry.container = container;
    entry.present = true;
  }
  refresh(standing, now_ns);
  forget(now_ns);
}

void Ledger::refresh(const Lookup& standing, std::uint64_t now_ns) {
  for (auto each = entries_.begin(); each != entries_.end();) {
    const auto now = standing(each->first);
    if (now.excluded) {  // counts in the aggregate from now on
      each = entries_.erase(each);
      continue;
    }
    auto& entry = each->second;
    if (now.totals) {
      entry.totals = *now.totals;
      entry.counted = true;
    }
    if ((!now.known || now.gone) && entry.ended_ns == 0) entry.ended_ns = now_ns;
    ++each;
  }
}

/// Its counters go to whoever has its name next.
void Ledger::settle(const Entry& entry, std::uint64_t now_ns) {
  const auto key = key_of(entry.container);
  if (key.empty() || !entry.counted) return;
  auto& ended = ended_[key];
  sense::add(ended.totals, entry.totals);
  ended.last_ns = now_ns;
}

void Ledger::forget(std::uint64_t now_ns) {
  std::size_t ended = static_cast<std::size_t>(
      std::ranges::count_if(entries_, [](const auto& each) { return each.second.ended_ns != 0; }));
  for (auto each = entries_.begin(); each != entries_.end();) {  // the oldest first
    const auto& entry = each->second;
    const bool over =
        entry.ended_ns != 0 && (now_ns - entry.ended_ns >= kKeepNs || ended > kMaxEnded);
    if (!over) {
      ++each;
      continue;
    }
    settle(entry, now_ns);
    each = entries_.erase(each);
    --ended;
  }
  for (const auto& [id, entry] : entries_) {
    const auto found = ended_.find(key_of(entry.container));
    if (found != ended_.end()) found->second.last_ns = now_ns;
  }
  std::erase_if(ended_,
                [&](const auto& each) { return now_ns - each.second.last_ns >= kForgetNs; });
  while (ended_.size() > kMaxEnded) {
    ended_.erase(
        std::ranges::min_element(ended_, {}, [](const auto& each) { return each.second.last_ns; }));
  }
}

/// Those that ended and whose name a younger one has: they are part of its counters.
std::set<std::uint64_t> Ledger::succeeded() const {
  std::set<std::uint64_t> succeeded;
  std::set<std::string> younger;
  for (auto each = entries_.rbegin(); each != entries_.rend(); ++each) {  // cgroup ids only grow
    auto key = key_of(each->second.container);
    if (key.empty()) continue;
    if (younger.contains(key) && each->second.ended_ns != 0) succeeded.insert(each->first);
    younger.insert(std::move(key));
  }
  return succeeded;
}

void Ledger::fill(ExportInput& input) const {
  std::map<std::string, sense::Totals, std::less<>> before;  // by key: of those that ended earlier
  for (const auto& [key, ended] : ended_) before[key] = ended.totals;
  const auto left_to_others = succeeded();
  std::erase_if(input.report.containers, [&](const report::Container& each) {
    return left_to_others.contains(each.cgroup_id);
  });
  for (const auto& [id, entry] : entries_) {
    const auto key = key_of(entry.container);
    if (left_to_others.contains(id)) {
      if (entry.counted) sense::add(before[key], entry.totals);
      continue;
    }
    if (!entry.present) {
      input.report.containers.push_back(entry.container);
      input.past.insert(id);
    }
    if (!entry.counted) continue;
    auto totals = entry.totals;
    const auto earlier = before.find(key);
    if (!key.empty() && earlier != before.end()) sense::add(totals, earlier->second);
    input.totals[id] = std::move(totals);
  }
}

}  // namespace kernwise::profiler
