// SPDX-License-Identifier: Apache-2.0
#include "test/support/scenario.hpp"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <optional>
#include <stdexcept>
#include <thread>

#include "common/base/file.hpp"

namespace kernwise::test {
namespace {

double clock_seconds(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// perf's stopwatch of the calling thread: wall time between being switched in and switched out.
class RunningClock {
 public:
  RunningClock() {
    perf_event_attr wanted{};
    wanted.type = PERF_TYPE_SOFTWARE;
    wanted.size = sizeof(wanted);
    wanted.config = PERF_COUNT_SW_TASK_CLOCK;
    file_ = Fd(
        static_cast<int>(::syscall(SYS_perf_event_open, &wanted, 0, -1, -1, PERF_FLAG_FD_CLOEXEC)));
    if (!file_.valid()) throw std::runtime_error("perf_event_open: no clock of the thread");
  }
  [[nodiscard]] double seconds() const {
    std::uint64_t running = 0;
    if (::read(file_.value(), &running, sizeof(running)) != sizeof(running)) return 0;
    return static_cast<double>(running) * 1e-9;
  }

 private:
  Fd file_;
};

double task_clock_seconds() {
  // A clock made before a fork goes on counting for the parent.
  thread_local std::optional<RunningClock> clock;
  thread_local pid_t owner = 0;
  if (owner != ::gettid()) {
    clock.emplace();
    owner = ::gettid();
  }
  return clock->seconds();
}

/// Second field of schedstat: nanoseconds this thread waited for a CPU.
double queued_seconds() {
  const auto text =
      read_file("/proc/self/task/" + std::to_string(::syscall(SYS_gettid)) + "/schedstat");
  if (!text) return 0;
  unsigned long long run = 0, queued = 0;
  std::sscanf(text->c_str(), "%llu %llu", &run, &queued);
  return static_cast<double>(queued) * 1e-9;
}

void join(const std::string& cgroup) {
  const Fd file(::open((cgroup + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC));
  const auto pid = std::to_string(::getpid());
  if (::write(file.value(), pid.data(), pid.size()) < 0) ::_exit(70);
}

}  // namespace

bool kernel_required() {
  return std::getenv("KERNWISE_REQUIRE_KERNEL") != nullptr;
}

std::string kernel_missing() {
  if (::geteuid() != 0) return "kernel tests need root (CAP_BPF, CAP_PERFMON)";
  auto tree = kernel::CgroupTree::open();
  if (!tree) return tree.error().message();
  auto types = kernel::KernelTypes::load();
  if (!types) return types.error().message();
  return {};
}

Cgroup::Cgroup(const std::string& name) {
  auto tree = kernel::CgroupTree::open();
  if (!tree) throw std::runtime_error(tree.error().message());
  root_ = tree->root();
  path_ = "/kernwise-test-" + std::to_string(::getpid()) + "-" + name;
  if (::mkdir((root_ + path_).c_str(), 0755) != 0) throw std::runtime_error("mkdir " + path_);
  auto id = tree->id_of(path_);
  if (!id) throw std::runtime_error(id.error().message());
  id_ = *id;
}

Cgroup::~Cgroup() {
  // Processes of it were reaped by their owner; the directory may stay busy for a moment.
  for (int attempt = 0; attempt < 200; ++attempt) {
    if (::rmdir((root_ + path_).c_str()) == 0 || errno == ENOENT) return;
    let_run(0.01);
  }
}

void Cgroup::enter() const {
  join(root_ + path_);
}

void leave_cgroup() {
  if (auto tree = kernel::CgroupTree::open()) join(tree->root());
}

Stopwatch::Stopwatch()
    : wall_(clock_seconds(CLOCK_MONOTONIC)),
      cpu_(clock_seconds(CLOCK_THREAD_CPUTIME_ID)),
      task_clock_(task_clock_seconds()),
      queued_(queued_seconds()) {}

void Stopwatch::lap(Truth& truth, Share waited) {
  const Stopwatch now;
  // Each clock leaves out what the other has: interrupts and stolen time here, the switch itself
  // there. Neither is waiting.
  const double running = std::max(now.cpu_ - cpu_, now.task_clock_ - task_clock_);
  const double queued = now.queued_ - queued_;
  truth.add(Share::on_cpu, running);
  truth.add(Share::runqueue, queued);
  truth.add(waited, std::max(0.0, now.wall_ - wall_ - running - queued));
  truth.operations.fetch_add(1);
  const double wall = now.wall_ - wall_;
  *this = now;
  last_lap_ = wall;
}

Workload::Workload(const Cgroup& cgroup, const std::function<void(Truth&)>& body) {
  void* shared =
      ::mmap(nullptr, sizeof(Truth), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) throw std::bad_alloc();
  truth_ = new (shared) Truth();
  pid_ = ::fork();
  if (pid_ != 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  cgroup.enter();
  body(*truth_);
  ::_exit(0);
}

Workload::~Workload() {
  truth_->stop = true;
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ::munmap(truth_, sizeof(Truth));
}

bool Workload::wait_ready() {
  while (!truth_->ready) {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      return false;
    }
    let_run(0.002);
  }
  return true;
}

std::size_t programs_loaded_by_us() {
  std::size_t count = 0;
  for (__u32 id = 0; bpf_prog_get_next_id(id, &id) == 0;) {
    const Fd program(bpf_prog_get_fd_by_id(id));
    bpf_prog_info info{};
    __u32 size = sizeof(info);
    if (!program.valid() || bpf_obj_get_info_by_fd(program.value(), &info, &size) != 0) continue;
    if (std::string_view(info.name).starts_with("kw_")) ++count;
  }
  return count;
}

void let_run(double seconds) {
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

}  // namespace kernwise::test
