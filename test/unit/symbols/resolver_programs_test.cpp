// SPDX-License-Identifier: Apache-2.0
// Real programs of other languages, built in the test where their tools are on the machine.
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "profiler/symbols/resolver.hpp"
#include "test/fakes/direct_parser.hpp"
#include "test/support/eventually.hpp"
#include "test/unit/symbols/known_functions.hpp"

namespace kernwise::symbols {
namespace {

std::uint32_t own_pid() {
  return static_cast<std::uint32_t>(::getpid());
}

Resolver direct() {
  return Resolver({}, std::make_unique<test::DirectParser>());
}

/// A child that waits until its input is closed.
class Child {
 public:
  explicit Child(const std::string& program) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(ends[0], 0);
      ::close(ends[0]);
      ::close(ends[1]);
      ::execl(program.c_str(), program.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(ends[0]);
    input_ = ends[1];
  }
  ~Child() {
    ::close(input_);
    ::waitpid(pid_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  [[nodiscard]] std::uint32_t pid() const { return static_cast<std::uint32_t>(pid_); }
  /// Waits until exec has happened and the program sleeps, waiting for its input.
  void wait_for_exec(const std::string& program) const {
    const std::string folder = "/proc/" + std::to_string(pid_);
    std::error_code error;
    const std::chrono::milliseconds often{1};
    REQUIRE(test::eventually(
        std::chrono::seconds(10),
        [&] { return std::filesystem::read_symlink(folder + "/exe", error) == program || error; },
        often));
    REQUIRE(test::eventually(
        std::chrono::seconds(10),
        [&] { return test::content_of(folder + "/stat").find(") S ") != std::string::npos; },
        often));
  }

 private:
  pid_t pid_ = -1;
  int input_ = -1;
};

TEST_CASE("resolver: a C++ program is not Go", "[symbols]") {
  auto resolver = direct();
  CHECK_FALSE(resolver.is_go(own_pid()).has_value());
  resolver.wait(std::chrono::seconds(3));
  CHECK(resolver.is_go(own_pid()) == false);
  CHECK(resolver.is_go(4'000'000'000U) == false);
}

constexpr const char* kGoProgram = R"(package main

import (
	"io"
	"os"
)

type worker struct{ n int }

//go:noinline
func (w *worker) spin() int { return w.n * 3 }

//go:noinline
func burnCycles(n int) int { return n + 1 }

func main() {
	w := worker{n: len(os.Args)}
	if w.spin()+burnCycles(1) < 0 {
		os.Exit(1)
	}
	io.Copy(io.Discard, os.Stdin)
}
)";

/// Where the symbol of `name` lies in a statically linked program.
std::uint64_t symbol_address(const std::string& program, const std::string& name) {
  const std::string command = "go tool nm " + program + " 2>/dev/null";
  FILE* output = ::popen(command.c_str(), "r");
  if (output == nullptr) return 0;
  std::uint64_t found = 0;
  char line[1024];
  while (std::fgets(line, sizeof(line), output) != nullptr) {
    std::string text(line);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    if (text.ends_with(" " + name)) found = std::strtoull(text.c_str(), nullptr, 16);
  }
  ::pclose(output);
  return found;
}

/// What has to be added to the program's addresses; Go's linker lets them begin at 0x400000.
std::uint64_t moved_by(std::uint32_t pid, const std::string& program) {
  std::ifstream maps("/proc/" + std::to_string(pid) + "/maps");
  std::string line;
  while (std::getline(maps, line) && !line.ends_with(program)) continue;
  return std::strtoull(line.c_str(), nullptr, 16) - 0x400000;
}

/// False when it cannot be built here.
bool build_go(const test::TemporaryFolder& folder, const std::string& source,
              const std::string& options, const std::string& program) {
  const std::string build = "cd " + folder.path() +
                            " && GOFLAGS=-mod=mod GO111MODULE=off CGO_ENABLED=0 GOTOOLCHAIN=local"
                            " go build " +
                            options + " -o " + program + " " + source + " >/dev/null 2>&1";
  return std::system(build.c_str()) == 0;
}

TEST_CASE("resolver: functions of a Go program are named, stripped or not", "[symbols]") {
  if (std::system("go version >/dev/null 2>&1") != 0) SKIP("no go on PATH");
  const bool anywhere = GENERATE(false, true);
  const test::TemporaryFolder folder;
  const auto source = folder.write("main.go", kGoProgram);
  const std::string mode = anywhere ? "-buildmode=pie " : "";
  const auto full = folder.path() + "/full";
  const auto program = folder.path() + "/program";
  if (!build_go(folder, source, mode, full)) SKIP("go cannot build here");
  REQUIRE(build_go(folder, source, mode + "-ldflags='-s -w'", program));
  const Child child(program);
  child.wait_for_exec(program);
  auto resolver = direct();
  CHECK_FALSE(resolver.is_go(child.pid()).has_value());
  resolver.wait(std::chrono::seconds(3));
  CHECK(resolver.is_go(child.pid()) == true);
  // The code of both is the same; what stripping takes away lies behind it.
  const auto base = moved_by(child.pid(), program);
  CHECK(resolver.function_at(child.pid(), base + symbol_address(full, "main.burnCycles")) ==
        "main.burnCycles");
  CHECK(resolver.function_at(child.pid(), base + symbol_address(full, "main.(*worker).spin") + 1) ==
        "main.(*worker).spin");
}

}  // namespace
}  // namespace kernwise::symbols
