// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "common/base/fd.hpp"
#include "common/base/result.hpp"

struct bpf_map;
struct bpf_object;

namespace kernwise::kernel {

/// Memory that the objects of kernel programs share. To them it is variables, each in a section
/// `.data.NAME` of its own, which costs no look-up; to user space a table `kw_NAME` that can be
/// mapped. It is made here, not by libbpf, which would fill it through a copy in one piece that
/// older kernels may not find room for.
class SharedMemory {
 public:
  /// With entries for so many CPUs, and places for so many threads.
  SharedMemory(std::size_t cpus, std::size_t places);

  /// Gives an object that is not loaded yet the tables behind its sections, and makes those that no
  /// object had before. Errors: the kernel makes none.
  [[nodiscard]] Result<> give_to(bpf_object* object);

  /// Takes an object's own views of them from this process once it is loaded: libbpf maps all of
  /// each, page by page, for every object, and nobody looks there.
  static void drop_views(const bpf_object* object);

  /// The table of an object with that name; nullptr = it has no such section.
  [[nodiscard]] static bpf_map* find(const bpf_object* object, std::string_view name);
  /// What a map is called, shared or not.
  [[nodiscard]] static const char* name_of(const bpf_map* map);
  /// Whether a map belongs to one object alone: its constants, variables that are not shared.
  [[nodiscard]] static bool is_private(const bpf_map* map);
  /// How many entries a map has room for; 0 where that says nothing.
  [[nodiscard]] static std::uint64_t capacity_of(const bpf_map* map);

 private:
  struct Table {
    std::size_t bytes;
    Fd made;
  };
  [[nodiscard]] Result<> give_to(bpf_map* map, Table& table);

  std::map<std::string, Table, std::less<>> tables_;
};

}  // namespace kernwise::kernel
