// SPDX-License-Identifier: Apache-2.0
#include "test/demo/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <utility>

#include "common/base/clock.hpp"
#include "common/base/file.hpp"
#include "test/support/eventually.hpp"

namespace kernwise::demo {
namespace {

using namespace std::chrono_literals;

/// Everything the child needs, made before fork: between fork and exec nothing is allocated.
struct Preparation {
  std::vector<char*> arguments;
  Fd cgroup_procs, log;
  std::array<int, 2> output{};
  pid_t parent = 0;
  int death_signal = SIGTERM;
};

[[noreturn]] void become(const Preparation& ready) {
  setpgid(0, 0);
  if (prctl(PR_SET_PDEATHSIG, ready.death_signal) != 0 || getppid() != ready.parent) _exit(125);
  // A handler of the parent's would run here until exec: a test framework's reports a failure.
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGABRT}) std::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  // "0" stands for the writer itself.
  if (ready.cgroup_procs.valid() && write(ready.cgroup_procs.value(), "0", 1) != 1) _exit(124);
  if (dup2(ready.output[1], STDOUT_FILENO) < 0) _exit(125);
  if (ready.log.valid() && dup2(ready.log.value(), STDERR_FILENO) < 0) _exit(125);
  execv(ready.arguments[0], ready.arguments.data());
  _exit(126);
}

Result<Fd> open_for_child(const std::string& path, int flags) {
  Fd file(open(path.c_str(), flags | O_CLOEXEC, 0600));
  if (!file.valid()) return errno_error(errno, "open " + path);
  return file;
}

Result<> prepare_files(const Command& command, Preparation& ready) {
  if (!command.cgroup.empty()) {
    auto procs = open_for_child(command.cgroup + "/cgroup.procs", O_WRONLY);
    if (!procs) return procs.error();
    ready.cgroup_procs = std::move(*procs);
  }
  if (!command.log.empty()) {
    auto log = open_for_child(command.log, O_WRONLY | O_CREAT | O_APPEND);
    if (!log) return log.error();
    ready.log = std::move(*log);
  }
  return {};
}

}  // namespace

Result<Process> Process::start(const Command& command) {
  const std::string name = std::filesystem::path(command.program).filename();
  if (access(command.program.c_str(), X_OK) != 0)
    return errno_error(errno, "start " + command.program);
  Preparation ready;
  if (auto prepared = prepare_files(command, ready); !prepared)
    return wrap(prepared.error(), "start " + name);
  ready.arguments.push_back(const_cast<char*>(command.program.c_str()));
  for (const auto& argument : command.arguments)
    ready.arguments.push_back(const_cast<char*>(argument.c_str()));
  ready.arguments.push_back(nullptr);
  ready.parent = getpid();
  ready.death_signal = command.death_signal;
  if (pipe2(ready.output.data(), O_CLOEXEC) != 0) return errno_error(errno, "start " + name);
  Fd reading(ready.output[0]);
  const Fd writing(ready.output[1]);
  // A signal for the child waits until it is itself: the parent's handlers are not for it.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = fork();
  if (pid == 0) become(ready);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) return errno_error(errno, "start " + name);
  return Process(name, command.log, pid, std::move(reading));
}

Process::Process(Process&& other) noexcept
    : name_(std::move(other.name_)),
      log_(std::move(other.log_)),
      pid_(std::exchange(other.pid_, -1)),
      status_(other.status_),
      output_(std::move(other.output_)),
      received_(std::move(other.received_)) {}

Result<std::string> Process::await_line(std::string_view prefix,
                                        std::chrono::milliseconds timeout) {
  const auto until = Monotonic::now() + timeout;
  while (true) {
    for (std::size_t end; (end = received_.find('\n')) != std::string::npos;) {
      const std::string line = received_.substr(0, end);
      received_.erase(0, end + 1);
      if (line.starts_with(prefix)) return line.substr(prefix.size());
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Monotonic::now());
    pollfd waiting{.fd = output_.value(), .events = POLLIN, .revents = 0};
    if (left <= 0ms) return silent(prefix, "in time");
    if (poll(&waiting, 1, static_cast<int>(left.count())) <= 0) continue;
    std::array<char, 4096> chunk{};
    const ssize_t size = read(output_.value(), chunk.data(), chunk.size());
    if (size <= 0) return silent(prefix, "before it ended");
    received_.append(chunk.data(), static_cast<std::size_t>(size));
  }
}

Error Process::silent(std::string_view prefix, std::string_view how) const {
  return invalid(name_ + " did not say `" + std::string(prefix) + "...` " + std::string(how) +
                 ". " + last_words());
}

std::string Process::last_words() const {
  const auto text = read_file(log_);
  if (!text || text->empty()) return "It left no message.";
  constexpr std::size_t kTail = 2000;
  return "Its last messages:\n" + text->substr(text->size() > kTail ? text->size() - kTail : 0);
}

bool Process::ended(std::chrono::milliseconds patience) {
  if (pid_ < 0) return true;
  // Polling keeps SIGCHLD out of it; the steps are short because children end at once.
  const bool gone = test::eventually(
      patience,
      [&] {
        const pid_t pid = waitpid(pid_, &status_, WNOHANG);
        return pid == pid_ || (pid < 0 && errno == ECHILD);
      },
      5ms);
  if (gone) pid_ = -1;
  return gone;
}

bool Process::running() {
  return !ended(0ms);
}

void Process::signal(int number) const {
  if (pid_ > 0) kill(pid_, number);
}

Result<int> Process::await_end(std::chrono::milliseconds timeout) {
  if (!ended(timeout)) return invalid(name_ + " still runs");
  return WIFSIGNALED(status_) ? 128 + WTERMSIG(status_) : WEXITSTATUS(status_);
}

void Process::stop() {
  if (pid_ < 0) return;
  kill(pid_, SIGTERM);
  if (ended(5s)) return;
  kill(pid_, SIGKILL);
  (void)ended(5s);
}

}  // namespace kernwise::demo
