// SPDX-License-Identifier: Apache-2.0
#include "profiler/symbols/parser.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <fstream>
#include <string>

#include "profiler/symbols/byte_source.hpp"
#include "profiler/symbols/sandbox.hpp"
#include "test/unit/symbols/made_files.hpp"

namespace kernwise::symbols {
namespace {

const Question kQuestion{.kind = FileKind::program, .addresses = {0x1004}};

SymbolSource::Reply ask(Parser& parser, const std::string& bytes) {
  REQUIRE(parser.ask(kQuestion, test::memory_file(bytes), Monotonic::now()));
  for (int turn = 0; turn < 200; ++turn) {
    parser.wait(std::chrono::milliseconds(50));
    if (auto reply = parser.take(Monotonic::now())) return *reply;
  }
  FAIL("no reply");
  return {};
}

/// A parser process whose readers do `what` instead of reading.
StartParser parser_that(AnswerFile what) {
  return [what]() -> Result<ParserProcess> {
    int ends[2] = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
      return errno_error(errno, "socketpair");
    }
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::dup2(ends[1], kParserSocket);
      if (!give_up_privileges(kParserSocket)) ::_exit(1);
      ::_exit(serve_parser(kParserSocket, what));
    }
    ::close(ends[1]);
    return ParserProcess{.pid = pid, .socket = Fd(ends[0])};
  };
}

const std::string kGood = test::small_elf({{"first", 0x401000, 0x10}});

TEST_CASE("parser: a file is read in a process of its own and named", "[symbols]") {
  Parser parser;
  const auto reply = ask(parser, kGood);
  REQUIRE(reply.answer.has_value());
  CHECK(reply.answer->functions.at(0).symbol == "first");
  CHECK_FALSE(reply.hostile);
  const auto unreadable = ask(parser, "#!/bin/sh\n");
  REQUIRE(unreadable.answer.has_value());
  CHECK_FALSE(unreadable.answer->readable);
  CHECK(parser.counts().started == 1);
  CHECK(parser.counts().asked == 2);
}

TEST_CASE("parser: a reader that faults or grows costs one question, and the next file is read",
          "[symbols]") {
  const auto [name, what] = GENERATE(table<const char*, AnswerFile>({
      {"fault",
       [](const Question&, int) -> Answer {
         ::raise(SIGSEGV);
         return {};
       }},
      {"abort",
       [](const Question&, int) -> Answer {
         ::raise(SIGABRT);
         return {};
       }},
      {"open",
       [](const Question&, int) -> Answer {
         return {.readable = ::open("/etc/passwd", O_RDONLY) >= 0};
       }},
      {"socket",
       [](const Question&, int) -> Answer {
         return {.readable = ::socket(AF_INET, SOCK_STREAM, 0) >= 0};
       }},
      {"start a program",
       [](const Question&, int) -> Answer {
         return {.readable = ::execl("/bin/true", "true", nullptr) == 0};
       }},
      {"start a process",
       [](const Question&, int) -> Answer { return {.readable = ::fork() >= 0}; }},
      {"signal its parent",
       [](const Question&, int) -> Answer {
         return {.readable = ::kill(::getppid(), SIGTERM) == 0};
       }},
      {"executable memory",
       [](const Question&, int) -> Answer {
         void* got = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
         return {.readable = got != MAP_FAILED};
       }},
      {"too long an answer",
       [](const Question&, int) -> Answer {
         const std::string much(kMaxAnswerBytes * 2, 'x');
         return {.readable = ::write(1, much.data(), much.size()) > 0};
       }},
      {"no answer at all", [](const Question&, int) -> Answer { ::_exit(0); }},
      {"an answer to something else",
       [](const Question&, int) -> Answer {
         return {.readable = true, .functions = {{.begin = 1, .end = 2, .symbol = "f"}}};
       }},
  }));
  CAPTURE(name);
  const auto bad_then_good = [what](const Question& question, int fd) {
    return ByteSource::file(fd).size() < 16 ? what(question, fd) : answer_question(question, fd);
  };
  Parser parser(parser_that(bad_then_good));
  const auto reply = ask(parser, "hostile");
  CHECK_FALSE(reply.answer.has_value());
  CHECK(reply.hostile);
  CHECK(ask(parser, kGood).answer.has_value());
  CHECK(parser.counts().crashed == 1);
  CHECK(parser.counts().started == 1);
}

