// SPDX-License-Identifier: Apache-2.0
#include "profiler/kernel/syscalls.hpp"

#include <sys/syscall.h>

#include <algorithm>
#include <initializer_list>

namespace kernwise::kernel {
namespace {

struct Group {
  kw_syscall_group group;
  std::initializer_list<int> numbers;
};

// clang-format off
const Group kGroups[] = {
    {KW_SYS_SLEEP, {SYS_nanosleep, SYS_clock_nanosleep, SYS_pause, SYS_rt_sigtimedwait,
                    SYS_rt_sigsuspend, SYS_restart_syscall}},
    {KW_SYS_FUTEX, {SYS_futex}},
    {KW_SYS_FUTEX_WAITV, {SYS_futex_waitv}},
    {KW_SYS_FD, {SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_pread64, SYS_pwrite64, SYS_preadv,
                 SYS_pwritev, SYS_preadv2, SYS_pwritev2, SYS_recvfrom, SYS_sendto, SYS_recvmsg,
                 SYS_sendmsg, SYS_recvmmsg, SYS_sendmmsg, SYS_sendfile, SYS_splice, SYS_getdents64,
                 SYS_ioctl, SYS_fallocate, SYS_ftruncate, SYS_copy_file_range}},
    {KW_SYS_CONNECT, {SYS_connect}},
    {KW_SYS_ACCEPT, {SYS_accept, SYS_accept4}},
    {KW_SYS_POLL, {SYS_poll, SYS_ppoll, SYS_select, SYS_pselect6}},
    {KW_SYS_EPOLL, {SYS_epoll_wait, SYS_epoll_pwait, SYS_epoll_pwait2}},
    {KW_SYS_FSYNC, {SYS_fsync, SYS_fdatasync, SYS_sync, SYS_syncfs, SYS_msync,
                    SYS_sync_file_range, SYS_open, SYS_openat, SYS_openat2, SYS_unlink,
                    SYS_unlinkat, SYS_rename, SYS_renameat2, SYS_mkdir, SYS_close}},
    {KW_SYS_CHILD, {SYS_wait4, SYS_waitid, SYS_vfork, SYS_clone, SYS_clone3}},
    {KW_SYS_LOCK, {SYS_flock, SYS_fcntl, SYS_semop, SYS_semtimedop}},
    {KW_SYS_IPC, {SYS_msgrcv, SYS_msgsnd, SYS_mq_timedreceive, SYS_mq_timedsend}},
    {KW_SYS_IO_URING, {SYS_io_uring_enter}},
};
// clang-format on

struct Name {
  std::string_view name;
  int number;
};

constexpr Name kNames[] = {
#include "syscall_names.inc"
};

}  // namespace

std::array<std::uint8_t, KW_SYSCALLS> syscall_groups() {
  std::array<std::uint8_t, KW_SYSCALLS> groups{};
  for (const auto& group : kGroups) {
    for (const int number : group.numbers) {
      groups.at(static_cast<std::size_t>(number)) = group.group;
    }
  }
  return groups;
}

std::optional<int> syscall_number(std::string_view name) {
  const auto found = std::ranges::find(kNames, name, &Name::name);
  if (found == std::ranges::end(kNames)) return std::nullopt;
  return found->number;
}

}  // namespace kernwise::kernel
