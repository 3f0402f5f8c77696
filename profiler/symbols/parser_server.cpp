// SPDX-License-Identifier: Apache-2.0
#include "profiler/symbols/parser_server.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include "common/base/clock.hpp"
#include "common/base/fd.hpp"
#include "profiler/symbols/sandbox.hpp"

namespace kernwise::symbols {
namespace {

constexpr int kReaderFile = 0;
constexpr int kReaderPipe = 1;
constexpr int kNotSandboxed = 77;
constexpr int kNice = 10;

struct Received {
  std::string bytes;
  Fd file;
};

/// The next question; nothing when the other side is gone.
std::optional<Received> receive(int socket) {
  std::array<char, 4096> bytes{};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  iovec part{.iov_base = bytes.data(), .iov_len = bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t got = -1;
  do {
    got = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  if (got <= 0) return std::nullopt;
  Received received{.bytes = std::string(bytes.data(), static_cast<std::size_t>(got)), .file = {}};
  const auto* attached = CMSG_FIRSTHDR(&message);
  if (attached != nullptr && attached->cmsg_type == SCM_RIGHTS) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(attached), sizeof(fd));
    received.file = Fd(fd);
  }
  return received;
}

void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
}

/// The life of a reader: its file and its pipe are all it has.
[[noreturn]] void read_and_answer(const Question& question, const Fd& file, const Fd& pipe,
                                  const AnswerFile& answer) {
  ::dup2(file.value(), kReaderFile);
  ::dup2(pipe.value(), kReaderPipe);
  ::syscall(SYS_close_range, kReaderPipe + 1, ~0U, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (!enter_sandbox()) ::_exit(kNotSandboxed);
  write_all(kReaderPipe, encode(answer(question, kReaderFile)));
  ::_exit(0);
}

/// What a reader wrote until it ended or its time was up.
ReaderEnd collect(pid_t reader, const Fd& pipe, std::string& answer) {
  const auto deadline = Monotonic::now() + std::chrono::milliseconds(kReaderTimeMs);
  std::array<char, 16384> piece{};
  bool in_time = true;
  while (answer.size() <= kMaxAnswerBytes) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Monotonic::now());
    pollfd wait{.fd = pipe.value(), .events = POLLIN, .revents = 0};
    const int ready = left.count() > 0 ? ::poll(&wait, 1, static_cast<int>(left.count())) : 0;
    if (ready < 0 && errno == EINTR) continue;
    in_time = ready > 0;
    if (!in_time) break;
    const auto got = ::read(pipe.value(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    answer.append(piece.data(), static_cast<std::size_t>(got));
  }
  if (!in_time || answer.size() > kMaxAnswerBytes) ::kill(reader, SIGKILL);
  int status = 0;
  while (::waitpid(reader, &status, 0) < 0 && errno == EINTR) continue;
  if (!in_time) return ReaderEnd::timed_out;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return ReaderEnd::answered;
  return WIFEXITED(status) && WEXITSTATUS(status) == kNotSandboxed ? ReaderEnd::failed
                                                                   : ReaderEnd::crashed;
}

ReaderEnd ask_reader(const Question& question, const Fd& file, const AnswerFile& answer,
                     std::string& bytes) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return ReaderEnd::failed;
  const Fd from(ends[0]);
  Fd to(ends[1]);
  const pid_t reader = ::fork();
  if (reader < 0) return ReaderEnd::failed;
  if (reader == 0) read_and_answer(question, file, to, answer);
  to.reset();
  return collect(reader, from, bytes);
}

void send_reply(int socket, ReaderEnd end, std::string_view answer) {
  if (end != ReaderEnd::answered) answer = {};
  const auto word = static_cast<std::uint32_t>(end);
  std::string reply(sizeof(word), '\0');
  std::memcpy(reply.data(), &word, sizeof(word));
  reply += answer;
  while (::send(socket, reply.data(), reply.size(), MSG_NOSIGNAL) < 0 && errno == EINTR) continue;
}

}  // namespace

int serve_parser(int socket, const AnswerFile& answer) {
  // Names matter less than the work of the node.
  static_cast<void>(!::setpriority(PRIO_PROCESS, 0, kNice));
  while (auto received = receive(socket)) {
    const auto question = decode_question(received->bytes);
    std::string bytes;
    const auto end = question && received->file.valid()
                         ? ask_reader(*question, received->file, answer, bytes)
                         : ReaderEnd::failed;
    send_reply(socket, end, bytes);
  }
  return 0;
}

}  // namespace kernwise::symbols
