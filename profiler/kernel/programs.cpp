// SPDX-License-Identifier: Apache-2.0
#include "profiler/kernel/programs.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "common/base/fd.hpp"
#include "ebpf/kernwise_abi.h"
#include "profiler/kernel/casts.hpp"
#include "profiler/kernel/cpu_events.hpp"
#include "profiler/kernel/probe.hpp"
#include "profiler/kernel/program_setup.hpp"
#include "profiler/kernel/programs_objects.hpp"

namespace kernwise::kernel {

Programs::Programs(bool legacy)
    : memory_(cpu_room(), legacy ? 0 : KW_TASK_PLACES),
      objects_(std::make_unique<Objects>()),
      legacy_(legacy) {}

Programs::~Programs() {
  if (task_walk_) bpf_link__destroy(task_walk_);
  if (socket_walk_) bpf_link__destroy(socket_walk_);
  if (request_walk_) bpf_link__destroy(request_walk_);
  if (wait_stacks_) bpf_link__destroy(wait_stacks_);
}

Result<std::unique_ptr<Programs>> Programs::load(const ProgramOptions& options) {
  libbpf_set_print([](libbpf_print_level, const char*, va_list) { return 0; });
  auto types = KernelTypes::load();
  if (!types) return wrap(types.error(), "load kernel programs");
  const bool casts = options.casts && types->has_function("bpf_rdonly_cast");
  auto programs = load_with_casts(casts, [&](bool wanted) {
    auto with = options;
    with.casts = wanted;
    return load_all(*types, with);
  });
  if (options.scheduler && !programs->objects_->sched) {
    return invalid("load kernel programs: " + programs->degraded_.back());
  }
  return programs;
}

std::unique_ptr<Programs> Programs::load_all(const KernelTypes& types,
                                             const ProgramOptions& options) {
  std::unique_ptr<Programs> programs(new Programs(options.legacy || needs_legacy_programs()));
  programs->map_divisor_ = std::max(options.map_divisor, 1U);
  if (programs->legacy_) {
    programs->degraded_.push_back(
        "task_storage: not in this kernel for tracing programs, nor atomics with a result (5.12): "
        "at most " +
        std::to_string(KW_MAX_LEGACY_TASKS) + " threads are followed");
  }
  if (options.scheduler) programs->load_scheduler(types, options);
  // The tables of all others are its own.
  if (options.scheduler && !programs->objects_->sched) return programs;
  programs->load_cgroups(types, options);
  if (options.network) programs->load_network(types, options);
  if (options.block) programs->load_block(types, options);
  if (options.stacks) programs->load_sampling(options);
  if (options.stacks && options.scheduler) programs->load_waits(types, options);
  if (options.network) programs->load_tcp(types, options);
  if (options.oom || options.faults) programs->load_memory(types, options);
  if (!options.syscalls.empty()) programs->load_syscalls(types, options);
  return programs;
}

void Programs::without_casts() {
  degraded_.emplace_back(
      "bpf_rdonly_cast: the kernel refuses programs that use it though its BTF has it; files and "
      "sockets are read by calls, a switch costs more");
}

void Programs::off(const std::string& hook, const std::string& reason) {
  hooks_.push_back({hook, "off", reason});
  degraded_.push_back(hook + ": " + reason);
}

bool Programs::load_object(bpf_object_skeleton* skeleton, const std::string& feature) {
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, *skeleton->obj) {
    const auto* shared = this->map(bpf_map__name(map));
    // Everything named kw_ but the constants is shared with the first one that had it.
    if (shared && std::string_view(bpf_map__name(map)).starts_with("kw_") &&
        !bpf_map__is_internal(map)) {
      bpf_map__reuse_fd(map, bpf_map__fd(shared));
    } else if (bpf_map__type(map) == BPF_MAP_TYPE_HASH) {
      bpf_map__set_max_entries(map, std::max(bpf_map__max_entries(map) / map_divisor_, 1U));
    }
  }
  if (auto given = memory_.give_to(*skeleton->obj); !given) {
    off(feature, given.error().message());
    return false;
  }
  // Not bpf_object__load: only this maps the skeleton's variables onto the loaded ones.
  const int error = bpf_object__load_skeleton(skeleton);
  refused_ += error ? 1 : 0;
  if (error) off(feature, "the kernel refused the programs: " + errno_text(error));
  SharedMemory::drop_views(*skeleton->obj);
  return error == 0;
}

