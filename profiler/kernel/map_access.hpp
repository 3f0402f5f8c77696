// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/result.hpp"
#include "profiler/kernel/programs.hpp"

/// How the maps of loaded programs are read; private to the .cpp files of this room.
namespace kernwise::kernel {

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

  [[nodiscard]] bool valid() const { return address_ != nullptr; }
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

/// Entries of a hash map, by batches: a call for every 512 of them.
template <class Key, class Value>
std::uint64_t entries_of(const bpf_map* map) {
  std::uint64_t entries = 0;
  for_each_entry<Key, Value>(map, [&entries](const Key&, const Value&) { ++entries; });
  return entries;
}

/// Deletes the entries for which `is_old(key, value)` holds.
template <class Key, class Value, class Old>
void forget_if(const bpf_map* map, Old is_old) {
  std::vector<Key> old;
  for_each_entry<Key, Value>(map, [&](const auto& key, const auto& value) {
    if (is_old(key, value)) old.push_back(key);
  });
  for (const auto& key : old) bpf_map_delete_elem(bpf_map__fd(map), &key);
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
  /// Bytes that wait to be drained.
  [[nodiscard]] std::uint64_t waiting() const {
    return ring_ ? ring__avail_data_size(ring_buffer__ring(ring_, 0)) : 0;
  }

 private:
  Sink<Event> sink_;
  ring_buffer* ring_ = nullptr;
};

}  // namespace kernwise::kernel
