// SPDX-License-Identifier: Apache-2.0
#include "common/kube/child_output.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <thread>
#include <tuple>

#include "common/base/clock.hpp"
#include "common/base/fd.hpp"

namespace kernwise::kube {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMaxOutput = 1024UL * 1024;
constexpr milliseconds kLook{5};  // between two looks at whether it has exited

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// A child in a process group of its own, gone for sure when this goes.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    ::kill(-pid_, SIGKILL);  // also what it has left behind
    if (!status_) ::waitpid(pid_, nullptr, 0);
  }
  /// Its status as of waitpid; nothing when it still runs at `deadline`.
  std::optional<int> exited_by(MonoTime deadline) {
    for (;;) {
      int status = 0;
      if (::waitpid(pid_, &status, WNOHANG) == pid_) return status_ = status;
      if (Monotonic::now() >= deadline) return std::nullopt;
      std::this_thread::sleep_for(kLook);
    }
  }

 private:
  pid_t pid_;
  std::optional<int> status_;
};

Result<pid_t> start(std::vector<std::string> words, const Environment& environment, int output) {
  std::vector<std::string> variables;
  variables.reserve(environment.size());
  for (const auto& [name, value] : environment)
    variables.push_back(std::string(name).append("=").append(value));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  pid_t pid = 0;
  const int failed = ::posix_spawnp(&pid, words.front().c_str(), &actions, &attributes,
                                    pointers_to(words).data(), pointers_to(variables).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return errno_error(failed, "start");
  return pid;
}

Error too_slow() {
  return errno_error(ETIMEDOUT, "no answer");
}

Result<std::string> read_all(const Fd& pipe, MonoTime deadline) {
  std::string text;
  std::array<char, 4096> piece{};
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - Monotonic::now());
    if (left.count() <= 0) return too_slow();
    pollfd wait{.fd = pipe.value(), .events = POLLIN, .revents = 0};
    const int ready = ::poll(&wait, 1, static_cast<int>(left.count()));
    if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
    const ssize_t got = ::read(pipe.value(), piece.data(), piece.size());
    if (got < 0) return errno_error(errno, "read output");
    if (got == 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(got));
    if (text.size() > kMaxOutput) return invalid("prints more than 1 MiB");
  }
}

}  // namespace

Result<std::string> child_output(const std::vector<std::string>& words,
                                 const Environment& environment, milliseconds timeout) {
  const auto deadline = Monotonic::now() + timeout;
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return errno_error(errno, "pipe");
  const Fd reader(ends[0]);
  Fd writer(ends[1]);
  const auto pid = start(words, environment, writer.value());
  if (!pid) return pid.error();
  Child child(*pid);
  writer = Fd();  // so that the end of the child is the end of its output
  auto text = read_all(reader, deadline);
  if (!text) return text.error();
  const auto status = child.exited_by(deadline);
  if (!status) return too_slow();
  if (!WIFEXITED(*status)) return invalid("was killed by a signal");
  if (WEXITSTATUS(*status) != 0) {
    return invalid("exits with status " + std::to_string(WEXITSTATUS(*status)));
  }
  return text;
}

}  // namespace kernwise::kube
