// SPDX-License-Identifier: Apache-2.0
#include "profiler/kernel/bpf_reader.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <set>

#include "common/base/file.hpp"

namespace kernwise::kernel {
namespace {

/// A map's values mapped into this process; unmapped on destruction.
class Mapping {
 public:
  Mapping() = default;
  Mapping(void* address, std::size_t bytes) : address_(address), bytes_(bytes) {}
  Mapping(Mapping&& other) noexcept
      : address_(std::exchange(other.address_, nullptr)), bytes_(other.bytes_) {}
  Mapping& operator=(Mapping&& other) noexcept {
    std::swap(address_, other.address_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~Mapping() {
    if (address_) ::munmap(address_, bytes_);
  }

  [[nodiscard]] static Result<Mapping> of(const Programs& programs, const char* name,
                                          std::size_t bytes) {
    const auto* map = programs.map(name);
    if (!map) return invalid(std::string("map ") + name + " is not loaded");
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const auto rounded = (bytes + page - 1) / page * page;
    void* address =
        ::mmap(nullptr, rounded, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);
    if (address == MAP_FAILED) return errno_error(errno, std::string("map values of ") + name);
    return Mapping(address, rounded);
  }

  template <class T>
  [[nodiscard]] T* as() const {
    return static_cast<T*>(address_);
  }

 private:
  void* address_ = nullptr;
  std::size_t bytes_ = 0;
};

/// All entries of a hash map by batches with a cursor. (A batch without a place for its values
/// would delete or lose them: see the regression test.)
template <class Key, class Value, class Each>
void for_each_entry(const bpf_map* map, Each each) {
  if (!map) return;
  constexpr __u32 kBatch = 512;
  std::vector<Key> keys(kBatch);
  std::vector<Value> values(kBatch);
  // The cursor of a hash map is a bucket number, whatever the size of its keys.
  __u32 cursor = 0;
  bool first = true, more = true;
  while (more) {
    __u32 count = kBatch;
    const int error = bpf_map_lookup_batch(bpf_map__fd(map), first ? nullptr : &cursor, &cursor,
                                           keys.data(), values.data(), &count, nullptr);
    more = error == 0;
    first = false;
    if (error != 0 && errno != ENOENT) return;
    for (__u32 i = 0; i < count; ++i) each(keys[i], values[i]);
  }
}

template <class Event>
struct Sink {
  const std::function<void(const Event&)>* each = nullptr;
  static int on_record(void* context, void* data, std::size_t size) {
    const auto* sink = static_cast<const Sink*>(context);
    if (size < sizeof(Event) || !sink->each) return 0;
    (*sink->each)(*static_cast<const Event*>(data));
    return 0;
  }
};

template <class Event>
class Ring {
 public:
  void open(const bpf_map* map) {
    if (map) ring_ = ring_buffer__new(bpf_map__fd(map), &Sink<Event>::on_record, &sink_, nullptr);
  }
  ~Ring() { ring_buffer__free(ring_); }
  void drain(const std::function<void(const Event&)>& each) {
    if (!ring_) return;
    sink_.each = &each;
    ring_buffer__consume(ring_);
    sink_.each = nullptr;
  }
  [[nodiscard]] int fd() const { return ring_ ? ring_buffer__epoll_fd(ring_) : -1; }

 private:
  Sink<Event> sink_;
  ring_buffer* ring_ = nullptr;
};

/// `memlock` of /proc/self/fdinfo: what the map costs the kernel.
std::uint64_t memory_of(int fd) {
  const auto text = read_file("/proc/self/fdinfo/" + std::to_string(fd));
  if (!text) return 0;
  const auto at = text->find("memlock:");
  return at == std::string::npos ? 0 : std::strtoull(text->c_str() + at + 8, nullptr, 10);
}

constexpr std::pair<const char*, int> kErrorOfMap[] = {
    {"kw_tasks", KW_ERROR_TASKS},         {"kw_sockets", KW_ERROR_SOCKETS},
    {"kw_listeners", KW_ERROR_LISTENERS}, {"kw_peers", KW_ERROR_PEERS},
    {"kw_requests", KW_ERROR_REQUESTS},   {"kw_disks", KW_ERROR_DISKS},
    {"kw_samples", KW_ERROR_SAMPLES},     {"kw_cgroup_events", KW_ERROR_CGROUP_EVENTS},
};

std::uint64_t entries_of(const bpf_map* map) {
  if (bpf_map__type(map) != BPF_MAP_TYPE_HASH) return bpf_map__max_entries(map);
  std::uint64_t entries = 0;
  std::vector<char> key(bpf_map__key_size(map)), next(bpf_map__key_size(map));
  const void* from = nullptr;
  while (entries < bpf_map__max_entries(map) &&
         bpf_map_get_next_key(bpf_map__fd(map), from, next.data()) == 0) {
    ++entries;
    key = next;
    from = key.data();
  }
  return entries;
}

}  // namespace

std::uint64_t kernel_now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000ULL +
         static_cast<std::uint64_t>(now.tv_nsec);
}

struct BpfReader::State {
  const Programs* programs = nullptr;
  Mapping slots, globals;
  const bpf_map *cgroups = nullptr, *peers = nullptr, *listeners = nullptr, *disks = nullptr,
                *go = nullptr;
  Ring<kw_sample> samples;
  Ring<kw_cgroup_event> events;
  std::set<std::uint32_t> go_processes;

