// SPDX-License-Identifier: Apache-2.0
#include "test/kernel/truth_program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "test/support/loopback.hpp"

namespace kernwise::test {
namespace {

constexpr int kPatienceMs = 30'000;

void pause_ms(long milliseconds) {
  timespec time{0, milliseconds * 1'000'000};
  ::nanosleep(&time, nullptr);
}

bool in_path(const std::string& program) {
  return std::system(("command -v " + program + " >/dev/null 2>&1").c_str()) == 0;
}

/// A folder that goes with this process.
const std::filesystem::path& scratch() {
  static const struct Scratch {
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("kernwise-truth-" + std::to_string(::getpid()));
    pid_t owner = ::getpid();
    Scratch() { std::filesystem::create_directory(path); }
    ~Scratch() {
      if (owner == ::getpid()) std::filesystem::remove_all(path);
    }
  } folder;
  return folder.path;
}

Language go_language(const std::string& source) {
  Language go{.name = "Go", .command = {}, .missing = {}};
  if (!in_path("go")) {
    go.missing = "no Go toolchain on this machine";
    return go;
  }
  const auto program = (scratch() / "truth-go").string();
  const auto build = "go build -o " + program + " " + source;
  if (std::system(build.c_str()) != 0) go.missing = "failed: " + build;
  go.command = {program};
  return go;
}

Language interpreted(const std::string& name, const std::string& program,
                     const std::string& source) {
  Language language{.name = name, .command = {program, source}, .missing = {}};
  if (!in_path(program)) language.missing = "no " + program + " on this machine";
  return language;
}

}  // namespace

const std::vector<Language>& languages() {
  const std::string folder = KW_TRUTH_SOURCES;
  static const std::vector<Language> all{
      {.name = "C++", .command = {KW_TRUTH_PROGRAM}, .missing = {}},
      go_language(folder + "/truth.go"),
      interpreted("Node", "node", folder + "/truth.js"),
      interpreted("Python", "python3", folder + "/truth.py"),
  };
  return all;
}

TruthProgram::TruthProgram(const Language& language, const std::string& mode, int service)
    : cgroup_(language.name + "-" + mode) {
  auto command = language.command;
  command.push_back(mode);
  command.push_back(std::to_string(service));
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
  output_ = Fd(ends[0]);
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    cgroup_.enter();
    ::dup2(ends[1], STDOUT_FILENO);
    std::vector<char*> arguments;
    for (auto& word : command) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
  ::close(ends[1]);
}

TruthProgram::~TruthProgram() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool TruthProgram::read_more(int timeout_ms) {
  pollfd waiting{output_.value(), POLLIN, 0};
  if (::poll(&waiting, 1, timeout_ms) != 1) return false;
  char text[4096];
  const auto count = ::read(output_.value(), text, sizeof(text));
  if (count <= 0) return false;
  unread_.append(text, static_cast<std::size_t>(count));
  for (auto end = unread_.find('\n'); end != std::string::npos; end = unread_.find('\n')) {
    take(unread_.substr(0, end));
    unread_.erase(0, end + 1);
  }
  return true;
}

void TruthProgram::take(const std::string& line) {
  double inbound = 0, blocked = 0;
  int port = 0;
  if (std::sscanf(line.c_str(), "port %d", &port) == 1) port_ = port;
  if (std::sscanf(line.c_str(), "truth %lf %lf", &inbound, &blocked) != 2) return;
  truth_.inbound = inbound;
  truth_.blocked = blocked;
  truth_.ready = true;
}

std::optional<int> TruthProgram::port() {
  while (!port_ && read_more(kPatienceMs)) {
  }
  return port_;
}

bool TruthProgram::has_begun() {
  while (!truth_.ready && read_more(kPatienceMs)) {
  }
  return truth_.ready;
}

const Truth& TruthProgram::truth() {
  while (read_more(0)) {
  }
  return truth_;
}

int start_delaying_service() {
  const Listener listener(64);
  if (::fork() == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (true) {
      const int client = listener.accept().release();
      std::thread([client] {
        char byte = 0;
        while (::read(client, &byte, 1) == 1) {
          pause_ms(40);
          static_cast<void>(!::write(client, &byte, 1));
        }
      }).detach();
    }
  }
  return listener.port();
}

void start_client(int port) {
  if (::fork() != 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const auto server = connect_to(loopback_address(static_cast<std::uint16_t>(port)));
  char byte = 'x';
  while (::write(server.value(), &byte, 1) == 1 && ::read(server.value(), &byte, 1) == 1)
    pause_ms(40);
  ::_exit(0);
}

}  // namespace kernwise::test
