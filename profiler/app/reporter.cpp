// SPDX-License-Identifier: Apache-2.0
#include "profiler/app/reporter.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "profiler/app/reporter_state.hpp"
#include "profiler/kernel/bpf_reader.hpp"

namespace kernwise::profiler {
namespace {

constexpr std::chrono::milliseconds kNamesPatience{100};  ///< at the end of a window
constexpr std::chrono::milliseconds kNamesTurn{10};       ///< at each drain
constexpr std::uint64_t kForgetEvery = 12;  ///< windows: it walks the tables once more
constexpr std::uint64_t kForgetNs = 600ULL * 1'000'000'000ULL;

}  // namespace

Reporter::Reporter(ReporterOptions options, ReporterSources sources)
    : options_(std::move(options)),
      sources_(std::move(sources)),
      table_(KW_MAX_SLOTS),
      functions_(*sources_.symbols),
      files_(sources_.cgroups->root()),
      cpu_v1_(options_.proc_root),
      listen_queues_(options_.proc_root) {
  history_[KW_SYSTEM_SLOT];
  files_.all_of_memory(options_.cgroup_memory);
}

Reporter::~Reporter() = default;

void Reporter::assign(const Assignment& assignment) {
  if (!sources_.counters) return;
  // A full table leaves the cgroup in the aggregate: its container knows that something is missing.
  if (!sources_.counters->assign(assignment.cgroup_id, assignment.slot))
    table_.refused(assignment.slot, assignment.cgroup_id);
}

/// Makes the table what the tree is. Nothing that the events told is told twice: what is known is
/// left alone. A cgroup made during the walk is either found or its event follows.
void Reporter::rescan() {
  rescan_ = false;
  std::unordered_set<std::uint64_t> present;
  const bool complete = sources_.cgroups->walk([&](std::uint64_t id, const std::string& path) {
    present.insert(id);
    if (const auto assignment = table_.appeared(id, path)) assign(*assignment);
  });
  if (!complete) return;  // what was not seen may be there
  for (const auto id : table_.absent_from(present)) vanish(id);
}

void Reporter::vanish(std::uint64_t cgroup_id) {
  if (const auto* container = table_.find(cgroup_id)) files_.forget(container->path);
  table_.vanished(cgroup_id, window_);
  if (sources_.counters) sources_.counters->forget(cgroup_id);
}

/// True once for each time that cgroup events were lost: the ring buffer was full.
bool Reporter::events_lost() {
  const auto lost = last_.globals.errors[KW_ERROR_CGROUP_EVENTS];
  return std::exchange(lost_events_, lost) != lost;
}

void Reporter::note_cgroup(const kw_cgroup_event& event) {
  if (event.kind == KW_EVENT_CGROUP_RMDIR) {
    return vanish(event.cgroup_id);
  }
  // The path in the event is cut at KW_PATH_MAX; the handle gives all of it while the cgroup lives.
  std::string path(event.path, ::strnlen(event.path, sizeof(event.path)));
  if (path.size() + 1 >= sizeof(event.path)) {
    auto whole = sources_.cgroups->path_of(event.cgroup_id);
    if (!whole) {  // not permitted, or gone already: the next walk tells
      rescan_ = true;
      return;
    }
    path = *whole;
  }
  if (const auto assignment = table_.appeared(event.cgroup_id, path)) assign(*assignment);
}

void Reporter::drain() {
  if (!sources_.counters) return;
  sources_.counters->drain_cgroups([this](const kw_cgroup_event& event) { note_cgroup(event); });
  sources_.counters->drain_samples([this](const kw_sample& sample) { functions_.add(sample); });
  sources_.symbols->wait(kNamesTurn);
}

void Reporter::exclude(std::uint64_t cgroup_id) {
  for (const auto& [slot, container] : table_.containers()) {
    if (container.cgroup_id != cgroup_id) continue;
    for (const auto& assignment : table_.exclude(slot)) assign(assignment);
    return;
  }
}

Result<kernel::KernelReading> Reporter::read_counters() {
  if (!sources_.counters) {
    kernel::KernelReading reading;
    reading.at_ns = kernel::kernel_now_ns();
    return reading;
  }
  std::vector<std::uint32_t> slots{KW_SYSTEM_SLOT};
  for (const auto& [slot, container] : table_.containers()) slots.push_back(slot);
  return sources_.counters->read(slots);
}

void Reporter::update_processes(const kernel::KernelReading& reading) {
  std::map<std::uint32_t, std::pair<std::uint64_t, std::optional<bool>>> current;
  std::vector<std::uint32_t> built_by_go;
  leader_.clear();
  for (const auto& process : reading.processes) {
    const auto known = processes_.find(process.tgid);
    const bool same = known != processes_.end() && known->second.first == process.start_ns;
    if (!same) sources_.symbols->forget(process.tgid);
    auto go = same ? known->second.second : std::nullopt;
    if (!go) go = sources_.symbols->is_go(process.tgid, process.slot);
    current[process.tgid] = {process.start_ns, go};
    leader_.emplace(process.slot, process);
  }
  // Answers come within milliseconds; what comes later counts in the next window.
  sources_.symbols->wait(kNamesPatience);
  for (auto& [tgid, process] : current) {
    if (!process.second) process.second = sources_.symbols->is_go(tgid);
    if (process.second.value_or(false)) built_by_go.push_back(tgid);
  }
  for (const auto& [tgid, process] : processes_) {
    if (!current.contains(tgid)) sources_.symbols->forget(tgid);
  }
  processes_ = std::move(current);
  if (sources_.counters) sources_.counters->set_go_processes(built_by_go);
}

void Reporter::add_kernel_view(report::Container& container, History& history,
                               const Window& window) {
  const auto& before = history.reading;
  const auto& now = window.reading;
  const auto held = container.cpu.throttled_us && history.files.cpu.throttled_us
                        ? sense::grown(*history.files.cpu.throttled_us, *container.cpu.throttled_us)
                        : 0;
  const auto shares =
      sense::shares_between(before, now, {.throttled_seconds = static_cast<double>(held) * 1e-6});
  container.shares = shares.shares;
  container.behind_others = shares.behind_others;
  container.times = sense::times_between(before, now);
  container.threads = now.slot.threads;
  container.block = sense::block_between(before, now);
  container.inbound = sense::inbound_between(before, now);
  unknown_roles_ += sense::grown(before.slot.unknown_role, now.slot.unknown_role);
  container.samples = sense::grown(before.slot.samples, now.slot.samples);
  container.peers = sense::peers_between(history.peers, window.peers, {before.at_ns, now.at_ns},
                                         container.times->blocked, options_.peers);
  if (container.block.reads + container.block.writes > 0) container.block.device = window.device;
  sense::add_window(history.totals, before, now, shares);
  container.culprits = culprits(history.culprits, window, {before.at_ns, now.at_ns});
  if (const auto detail = window.counters->details.find(history.slot);
      detail != window.counters->details.end()) {
    sense::add_detail(history.totals, history.detail, detail->second);
    history.detail = detail->second;
  }
  history.loss = loss(container, before, now, history.slot);
  history.reading = now;
  history.peers = window.peers;
  history.culprits = window.culprits;
}

sense::Judgement Reporter::judge(const report::Container& container, History& history) const {
  if (!sources_.counters) return {Verdict::unknown, 0, {"no kernel programs: cgroup files only"}};
  if (!options_.scheduler) return {Verdict::unknown, 0, {"collect.cpu and collect.waits are off"}};
  if (!valve_.reasons) return {Verdict::unknown, 0, {"bpf.budget: reasons of waits are not told"}};
  sense::Observation seen;
  seen.shares = container.shares;
  seen.behind_others = container.behind_others;
  if (options_.request_times) seen.times = container.times;
  seen.requests_followed = valve_.requests;
  seen.limit = container.cpu_limit ? container.cpu_limit : container.name.limit;
  seen.request = container.name.request;
  seen.lost = history.loss;
  seen.memory_pressure_full = history.memory_stalled;
  seen.listen_overflows = container.listen_overflows;
  seen.in_flight = container.inbound.in_flight;
  return history.memory.update(seen, options_.thresholds);
}

report::Container Reporter::describe(const TrackedContainer& tracked, const Window& window) {
  auto& history = history_[tracked.slot];
  history.slot = tracked.slot;
  // New in this window: its counters began at zero when the last window closed, or later.
  if (history.reading.at_ns == 0) history.reading.at_ns = last_.at_ns;
  report::Container container;
  container.cgroup_id = tracked.cgroup_id;
  container.path = tracked.path;
  if (tracked.identity) {
    container.pod_uid = tracked.identity->pod_uid;
    container.container_id = tracked.identity->container_id;
  }
  container.name = sources_.name_of(tracked);
  add_files(container, history, window);
  container.top_functions = functions_.take(tracked.slot, options_.top_functions);
  for (const auto& [key, listener] : window.counters->listeners) {
    if (std::ranges::find(tracked.cgroups, listener.cgroup_id) != tracked.cgroups.end()) {
      container.listening_ports.push_back(key.port);
    }
  }
  add_process_facts(container, tracked.slot);
  auto judgement = judge(container, history);
  container.verdict = judgement.verdict;
  container.confidence = judgement.confidence;
  container.evidence = std::move(judgement.evidence);
  return container;
}

void Reporter::release_rested(const kernel::KernelReading& reading) {
  const auto in_use = [&reading](std::uint32_t slot) {
    return std::ranges::any_of(reading.slots, [slot](const auto& each) {
      return each.first == slot && each.second.state != 0;
    });
  };
  const auto rested = table_.rested(window_, in_use);
  for (const auto slot : rested) {
    if (const auto gone = history_.find(slot); gone != history_.end()) {
      cpu_v1_.forget(gone->second.cpu_v1);
      history_.erase(gone);
    }
  }
  if (sources_.counters) sources_.counters->clear_slots(rested);
  for (const auto& assignment : table_.place_waiting()) assign(assignment);
}

Result<> Reporter::begin() {
  rescan();
  auto reading = read_counters();
  if (!reading) return reading.error();
  const WindowView view(*reading, last_, 0);
  static_cast<void>(node_totals(*reading, 0));
  history_[KW_SYSTEM_SLOT].reading = view.of(KW_SYSTEM_SLOT).reading;
  for (const auto& [slot, tracked] : table_.containers()) {
    auto& history = history_[slot];
    history.reading = view.of(slot).reading;
    history.peers = view.of(slot).peers;
    history.culprits = view.of(slot).culprits;
    history.detail = reading->details[slot];
    history.files = files_.read(tracked.path);
  }
  update_processes(*reading);
  last_ = std::move(*reading);
  return {};
}

Result<report::Report> Reporter::close_window() {
  drain();
  if (rescan_ || !options_.cgroup_events || events_lost()) rescan();
  auto reading = read_counters();
  if (!reading) return reading.error();
  update_processes(*reading);
  ++window_;
  const double seconds = static_cast<double>(reading->at_ns - last_.at_ns) * 1e-9;
  report::Report report;
  report.node = options_.node;
  report.boot_id = options_.boot_id;
  report.seq = reading->at_ns / 1'000'000;  // grows over restarts of the profiler, too
  report.window_ms = static_cast<std::uint32_t>(seconds * 1000);
  report.totals = node_totals(*reading, seconds);
  describe_all(report, WindowView(*reading, last_, seconds));
  functions_.clear();
  release_rested(*reading);
  if (sources_.counters && reading->at_ns > kForgetNs && window_ % kForgetEvery == 0) {
    sources_.counters->forget_before(reading->at_ns - kForgetNs);
  }
  last_ = std::move(*reading);
  return report;
}

void Reporter::describe_all(report::Report& report, const WindowView& view) {
  double contention = 0, runqueue = 0, disk = 0, memory = 0;
  listen_queues_.begin_window();
  for (const auto& [slot, tracked] : table_.containers()) {
    if (tracked.excluded) continue;
    auto container = describe(tracked, view.of(slot));
    contention += container.behind_others;
    runqueue += container.shares[Share::runqueue];
    disk += container.shares[Share::disk];
    memory += container.shares[Share::memory];
    // A cgroup without threads ran nothing; a container that just ended still shows its last
    // window.
    const bool empty = container.threads == 0 && container.shares.active() <= 0;
    if (!empty) report.containers.push_back(std::move(container));
  }
  const auto system = system_window(view);
  report.system = system.shares;
  report.totals.contention = contention + system.behind_others;
  report.totals.runqueue = runqueue + system.shares[Share::runqueue];
  report.totals.disk_wait = disk + system.shares[Share::disk];
  report.totals.memory_wait = memory + system.shares[Share::memory];
}

}  // namespace kernwise::profiler
