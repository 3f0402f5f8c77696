// SPDX-License-Identifier: Apache-2.0
#include "profiler/symbols/sandbox.hpp"

#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <vector>

namespace kernwise::symbols {
namespace {

constexpr rlim_t kAddressSpace = 256UL * 1024 * 1024;
constexpr rlim_t kCpuSeconds = 2;
constexpr rlim_t kDescriptors = 8;

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kSanitized = true;  // its shadow takes terabytes of addresses
#else
constexpr bool kSanitized = false;
#endif

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#endif

// Reading, memory, answering and ending; no way to open, send, start or change anything.
constexpr int kAllowed[] = {
    SYS_read, SYS_pread64,    SYS_lseek,        SYS_fstat,         SYS_newfstatat, SYS_write,
    SYS_brk,  SYS_munmap,     SYS_mremap,       SYS_madvise,       SYS_futex,      SYS_getrandom,
    SYS_exit, SYS_exit_group, SYS_rt_sigreturn, SYS_clock_gettime,
};
// What the sanitizers of a test build do on their own, or to report.
constexpr int kAllowedToSanitizers[] = {SYS_sched_yield, SYS_gettid,       SYS_getpid,
                                        SYS_sigaltstack, SYS_rt_sigaction, SYS_rt_sigprocmask};
// These only without certain bits in one of their arguments: memory that can be executed, and
// anything but looking at a descriptor (libelf does).
struct Restricted {
  int call;
  unsigned argument;
  std::uint32_t forbidden;
};
constexpr Restricted kRestricted[] = {
    {SYS_mmap, 2, PROT_EXEC}, {SYS_mprotect, 2, PROT_EXEC}, {SYS_fcntl, 1, ~3U}};

sock_filter statement(unsigned code, std::uint32_t value) {
  return sock_filter{.code = static_cast<std::uint16_t>(code), .jt = 0, .jf = 0, .k = value};
}

/// Skips `over` instructions when the loaded word is not `value`.
sock_filter unless_equal(std::uint32_t value, std::uint8_t over) {
  return sock_filter{.code = BPF_JMP | BPF_JEQ | BPF_K, .jt = 0, .jf = over, .k = value};
}

void allow(std::vector<sock_filter>& program, int call) {
  program.push_back(unless_equal(static_cast<std::uint32_t>(call), 1));
  program.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
}

void allow(std::vector<sock_filter>& program, const Restricted& restricted) {
  const auto word = offsetof(seccomp_data, args) + (restricted.argument * sizeof(std::uint64_t));
  program.push_back(unless_equal(static_cast<std::uint32_t>(restricted.call), 4));
  program.push_back(statement(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(word)));
  program.push_back(
      sock_filter{.code = BPF_JMP | BPF_JSET | BPF_K, .jt = 1, .jf = 0, .k = restricted.forbidden});
  program.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  program.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
}

std::vector<sock_filter> system_call_filter() {
  std::vector<sock_filter> program;
  program.push_back(statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)));
  program.push_back(
      sock_filter{.code = BPF_JMP | BPF_JEQ | BPF_K, .jt = 1, .jf = 0, .k = kArchitecture});
  program.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
  program.push_back(statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
  for (const int call : kAllowed) allow(program, call);
  if (kSanitized) {
    for (const int call : kAllowedToSanitizers) allow(program, call);
  }
  for (const auto& restricted : kRestricted) allow(program, restricted);
  program.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
  return program;
}

Result<void> limit(__rlimit_resource resource, rlim_t most, const char* what) {
  const rlimit limits{.rlim_cur = most, .rlim_max = most};
  if (::setrlimit(resource, &limits) != 0) return errno_error(errno, what);
  return {};
}

Result<void> drop_capabilities() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, 2> none{};
  if (::syscall(SYS_capset, &header, none.data()) != 0)
    return errno_error(errno, "drop capabilities");
  return {};
}

}  // namespace

Result<void> give_up_privileges(int last_fd) {
  if (::syscall(SYS_close_range, last_fd + 1, ~0U, 0) != 0) {
    return errno_error(errno, "close descriptors");
  }
  if (auto dropped = drop_capabilities(); !dropped) return dropped;
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno_error(errno, "no new privileges");
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return errno_error(errno, "not traceable");
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
    return errno_error(errno, "end with parent");
  return {};
}

Result<void> enter_sandbox() {
  if (!kSanitized) {
    if (auto set = limit(RLIMIT_AS, kAddressSpace, "limit address space"); !set) return set;
  }
  if (auto set = limit(RLIMIT_CPU, kCpuSeconds, "limit CPU time"); !set) return set;
  if (auto set = limit(RLIMIT_NOFILE, kDescriptors, "limit descriptors"); !set) return set;
  if (auto set = limit(RLIMIT_FSIZE, 0, "limit file size"); !set) return set;
  if (auto set = limit(RLIMIT_CORE, 0, "limit core size"); !set) return set;
  auto filter = system_call_filter();
  const sock_fprog program{.len = static_cast<unsigned short>(filter.size()),
                           .filter = filter.data()};
  if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0) {
    return errno_error(errno, "allow only some system calls");
  }
  return {};
}

}  // namespace kernwise::symbols
