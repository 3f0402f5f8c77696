// SPDX-License-Identifier: Apache-2.0
#include "profiler/symbols/parser.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "common/base/log.hpp"
#include "profiler/symbols/sandbox.hpp"

namespace kernwise::symbols {
namespace {

constexpr std::chrono::seconds kStartAgain{1};
// The process itself kills a reader after kReaderTimeMs; it hangs when even that does not come.
constexpr std::chrono::milliseconds kHangs{2L * kReaderTimeMs};

bool send_question(int socket, const Question& question, const Fd& file) {
  const auto bytes = encode(question);
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  iovec part{.iov_base = const_cast<char*>(bytes.data()), .iov_len = bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  auto* attached = CMSG_FIRSTHDR(&message);
  attached->cmsg_level = SOL_SOCKET;
  attached->cmsg_type = SCM_RIGHTS;
  attached->cmsg_len = CMSG_LEN(sizeof(int));
  const int fd = file.value();
  std::memcpy(CMSG_DATA(attached), &fd, sizeof(fd));
  return ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) ==
         static_cast<ssize_t>(bytes.size());
}

/// Between fork and exec only what a signal handler may call.
[[noreturn]] void become_parser(int socket) {
  const int null = ::open("/dev/null", O_RDWR);
  for (const int standard : {0, 1, 2}) ::dup2(null, standard);
  ::dup2(socket, kParserSocket);  // without FD_CLOEXEC
  ::execl("/proc/self/exe", "kernwise-profiler", kParserMode, nullptr);
  ::_exit(127);
}

}  // namespace

Result<ParserProcess> start_parser_program() {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return errno_error(errno, "socket to the symbol parser");
  }
  Fd ours(ends[0]);
  // Not the number that it will get: dup2 onto itself would keep FD_CLOEXEC.
  const Fd theirs(::fcntl(ends[1], F_DUPFD_CLOEXEC, kParserSocket + 1));
  ::close(ends[1]);
  const pid_t pid = ::fork();
  if (pid < 0) return errno_error(errno, "start the symbol parser");
  if (pid == 0) become_parser(theirs.value());
  return ParserProcess{.pid = pid, .socket = std::move(ours)};
}

int parser_main() {
  if (!give_up_privileges(kParserSocket)) return 1;
  return serve_parser(kParserSocket);
}

Parser::Parser(StartParser start) : start_(std::move(start)) {}

Parser::~Parser() {
  stop();
}

void Parser::stop() {
  if (!process_) return;
  process_->socket.reset();  // ends it as well, should CAP_KILL be missing
  static_cast<void>(!::kill(process_->pid, SIGKILL));
  while (::waitpid(process_->pid, nullptr, 0) < 0 && errno == EINTR) continue;
  process_.reset();
}

bool Parser::ensure_running(MonoTime now) {
  if (process_) return true;
  if (tried_ && now - *tried_ < kStartAgain) return false;
  tried_ = now;
  auto started = start_();
  if (!started) {
    log::warn("Symbols not read", {{"reason", started.error().message()}});
    return false;
  }
  ++counts_.started;
  process_ = std::move(*started);
  return true;
}

bool Parser::ask(const Question& question, Fd file, MonoTime now) {
  if (asked_ || !ensure_running(now)) return false;
  if (!send_question(process_->socket.value(), question, file)) {
    stop();
    return false;
  }
  ++counts_.asked;
  asked_ = question;
  asked_at_ = now;
  return true;
}

std::optional<SymbolSource::Reply> Parser::take(MonoTime now) {
  if (!asked_) return std::nullopt;
  std::string bytes(sizeof(std::uint32_t) + kMaxAnswerBytes, '\0');
  const auto got = ::recv(process_->socket.value(), bytes.data(), bytes.size(), MSG_DONTWAIT);
  const bool waiting = got < 0 && (errno == EAGAIN || errno == EINTR);
  if (waiting && now - asked_at_ < kHangs) return std::nullopt;
  Reply reply;
  if (got > 0) {
    bytes.resize(static_cast<std::size_t>(got));
    reply = judge(bytes);
  } else {
    // Gone or stuck through no fault that is known of this file: it may be asked again.
    ++counts_.failed;
    log::warn("Symbols not read",
              {{"reason", "the symbol parser ended; it will be started again"}});
    stop();
  }
  reply.spent = now - asked_at_;
  asked_.reset();
  return reply;
}

SymbolSource::Reply Parser::judge(std::string_view reply) {
  std::uint32_t word = 0;
  if (reply.size() < sizeof(word)) return {};
  std::memcpy(&word, reply.data(), sizeof(word));
  const auto end = static_cast<ReaderEnd>(word);
  if (end == ReaderEnd::failed) {
    ++counts_.failed;
    log::warn("Symbols not read", {{"reason", "no reader could be started in its sandbox"}});
    return {};
  }
  if (end == ReaderEnd::timed_out) ++counts_.timed_out;
  if (end == ReaderEnd::answered) {
    auto answer = decode_answer(reply.substr(sizeof(word)), *asked_);
    if (answer) return {.answer = std::move(answer), .hostile = false, .spent = {}};
  }
  if (end != ReaderEnd::timed_out) ++counts_.crashed;
  return {.answer = std::nullopt, .hostile = true, .spent = {}};
}

void Parser::wait(std::chrono::milliseconds most) {
  if (!asked_ || !process_) return;
  pollfd ready{.fd = process_->socket.value(), .events = POLLIN, .revents = 0};
  static_cast<void>(!::poll(&ready, 1, static_cast<int>(most.count())));
}

}  // namespace kernwise::symbols
