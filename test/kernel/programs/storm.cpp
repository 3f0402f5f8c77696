// SPDX-License-Identifier: Apache-2.0
// storm cgroups FOLDER COUNT: makes COUNT cgroups, one after another, each with a process that runs
// for a moment, and removes them again.
// storm stacks: computes below ever different stacks until it is killed.
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

constexpr int kDepth = 20;  // 2^20 stacks

volatile std::uint64_t sink;

void compute(std::uint64_t turns) {
  for (std::uint64_t i = 0; i < turns; ++i) sink = sink + i;
}

void descend(std::uint64_t path, int depth);

[[gnu::noinline]] void left(std::uint64_t path, int depth) {
  descend(path, depth);
  sink = sink + 1;  // not a tail call: each level stays on the stack
}

[[gnu::noinline]] void right(std::uint64_t path, int depth) {
  descend(path, depth);
  sink = sink + 2;
}

void descend(std::uint64_t path, int depth) {
  if (depth == 0) return compute(2000);
  if (path & 1U) return left(path >> 1U, depth - 1);
  right(path >> 1U, depth - 1);
}

/// A child that begins its life in that cgroup: moving it there would wait for all CPUs.
pid_t fork_into(int cgroup) {
  clone_args args{};
  args.flags = CLONE_INTO_CGROUP;
  args.exit_signal = SIGCHLD;
  args.cgroup = static_cast<std::uint64_t>(cgroup);
  return static_cast<pid_t>(::syscall(SYS_clone3, &args, sizeof(args)));
}

bool live_shortly(const std::string& path) {
  if (::mkdir(path.c_str(), 0755) != 0) return false;
  const int cgroup = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const auto child = fork_into(cgroup);
  if (child == 0) {
    compute(500);
    ::_exit(0);
  }
  ::close(cgroup);
  if (child < 0 || ::waitpid(child, nullptr, 0) != child) return false;
  // The kernel may be a moment behind with the process that is gone.
  for (int turn = 0; turn < 10'000 && ::rmdir(path.c_str()) != 0; ++turn) {
    if (errno != EBUSY) return false;
    ::sched_yield();
  }
  return true;
}

int cgroups(const std::string& folder, int count) {
  for (int i = 0; i < count; ++i) {
    if (live_shortly(folder + "/s" + std::to_string(i))) continue;
    std::perror("storm");
    return 1;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const std::string_view what = argc > 1 ? argv[1] : "";
  if (what == "cgroups" && argc == 4) return cgroups(argv[2], std::atoi(argv[3]));
  if (what != "stacks") return 2;
  for (std::uint64_t path = 0;; ++path) descend(path, kDepth);
}