bool Programs::attach(bpf_program* program, const std::string& hook, ProgramGroup& group) {
  bpf_link* link = bpf_program__attach(program);
  if (!link) {
    off(hook, "attach: " + errno_text(errno));
    return false;
  }
  group.add(program, link);
  hooks_.push_back({hook, "tp_btf", ""});
  return true;
}

bool Programs::open_scheduler(const KernelTypes& types, const ProgramOptions& options) {
  const auto setup = setup_of(types, options);
  const auto create = kw_sched_bpf__create_skeleton;
  auto skeleton = legacy_
                      ? open_variant<kw_sched_bpf, kw_sched_legacy_bpf>(create, true)
                      : open_variant<kw_sched_bpf, kw_sched_recent_bpf>(create, is_recent(setup));
  if (!skeleton) {
    off("sched_switch", "open: " + errno_text(errno));
    return false;
  }
  skeleton->rodata->kw_setup = setup;
  if (!options.reasons) bpf_map__set_max_entries(skeleton->maps.kw_go, 1);
  if (!options.network) {
    // The programs name these tables; without connections nothing gets into them.
    bpf_map__set_max_entries(skeleton->maps.kw_sockets, 1);
    bpf_map__set_max_entries(skeleton->maps.kw_listeners, 1);
    bpf_map__set_max_entries(skeleton->maps.kw_peers, 1);
  }
  if (!load_object(skeleton->skeleton, "sched_switch")) return false;
  objects_->sched = std::move(skeleton);
  return true;
}

void Programs::load_scheduler(const KernelTypes& types, const ProgramOptions& options) {
  if (!open_scheduler(types, options)) return;
  const auto& programs = objects_->sched->progs;
  // First, so that nothing of a thread that is followed is left to one that is born later.
  const bool attached = attach(programs.kw_new_task, "task_newtask") &&
                        attach(programs.kw_sched_switch, "sched_switch");
  if (!attached) {
    objects_->sched.reset();
    return;
  }
  task_walk_ = bpf_program__attach_iter(programs.kw_task_walk, nullptr);
  if (task_walk_) {
    hooks_.push_back({"task", "iter", ""});
  } else {
    off("task", "iterator: " + errno_text(errno) + "; waits still open are not counted");
  }
}

void Programs::load_network(const KernelTypes& types, const ProgramOptions& options) {
  auto skeleton = open_variant<kw_net_bpf, kw_net_legacy_bpf>(kw_net_bpf__create_skeleton, legacy_);
  if (!skeleton) return off("inet_sock_set_state", "open: " + errno_text(errno));
  skeleton->rodata->kw_setup = setup_of(types, options);
  skeleton->rodata->kw_rtt_by_packet =
      options.packets && types.tracepoint_arguments("tcp_probe") >= 0;
  const bool requests = skeleton->rodata->kw_setup.sees_transfers;
  bpf_program__set_autoload(skeleton->progs.kw_sock_send, requests);
  bpf_program__set_autoload(skeleton->progs.kw_sock_recv, requests);
  bpf_program__set_autoload(skeleton->progs.kw_settle_requests, requests);
  if (!load_object(skeleton->skeleton, "inet_sock_set_state")) return;
  objects_->net = std::move(skeleton);
  // Attached before the walk: a connection made in between is seen twice, never missed.
  attach(objects_->net->progs.kw_sock_state, "inet_sock_set_state");
  walk_connections(true);
  walk_connections(false);
  if (!requests) {
    look_at_sockets();
    return;
  }
  attach_transfers();
}

