// SPDX-License-Identifier: Apache-2.0
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <time.h>

#include <algorithm>
#include <cerrno>

#include "common/base/file.hpp"
#include "profiler/kernel/bpf_reader_state.hpp"

namespace kernwise::kernel {
namespace {

/// `memlock` of /proc/self/fdinfo: what the map costs the kernel.
std::uint64_t memory_of(int fd) {
  const auto text = read_file("/proc/self/fdinfo/" + std::to_string(fd));
  if (!text) return 0;
  const auto at = text->find("memlock:");
  return at == std::string::npos ? 0 : std::strtoull(text->c_str() + at + 8, nullptr, 10);
}

constexpr std::pair<const char*, int> kErrorOfMap[] = {
    {"kw_tasks", KW_ERROR_TASKS},          {"kw_sockets", KW_ERROR_SOCKETS},
    {"kw_listeners", KW_ERROR_LISTENERS},  {"kw_peers", KW_ERROR_PEERS},
    {"kw_requests", KW_ERROR_REQUESTS},    {"kw_disks", KW_ERROR_DISKS},
    {"kw_samples", KW_ERROR_SAMPLES},      {"kw_cgroup_events", KW_ERROR_CGROUP_EVENTS},
    {"kw_culprits", KW_ERROR_CULPRITS},    {"kw_slot_disks", KW_ERROR_SLOT_DISKS},
    {"kw_syscall_starts", KW_ERROR_CALLS}, {"kw_stacks", KW_ERROR_STACKS},
    {"kw_waits", KW_ERROR_WAITS},
};

/// Reads between two counts of the maps that only the kernel side fills.
constexpr std::uint64_t kCountEvery = 12;

/// A request's value as bytes: only how many there are matters.
using RequestBytes = std::array<char, 64>;

}  // namespace

std::uint64_t kernel_now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000ULL +
         static_cast<std::uint64_t>(now.tv_nsec);
}

void BpfReader::State::list_maps() {
  for (const auto* map : programs->maps()) {
    sense::MapUse use;
    use.name = SharedMemory::name_of(map);
    use.bytes = memory_of(bpf_map__fd(map));
    use.capacity = SharedMemory::capacity_of(map);
    uses.push_back(use);
  }
}

void BpfReader::State::count_entries(const KernelReading& reading) {
  set_entries("kw_peers", reading.peers.size());
  set_entries("kw_listeners", reading.listeners.size());
  set_entries("kw_disks", reading.disks.size());
  set_entries("kw_culprits", reading.culprits.size());
  set_entries("kw_cgroups", assigned.size());
  set_entries("kw_go", go_processes.size());
  set_entries("kw_global", 1);
  set_entries("kw_cpus", cpu_count);
  set_entries("kw_samples", samples.waiting());
  set_entries("kw_cgroup_events", events.waiting());
  for (const auto* name : {"kw_slots", "kw_net_slots", "kw_memory_slots"}) {
    set_entries(name, used_slots.size());
  }
  set_entries("kw_syscall_slots", used_slots.size() * KW_MAX_TRACKED);
  if (reads++ % kCountEvery != 0) return;
  set_entries("kw_places", places_taken());
  set_entries("kw_sockets", entries_of<__u64, kw_socket>(programs->map("kw_sockets")));
  set_entries("kw_slot_disks",
              entries_of<kw_slot_disk_key, kw_slot_disk>(programs->map("kw_slot_disks")));
  set_entries("kw_syscall_starts",
              entries_of<__u32, std::array<__u64, 2>>(programs->map("kw_syscall_starts")));
  const auto* requests = programs->map("kw_requests");
  if (requests && bpf_map__value_size(requests) <= sizeof(RequestBytes)) {
    set_entries("kw_requests", entries_of<__u64, RequestBytes>(requests));
  }
}

Result<> BpfReader::State::open_switches() {
  const auto *of_cpus = programs->map("kw_cpus"), *of_places = programs->map("kw_places");
  if (!of_cpus || !of_places) return {};
  cpu_count = SharedMemory::capacity_of(of_cpus);
  place_count = SharedMemory::capacity_of(of_places);
  auto mapped_cpus = Mapping::of(*programs, "kw_cpus", sizeof(kw_cpu) * cpu_count);
  if (!mapped_cpus) return wrap(mapped_cpus.error(), "open kernel counters");
  cpus = std::move(*mapped_cpus);
  if (place_count == 0) return {};
  auto mapped_places = Mapping::of(*programs, "kw_places", sizeof(kw_task) * place_count);
  if (!mapped_places) return wrap(mapped_places.error(), "open kernel counters");
  places = std::move(*mapped_places);
  return {};
}

std::uint64_t BpfReader::State::places_taken() const {
  return static_cast<std::uint64_t>(std::ranges::count_if(all_places(), [](kw_task& place) {
    return std::atomic_ref(place.owner).load(std::memory_order_relaxed) != 0;
  }));
}

BpfReader::BpfReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
BpfReader::~BpfReader() = default;

Result<std::unique_ptr<BpfReader>> BpfReader::open(const Programs& programs) {
  auto state = std::make_unique<State>();
  state->programs = &programs;
  auto slots = Mapping::of(programs, "kw_slots", sizeof(kw_slot) * KW_MAX_SLOTS);
  if (!slots) return wrap(slots.error(), "open kernel counters");
  state->slots = std::move(*slots);
  auto globals = Mapping::of(programs, "kw_global", sizeof(kw_globals));
  if (!globals) return wrap(globals.error(), "open kernel counters");
  state->globals = std::move(*globals);
  if (auto opened = state->open_switches(); !opened) return opened.error();
  auto details = DetailReader::open(programs);
  if (!details) return wrap(details.error(), "open kernel counters");
  state->details = std::move(*details);
  state->cgroups = programs.map("kw_cgroups");
  state->peers = programs.map("kw_peers");
  state->listeners = programs.map("kw_listeners");
  state->disks = programs.map("kw_disks");
  state->go = programs.map("kw_go");
  state->culprits = programs.map("kw_culprits");
  state->samples.open(programs.map("kw_samples"));
  state->events.open(programs.map("kw_cgroup_events"));
  state->list_maps();
  return std::unique_ptr<BpfReader>(new BpfReader(std::move(state)));
}