  [[nodiscard]] kw_slot* slot(std::uint32_t index) const { return slots.as<kw_slot>() + index; }
  [[nodiscard]] kw_globals* global() const { return globals.as<kw_globals>(); }
  void cgroups_changed() const {
    std::atomic_ref(global()->cgroup_generation).fetch_add(1, std::memory_order_release);
  }
};

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
  state->cgroups = programs.map("kw_cgroups");
  state->peers = programs.map("kw_peers");
  state->listeners = programs.map("kw_listeners");
  state->disks = programs.map("kw_disks");
  state->go = programs.map("kw_go");
  state->samples.open(programs.map("kw_samples"));
  state->events.open(programs.map("kw_cgroup_events"));
  return std::unique_ptr<BpfReader>(new BpfReader(std::move(state)));
}

int BpfReader::cgroup_events_fd() const {
  return state_->events.fd();
}

Result<KernelReading> BpfReader::read(std::span<const std::uint32_t> slots) {
  // Only this function asks for a walk, so the thread counts are those of this walk.
  for (const auto index : slots) std::atomic_ref(state_->slot(index)->threads).store(0);
  auto written = state_->programs->walk_tasks();
  if (!written) return wrap(written.error(), "close the window");
  KernelReading reading;
  reading.at_ns = kernel_now_ns();
  for (const auto index : slots) reading.slots.emplace_back(index, *state_->slot(index));
  reading.globals = *state_->global();
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
  return reading;
}

Result<> BpfReader::assign(std::uint64_t cgroup_id, std::uint32_t slot) {
  if (slot != KW_SYSTEM_SLOT) state_->slot(slot)->cgroup_id = cgroup_id;
  if (bpf_map_update_elem(bpf_map__fd(state_->cgroups), &cgroup_id, &slot, BPF_ANY) != 0) {
    return errno_error(errno, "give cgroup " + std::to_string(cgroup_id) + " a slot");
  }
  state_->cgroups_changed();
  return {};
}

void BpfReader::forget(std::uint64_t cgroup_id) {
  bpf_map_delete_elem(bpf_map__fd(state_->cgroups), &cgroup_id);
  state_->cgroups_changed();
}

void BpfReader::clear_slot(std::uint32_t slot) {
  *state_->slot(slot) = kw_slot{};
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

void BpfReader::forget_peers(std::uint64_t older_than_ns) {
  std::vector<kw_peer_key> old;
  for_each_entry<kw_peer_key, kw_peer>(state_->peers, [&](const auto& key, const auto& value) {
    if (value.outstanding == 0 && value.last_ns < older_than_ns) old.push_back(key);
  });
  for (const auto& key : old) bpf_map_delete_elem(bpf_map__fd(state_->peers), &key);
}

void BpfReader::drain_samples(const std::function<void(const kw_sample&)>& each) {
  state_->samples.drain(each);
}

void BpfReader::drain_cgroups(const std::function<void(const kw_cgroup_event&)>& each) {
  state_->events.drain(each);
}

std::vector<sense::MapUse> BpfReader::map_use() const {
  std::vector<sense::MapUse> uses;
  for (const auto* map : state_->programs->maps()) {
    sense::MapUse use;
    use.name = bpf_map__name(map);
    use.bytes = memory_of(bpf_map__fd(map));
    if (!bpf_map__is_internal(map)) {
      use.entries = entries_of(map);
      use.capacity = bpf_map__max_entries(map);
    }
    for (const auto& [name, error] : kErrorOfMap) {
      if (std::strcmp(name, use.name) == 0) use.update_errors = state_->global()->errors[error];
    }
    uses.push_back(use);
  }
  return uses;
}

}  // namespace kernwise::kernel
