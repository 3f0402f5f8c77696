// SPDX-License-Identifier: Apache-2.0
#include "test/bench/peers.hpp"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>

#include "common/base/fd.hpp"
#include "test/support/eventually.hpp"

namespace kernwise::bench {
namespace {

using namespace std::chrono_literals;

constexpr auto kOffCpu =
    "tracepoint:sched:sched_switch { @start[args->prev_pid] = nsecs; "
    "$s = @start[args->next_pid]; "
    "if ($s) { @off[args->next_comm] = hist(nsecs - $s); delete(@start[args->next_pid]); } }";

std::size_t programs_loaded() {
  std::size_t count = 0;
  for (__u32 id = 0; bpf_prog_get_next_id(id, &id) == 0;) ++count;
  return count;
}

__u32 newest_program() {
  __u32 id = 0;
  while (bpf_prog_get_next_id(id, &id) == 0) continue;
  return id;
}

/// A program loaded after that one is attached, and something has happened to it.
bool has_run_since(__u32 newest) {
  for (__u32 id = newest; bpf_prog_get_next_id(id, &id) == 0;) {
    const Fd program(bpf_prog_get_fd_by_id(id));
    bpf_prog_info info{};
    __u32 size = sizeof(info);
    if (!program.valid() || bpf_obj_get_info_by_fd(program.value(), &info, &size) != 0) continue;
    if (info.run_cnt > 0) return true;
  }
  return false;
}

[[noreturn]] void become(std::vector<std::string> command) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  cpu_set_t all;
  CPU_ZERO(&all);
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) CPU_SET(cpu, &all);
  ::sched_setaffinity(0, sizeof(all), &all);
  if (::unshare(CLONE_NEWNS) != 0 ||
      ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    ::_exit(126);
  }
  const bool mounted = ::mount("tracefs", "/sys/kernel/tracing", "tracefs", 0, nullptr) == 0;
  if (!mounted && errno != EBUSY) ::_exit(126);  // busy: most machines have it there
  const int quiet = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int stream : {0, 1, 2}) ::dup2(quiet, stream);
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (auto& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  ::_exit(127);
}

}  // namespace

std::vector<Peer> peers() {
  return {
      {"bpftrace off-CPU one-liner", {"bpftrace", "-e", kOffCpu}, 0.7},
      {"libbpf-tools runqlat", {"runqlat", "600"}, 0.5},
      {"libbpf-tools offcputime", {"offcputime", "600"}, 0.1},
  };
}

RunningPeer::RunningPeer(const Peer& peer) : before_(programs_loaded()) {
  const __u32 newest = newest_program();
  pid_ = ::fork();
  if (pid_ == 0) become(peer.command);
  const Fd counting(::bpf_enable_stats(BPF_STATS_RUN_TIME));
  // Those of an earlier measurement may still be on their way out: the lowest count is the base.
  const auto at_work = [&] {
    before_ = std::min(before_, programs_loaded());
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
    return pid_ < 0 || has_run_since(newest);
  };
  failed_ = !test::eventually(20s, at_work, 50ms) || pid_ < 0;
}

RunningPeer::~RunningPeer() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);  // what it would print now is of no interest
  ::waitpid(pid_, nullptr, 0);
  // The kernel frees programs a moment later; the next measurement must not meet them.
  static_cast<void>(test::eventually(5s, [&] { return programs_loaded() <= before_; }, 20ms));
}

}  // namespace kernwise::bench
