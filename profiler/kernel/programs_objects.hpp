// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bpf/libbpf.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "block.skel.h"
#include "block_legacy.skel.h"
#include "cgroup.skel.h"
#include "mem.skel.h"
#include "net.skel.h"
#include "net_legacy.skel.h"
#include "offcpu.skel.h"
#include "offcpu_legacy.skel.h"
#include "prof.skel.h"
#include "profiler/kernel/programs.hpp"
#include "sched.skel.h"
#include "sched_legacy.skel.h"
#include "sched_recent.skel.h"
#include "sys.skel.h"
#include "tcp.skel.h"

/// The loaded skeletons; private to programs*.cpp.
namespace kernwise::kernel {

struct DestroySkeleton {
  template <class Skeleton>
  void operator()(Skeleton* skeleton) const {
    Skeleton::destroy(skeleton);
  }
};

template <class Skeleton>
using Owned = std::unique_ptr<Skeleton, DestroySkeleton>;

/// Opens an object, or `Other` that is built from the same source (KW_LEGACY, KW_RECENT): they have
/// the same programs, maps and variables, so one skeleton serves all. Empty with errno set on
/// failure.
template <class Skeleton, class Other>
[[nodiscard]] Owned<Skeleton> open_variant(int (*create)(Skeleton*), bool other) {
  static_assert(sizeof(*Skeleton::rodata) == sizeof(*Other::rodata));
  Owned<Skeleton> opened(static_cast<Skeleton*>(std::calloc(1, sizeof(Skeleton))));
  if (!opened || create(opened.get()) != 0) return nullptr;
  if (other) {
    // libbpf only reads the bytes; its interface is older than that promise.
    opened->skeleton->data = const_cast<void*>(Other::elf_bytes(&opened->skeleton->data_sz));
  }
  if (bpf_object__open_skeleton(opened->skeleton, nullptr) != 0) return nullptr;
  return opened;
}

[[nodiscard]] inline std::string errno_text(int error) {
  return std::strerror(std::abs(error));
}

/// Runs an iterator once; what its program wrote. Errors: of the kernel.
[[nodiscard]] Result<std::string> read_iterator(const bpf_link* link);

struct Programs::Objects {
  Owned<kw_sched_bpf> sched;
  Owned<kw_net_bpf> net;
  Owned<kw_block_bpf> block;
  Owned<kw_prof_bpf> prof;
  Owned<kw_cgroup_bpf> cgroup;
  Owned<kw_tcp_bpf> tcp;
  Owned<kw_mem_bpf> mem;
  Owned<kw_sys_bpf> sys;
  Owned<kw_offcpu_bpf> offcpu;

  [[nodiscard]] std::vector<bpf_object*> loaded() const {
    std::vector<bpf_object*> objects;
    if (sched) objects.push_back(sched->obj);
    if (net) objects.push_back(net->obj);
    if (block) objects.push_back(block->obj);
    if (prof) objects.push_back(prof->obj);
    if (cgroup) objects.push_back(cgroup->obj);
    if (tcp) objects.push_back(tcp->obj);
    if (mem) objects.push_back(mem->obj);
    if (sys) objects.push_back(sys->obj);
    if (offcpu) objects.push_back(offcpu->obj);
    return objects;
  }
};

}  // namespace kernwise::kernel
