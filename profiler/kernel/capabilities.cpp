// SPDX-License-Identifier: Apache-2.0
#include "profiler/kernel/capabilities.hpp"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace kernwise::kernel {
namespace {

struct Sets {
  std::uint64_t effective = 0, permitted = 0, inheritable = 0;
};

__user_cap_header_struct this_thread() {
  return {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
}

Result<Sets> read_sets() {
  auto header = this_thread();
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> data{};
  if (::syscall(SYS_capget, &header, data.data()) != 0) return errno_error(errno, "capget");
  const auto join = [](std::uint32_t low, std::uint32_t high) {
    return std::uint64_t{low} | (std::uint64_t{high} << 32);
  };
  return Sets{.effective = join(data[0].effective, data[1].effective),
              .permitted = join(data[0].permitted, data[1].permitted),
              .inheritable = join(data[0].inheritable, data[1].inheritable)};
}

Result<> write_sets(const Sets& sets) {
  auto header = this_thread();
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> data{};
  for (std::size_t half = 0; half < data.size(); ++half) {
    data[half].effective = static_cast<std::uint32_t>(sets.effective >> (32 * half));
    data[half].permitted = static_cast<std::uint32_t>(sets.permitted >> (32 * half));
    data[half].inheritable = static_cast<std::uint32_t>(sets.inheritable >> (32 * half));
  }
  if (::syscall(SYS_capset, &header, data.data()) != 0) return errno_error(errno, "capset");
  return {};
}

}  // namespace

std::string name_of(Capability capability) {
  switch (capability) {
    case Capability::dac_read_search:
      return "CAP_DAC_READ_SEARCH";
    case Capability::sys_ptrace:
      return "CAP_SYS_PTRACE";
    case Capability::sys_admin:
      return "CAP_SYS_ADMIN";
    case Capability::sys_resource:
      return "CAP_SYS_RESOURCE";
    case Capability::syslog:
      return "CAP_SYSLOG";
    case Capability::perfmon:
      return "CAP_PERFMON";
    case Capability::bpf:
      return "CAP_BPF";
  }
  return "CAP_" + std::to_string(static_cast<unsigned>(capability));
}

std::string names_of(const CapabilitySet& set) {
  std::string names;
  for (const auto each :
       {Capability::dac_read_search, Capability::sys_ptrace, Capability::sys_admin,
        Capability::sys_resource, Capability::syslog, Capability::perfmon, Capability::bpf}) {
    if (set.has(each)) names += (names.empty() ? "" : ",") + name_of(each);
  }
  return names.empty() ? "none" : names;
}

Result<CapabilitySet> effective_capabilities() {
  const auto sets = read_sets();
  if (!sets) return sets.error();
  return CapabilitySet(sets->effective);
}

Result<> make_effective(const CapabilitySet& wanted) {
  auto sets = read_sets();
  if (!sets) return sets.error();
  sets->effective = sets->permitted & wanted.bits();
  return write_sets(*sets);
}

Result<> keep_only(const CapabilitySet& kept) {
  auto sets = read_sets();
  if (!sets) return sets.error();
  // Root's bounding set would come back with exec; NO_NEW_PRIVS refuses that, too. The ambient set
  // shrinks with the permitted one.
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno_error(errno, "no_new_privs");
  sets->permitted &= kept.bits();
  sets->effective = sets->permitted;
  sets->inheritable = 0;
  return write_sets(*sets);
}

std::vector<std::string> missing_capabilities(const CapabilitySet& held, bool programs) {
  std::vector<std::string> missing;
  const auto need = [&](Capability capability, const char* cost) {
    if (!held.has(capability)) missing.push_back(name_of(capability) + " is missing: " + cost);
  };
  // Before CAP_BPF and CAP_PERFMON (5.8) CAP_SYS_ADMIN was both, and it still is.
  if (programs && !held.has(Capability::sys_admin)) {
    need(Capability::bpf, "no kernel programs, cgroup files only");
    need(Capability::perfmon, "no kernel programs, cgroup files only");
  }
  need(Capability::sys_ptrace, "functions and sockets of other users' processes have no names");
  need(Capability::dac_read_search, "cgroup ids are resolved by walking the tree");
  if (programs) need(Capability::syslog, "kernel functions have no names");
  return missing;
}

}  // namespace kernwise::kernel