void Programs::look_at_sockets() {
  off("sock_send_length",
      "not in this kernel (came with 6.3): bytes are known by the window, requests when a thread "
      "waits; request times are not known");
  socket_walk_ = bpf_program__attach_iter(objects_->net->progs.kw_tcp_walk, nullptr);
  if (!socket_walk_) off("tcp", "iterator: " + errno_text(errno) + "; bytes are not known");
}

void Programs::walk_connections(bool listeners) {
  objects_->net->bss->kw_walk_listeners = listeners ? 1 : 0;
  bpf_link* walk = bpf_program__attach_iter(objects_->net->progs.kw_tcp_walk, nullptr);
  if (walk) {
    auto read = read_iterator(walk);
    bpf_link__destroy(walk);
    if (read) {
      if (!listeners) hooks_.push_back({"tcp", "iter", ""});
      return;
    }
  }
  off("tcp", "iterator: connections made before the start have no role");
}

void Programs::load_block(const KernelTypes& types, const ProgramOptions& options) {
  auto skeleton =
      open_variant<kw_block_bpf, kw_block_legacy_bpf>(kw_block_bpf__create_skeleton, legacy_);
  if (!skeleton) return off("block_rq_issue", "open: " + errno_text(errno));
  skeleton->rodata->kw_setup = setup_of(types, options);
  skeleton->rodata->kw_issue_has_queue = types.tracepoint_arguments("block_rq_issue") == 2;
  if (!load_object(skeleton->skeleton, "block_rq_issue")) return;
  objects_->block = std::move(skeleton);
  attach(objects_->block->progs.kw_block_complete, "block_rq_complete");
  attach(objects_->block->progs.kw_block_issue, "block_rq_issue");
}

void Programs::load_cgroups(const KernelTypes& types, const ProgramOptions& options) {
  Owned<kw_cgroup_bpf> skeleton(kw_cgroup_bpf__open());
  if (!skeleton) return off("cgroup_mkdir", "open: " + errno_text(errno));
  skeleton->rodata->kw_setup = setup_of(types, options);
  if (!load_object(skeleton->skeleton, "cgroup_mkdir")) return;
  objects_->cgroup = std::move(skeleton);
  attach(objects_->cgroup->progs.kw_cgroup_mkdir, "cgroup_mkdir");
  attach(objects_->cgroup->progs.kw_cgroup_rmdir, "cgroup_rmdir");
}

const bpf_map* Programs::map(const std::string& name) const {
  for (auto* object : objects_->loaded()) {
    if (const auto* found = SharedMemory::find(object, name)) return found;
    if (const auto* found = bpf_object__find_map_by_name(object, name.c_str())) return found;
  }
  return nullptr;
}

std::vector<const bpf_map*> Programs::maps() const {
  std::vector<const bpf_map*> all;
  for (auto* object : objects_->loaded()) {
    bpf_map* each = nullptr;
    bpf_object__for_each_map(each, object) {
      const bool seen = std::ranges::any_of(all, [&](const bpf_map* other) {
        return std::strcmp(bpf_map__name(other), bpf_map__name(each)) == 0;
      });
      if (!seen || SharedMemory::is_private(each)) all.push_back(each);
    }
  }
  return all;
}

Result<std::string> Programs::walk_tasks() const {
  if (socket_walk_) {
    if (auto looked = read_iterator(socket_walk_); !looked) return looked;
  }
  if (!task_walk_) return std::string();
  return read_iterator(task_walk_);
}

std::uint64_t Programs::run_time_ns() const {
  std::uint64_t total = 0;
  for (auto* object : objects_->loaded()) {
    bpf_program* program = nullptr;
    bpf_object__for_each_program(program, object) {
      bpf_prog_info info{};
      __u32 size = sizeof(info);
      if (bpf_program__fd(program) >= 0 &&
          bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) == 0) {
        total += info.run_time_ns;
      }
    }
  }
  return total;
}

}  // namespace kernwise::kernel