TEST_CASE("parser: a reader that works or waits without end is killed", "[symbols]") {
  const bool working = GENERATE(true, false);
  Parser parser(parser_that([working](const Question& question, int fd) {
    if (ByteSource::file(fd).size() > 16) return answer_question(question, fd);
    volatile bool forever = true;
    char byte = 0;
    while (forever) {
      // Nobody ever writes into its own pipe's other end.
      if (!working) static_cast<void>(!::read(1, &byte, 1));
    }
    return Answer{};
  }));
  const auto reply = ask(parser, "hostile");
  CHECK(reply.hostile);
  CHECK_FALSE(reply.answer.has_value());
  CHECK(ask(parser, kGood).answer.has_value());
}

TEST_CASE("parser: broken files of any kind all get their reply from one process", "[symbols]") {
  const auto inner = test::small_elf({{"inner", 0x401004, 0x10}});
  const auto whole = test::elf_of(
      {{.name = ".gopclntab",
        .bytes = test::go_table(test::GoForm::go120, {{"main.burn", 0x401000}}, 0x401100, 0x401000),
        .address = 1},
       {.name = ".gnu_debugdata", .bytes = test::packed(inner)}});
  Parser parser;
  std::uint32_t draw = 12345;
  for (int i = 0; i < 60; ++i) {
    auto bytes = whole;
    for (int edit = 0; edit < 8; ++edit) {
      draw = draw * 1664525U + 1013904223U;
      bytes[draw % bytes.size()] = static_cast<char>(draw >> 24);
    }
    if (i % 3 == 0) bytes.resize(draw % bytes.size());
    const auto reply = ask(parser, bytes);
    CHECK_FALSE(reply.hostile);
  }
  CHECK(ask(parser, whole).answer->functions.at(0).symbol == "main.burn");
  CHECK(parser.counts().started == 1);
}

TEST_CASE("parser: a process that ended is started again, not more than once a second",
          "[symbols]") {
  std::vector<pid_t> started;
  Parser parser([&]() -> Result<ParserProcess> {
    auto process = start_parser_program();
    if (process) started.push_back(process->pid);
    return process;
  });
  auto now = Monotonic::now();
  REQUIRE(parser.ask(kQuestion, test::memory_file(kGood), now));
  ::kill(started.at(0), SIGKILL);
  std::optional<SymbolSource::Reply> reply;
  while (!reply) {
    parser.wait(std::chrono::milliseconds(50));
    reply = parser.take(now);
  }
  const bool answered_before = reply->answer.has_value();
  if (!answered_before) CHECK_FALSE(reply->hostile);  // no fault of the file
  while (answered_before && parser.ask(kQuestion, test::memory_file(kGood), now)) {
    parser.wait(std::chrono::milliseconds(50));
    (void)parser.take(now);
  }
  CHECK_FALSE(parser.ask(kQuestion, test::memory_file(kGood), now));
  now += std::chrono::seconds(2);
  REQUIRE(parser.ask(kQuestion, test::memory_file(kGood), now));
  CHECK(started.size() == 2);
}

TEST_CASE("parser: its process has no capability, no descriptor but its own, and a low priority",
          "[symbols]") {
  pid_t pid = -1;
  Parser parser([&]() -> Result<ParserProcess> {
    auto process = start_parser_program();
    if (process) pid = process->pid;
    return process;
  });
  const int leaked = ::open("/etc/hostname", O_RDONLY);  // without O_CLOEXEC
  REQUIRE(ask(parser, kGood).answer.has_value());
  ::close(leaked);
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  std::string line, wanted;
  while (std::getline(status, line)) {
    if (line.starts_with("Cap") || line.starts_with("NoNewPrivs") || line.starts_with("FDSize")) {
      wanted += line + "\n";
    }
  }
  CAPTURE(wanted);
  CHECK(wanted.find("CapEff:\t0000000000000000") != std::string::npos);
  CHECK(wanted.find("CapPrm:\t0000000000000000") != std::string::npos);
  CHECK(wanted.find("NoNewPrivs:\t1") != std::string::npos);
}

}  // namespace
}  // namespace kernwise::symbols
