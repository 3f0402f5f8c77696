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
#include <chrono>
#include <cstddef>
#include <thread>

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

[[noreturn]] void become(std::vector<std::string> command) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  cpu_set_t all;
  CPU_ZERO(&all);
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) CPU_SET(cpu, &all);
  ::sched_setaffinity(0, sizeof(all), &all);
  if (::unshare(CLONE_NEWNS) != 0 ||
      ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("tracefs", "/sys/kernel/tracing", "tracefs", 0, nullptr) != 0) {
    ::_exit(126);
  }
  const int quiet = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int stream : {0, 1, 2}) ::dup2(quiet, stream);
  std::vector<char*> arguments;
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
  pid_ = ::fork();
  if (pid_ == 0) become(peer.command);
  const auto give_up = std::chrono::steady_clock::now() + 20s;
  // Those of an earlier measurement may still be on their way out: the lowest count is the base.
  while (programs_loaded() <= before_) {
    before_ = std::min(before_, programs_loaded());
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
    if (pid_ < 0 || std::chrono::steady_clock::now() > give_up) {
      failed_ = true;
      return;
    }
    std::this_thread::sleep_for(50ms);
  }
  std::this_thread::sleep_for(1s);  // the rest of its programs, and their attachment
}

RunningPeer::~RunningPeer() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);  // what it would print now is of no interest
  ::waitpid(pid_, nullptr, 0);
  // The kernel frees programs a moment later; the next measurement must not meet them.
  const auto give_up = std::chrono::steady_clock::now() + 5s;
  while (programs_loaded() > before_ && std::chrono::steady_clock::now() < give_up) {
    std::this_thread::sleep_for(20ms);
  }
}

}  // namespace kernwise::bench