int BpfReader::cgroup_events_fd() const {
  return state_->events.fd();
}

Result<KernelReading> BpfReader::read(std::span<const std::uint32_t> slots) {
  // Only this function asks for a walk, so the thread counts are those of this walk.
  for (const auto index : slots) std::atomic_ref(state_->slot(index)->threads).store(0);
  if (auto settled = state_->settle_requests(); !settled) return settled.error();
  auto written = state_->programs->walk_tasks();
  if (!written) return wrap(written.error(), "close the window");
  KernelReading reading;
  reading.at_ns = kernel_now_ns();
  reading.slots.reserve(slots.size());
  for (const auto index : slots) reading.slots.emplace_back(index, *state_->slot(index));
  reading.details = state_->details.read(slots);
  reading.globals = *state_->global();
  const auto unfollowed = state_->unfollowed();
  for (const std::size_t kind : {0, 1}) {
    reading.switches[kind] = state_->followed(kind) + unfollowed[kind];
  }
  reading.processes.resize(written->size() / sizeof(kw_process));
  if (!reading.processes.empty()) {
    std::memcpy(reading.processes.data(), written->data(),
                reading.processes.size() * sizeof(kw_process));
  }
  for_each_entry<kw_peer_key, kw_peer>(state_->peers, [&](const auto& key, const auto& value) {
    reading.peers.push_back({key, value});
  });
  for_each_entry<kw_listener_key, kw_listener>(
      state_->listeners,
      [&](const auto& key, const auto& value) { reading.listeners.emplace_back(key, value); });
  for_each_entry<__u32, kw_disk>(state_->disks, [&](const auto& device, const auto& disk) {
    reading.disks.emplace_back(device, disk);
  });
  for_each_entry<kw_culprit_key, kw_culprit>(
      state_->culprits,
      [&](const auto& key, const auto& value) { reading.culprits.push_back({key, value}); });
  state_->count_entries(reading);
  return reading;
}

Result<> BpfReader::assign(std::uint64_t cgroup_id, std::uint32_t slot) {
  if (slot != KW_SYSTEM_SLOT) state_->slot(slot)->cgroup_id = cgroup_id;
  if (bpf_map_update_elem(bpf_map__fd(state_->cgroups), &cgroup_id, &slot, BPF_ANY) != 0) {
    ++state_->refused;
    return errno_error(errno, "give cgroup " + std::to_string(cgroup_id) + " a slot");
  }
  state_->assigned.insert(cgroup_id);
  state_->used_slots.insert(slot);
  state_->announce();
  return {};
}

void BpfReader::forget(std::uint64_t cgroup_id) {
  bpf_map_delete_elem(bpf_map__fd(state_->cgroups), &cgroup_id);
  state_->assigned.erase(cgroup_id);
  state_->announce();
}

void BpfReader::clear_slots(const std::set<std::uint32_t>& slots) {
  if (slots.empty()) return;
  for (const auto slot : slots) state_->clear(slot);
  // Cumulative, too: what the old container said to a peer must not count for the new one.
  forget_if<kw_peer_key, kw_peer>(
      state_->peers, [&](const auto& peer, const auto&) { return slots.contains(peer.slot); });
  forget_if<kw_culprit_key, kw_culprit>(state_->culprits, [&](const auto& pair, const auto&) {
    return slots.contains(pair.victim) || slots.contains(pair.culprit);
  });
  state_->details.clear(slots);
}

void BpfReader::set_go_processes(std::span<const std::uint32_t> tgids) {
  const std::set<std::uint32_t> wanted(tgids.begin(), tgids.end());
  if (wanted == state_->go_processes) return;
  const int fd = bpf_map__fd(state_->go);
  for (const auto tgid : state_->go_processes) {
    if (!wanted.contains(tgid)) bpf_map_delete_elem(fd, &tgid);
  }
  const __u32 yes = 1;
  for (const auto tgid : wanted) bpf_map_update_elem(fd, &tgid, &yes, BPF_ANY);
  state_->go_processes = wanted;
  std::atomic_ref(state_->global()->go_generation).fetch_add(1, std::memory_order_release);
}

void BpfReader::forget_before(std::uint64_t moment_ns) {
  forget_if<kw_peer_key, kw_peer>(state_->peers, [&](const auto&, const auto& peer) {
    return peer.outstanding == 0 && peer.last_ns < moment_ns;
  });
  forget_if<kw_culprit_key, kw_culprit>(
      state_->culprits, [&](const auto&, const auto& pair) { return pair.last_ns < moment_ns; });
}

void BpfReader::drain_samples(const std::function<void(const kw_sample&)>& each) {
  state_->samples.drain(each);
}

void BpfReader::drain_cgroups(const std::function<void(const kw_cgroup_event&)>& each) {
  state_->events.drain(each);
}

std::vector<sense::MapUse> BpfReader::map_use() const {
  auto uses = state_->uses;
  for (auto& use : uses) {
    if (std::string_view(use.name) == "kw_cgroups") use.update_errors = state_->refused;
    for (const auto& [name, error] : kErrorOfMap) {
      if (std::string_view(use.name) == name) use.update_errors = state_->global()->errors[error];
    }
  }
  return uses;
}

}  // namespace kernwise::kernel
