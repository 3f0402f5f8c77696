// SPDX-License-Identifier: Apache-2.0
#include "test/controlplane/run.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "common/base/clock.hpp"
#include "common/base/fd.hpp"

namespace kernwise::test {
namespace {

/// The three standard streams are files in memory: no pipe can fill up, nobody has to read along.
struct Streams {
  std::array<Fd, 3> files;

  static Result<Streams> with_input(const std::string& input) {
    Streams streams;
    for (Fd& file : streams.files) {
      file = Fd(memfd_create("run", MFD_CLOEXEC));
      if (!file.valid()) return errno_error(errno, "make a file in memory");
    }
    const int in = streams.files[0].value();
    for (std::size_t done = 0; done < input.size();) {
      const ssize_t size = write(in, input.data() + done, input.size() - done);
      if (size < 0) return errno_error(errno, "write the input");
      done += static_cast<std::size_t>(size);
    }
    lseek(in, 0, SEEK_SET);
    return streams;
  }

  [[nodiscard]] std::string text(std::size_t which) const {
    std::string all;
    std::array<char, 16'384> chunk{};
    for (ssize_t size = 0; (size = pread(files[which].value(), chunk.data(), chunk.size(),
                                         static_cast<off_t>(all.size()))) > 0;)
      all.append(chunk.data(), static_cast<std::size_t>(size));
    return all;
  }
};

[[noreturn]] void become(const Streams& streams, char* const* arguments, pid_t parent) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) _exit(125);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int stream = 0; stream < 3; ++stream)
    if (dup2(streams.files[static_cast<std::size_t>(stream)].value(), stream) < 0) _exit(125);
  execv(arguments[0], arguments);
  _exit(126);
}

/// Whether the process ended within `patience`.
bool ends(pid_t pid, std::chrono::milliseconds patience) {
  const Fd process(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  pollfd end{.fd = process.value(), .events = POLLIN, .revents = 0};
  const auto until = Monotonic::now() + patience;
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Monotonic::now());
    if (left.count() <= 0) return false;
    if (poll(&end, 1, static_cast<int>(left.count())) > 0) return true;
  }
}

}  // namespace

Result<Ended> run(const Run& what) {
  auto streams = Streams::with_input(what.input);
  if (!streams) return wrap(streams.error(), "run " + what.program);
  std::vector<char*> arguments{const_cast<char*>(what.program.c_str())};
  for (const auto& argument : what.arguments)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) become(*streams, arguments.data(), parent);
  if (pid < 0) return errno_error(errno, "run " + what.program);
  const bool ended = ends(pid, what.patience);
  if (!ended) kill(pid, SIGKILL);
  int status = 0;
  waitpid(pid, &status, 0);
  if (!ended) return invalid("run " + what.program + ": it took too long. " + streams->text(2));
  return Ended{.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status),
               .output = streams->text(1),
               .errors = streams->text(2)};
}

}  // namespace kernwise::test
