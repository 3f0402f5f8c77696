// SPDX-License-Identifier: Apache-2.0
#include "profiler/symbols/process_book.hpp"

#include <utility>

#include "common/base/file.hpp"

namespace kernwise::symbols {
namespace {

constexpr std::chrono::milliseconds kTrusted{100};
constexpr std::chrono::seconds kReadAgain{1};
constexpr std::size_t kStatBytes = 4096;

std::size_t bytes_of(const Process& process) {
  std::size_t bytes = sizeof(Process) + process.folder.capacity() +
                      (process.mappings.capacity() * sizeof(Mapping)) +
                      (process.backing.capacity() * sizeof(Process::Backing));
  for (const auto& mapping : process.mappings) bytes += mapping.path.capacity();
  return bytes;
}

}  // namespace

Process* ProcessBook::find(std::uint32_t pid, MonoTime now) {
  const auto known = by_pid_.find(pid);
  if (known == by_pid_.end() || now - known->second->key_read >= kTrusted) return check(pid, now);
  order_.splice(order_.begin(), order_, known->second);
  return &order_.front();
}

Process* ProcessBook::check(std::uint32_t pid, MonoTime now) {
  const std::string folder = proc_root_ + "/" + std::to_string(pid);
  const auto stat = read_file(folder + "/stat", kStatBytes);
  const auto key = stat ? parse_process_key(*stat) : std::nullopt;
  if (const auto known = by_pid_.find(pid); known != by_pid_.end()) {
    const auto place = known->second;
    if (!key || place->key == *key) {
      place->key_read = now;
      order_.splice(order_.begin(), order_, place);
      return &*place;
    }
    forget(pid);
  }
  if (!key) return nullptr;
  order_.push_front({.pid = pid,
                     .key = *key,
                     .folder = folder,
                     .mappings = {},
                     .backing = {},
                     .maps_read = now,
                     .key_read = now,
                     .program = std::nullopt,
                     .perf_map = std::nullopt,
                     .perf_map_looked = std::nullopt});
  by_pid_[pid] = order_.begin();
  bytes_ += bytes_of(order_.front());
  read_mappings(order_.front(), now);
  return &order_.front();
}

std::optional<ProcessBook::Place> ProcessBook::find(std::uint32_t pid, std::uint64_t address,
                                                    MonoTime now) {
  Process* process = find(pid, now);
  const Mapping* mapping = process == nullptr ? nullptr : mapping_at(process->mappings, address);
  if (process != nullptr && mapping == nullptr) {
    process = check(pid, now);
    if (process != nullptr && now - process->maps_read >= kReadAgain) read_mappings(*process, now);
    mapping = process == nullptr ? nullptr : mapping_at(process->mappings, address);
  }
  if (mapping == nullptr) return std::nullopt;
  return Place{.process = process,
               .mapping = static_cast<std::size_t>(mapping - process->mappings.data())};
}

void ProcessBook::read_mappings(Process& process, MonoTime now) {
  process.maps_read = now;
  auto mappings = read_maps(process.folder + "/maps");
  // A process on its way out has no maps any more; the old ones are still true.
  if (!mappings || mappings->empty()) return;
  bytes_ -= bytes_of(process);
  process.mappings = std::move(*mappings);
  process.mappings.shrink_to_fit();
  process.backing.assign(process.mappings.size(), {});
  bytes_ += bytes_of(process);
  trim();
}

void ProcessBook::forget(std::uint32_t pid) {
  const auto known = by_pid_.find(pid);
  if (known == by_pid_.end()) return;
  bytes_ -= bytes_of(*known->second);
  order_.erase(known->second);
  by_pid_.erase(known);
}

void ProcessBook::trim() {
  while (bytes_ > max_bytes_ && order_.size() > 1) forget(order_.back().pid);
}

}  // namespace kernwise::symbols
