// SPDX-License-Identifier: Apache-2.0
#include "profiler/symbols/resolver.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "profiler/symbols/elf_symbols.hpp"
#include "test/unit/symbols/known_functions.hpp"

namespace kernwise::symbols {
namespace {

std::uint32_t own_pid() {
  return static_cast<std::uint32_t>(::getpid());
}

/// Large enough for the symbols of a sanitized test program.
ResolverOptions roomy() {
  ResolverOptions options;
  options.cache_bytes = 256UL * 1024 * 1024;
  return options;
}

TEST_CASE("resolver: functions of this very process have their names", "[symbols]") {
  Resolver resolver(roomy());
  const auto plain = test::address_of(&kw_test_plain_function);
  CHECK(resolver.function_at(own_pid(), plain) == "kw_test_plain_function");
  CHECK(resolver.function_at(own_pid(), plain + 2) == "kw_test_plain_function");
  CHECK(resolver.function_at(own_pid(), test::address_of_multiply()) ==
        "kernwise::known::Worker::multiply");
  CHECK(resolver.function_at(own_pid(), test::address_of_sized() + 1) ==
        "kernwise::known::sized<long>");
}

TEST_CASE("resolver: a table that is too large is searched, and found names are kept",
          "[symbols]") {
  ResolverOptions options;
  options.cache_bytes = 128UL * 1024;
  Resolver resolver(options);
  const auto plain = test::address_of(&kw_test_plain_function);
  CHECK(resolver.function_at(own_pid(), plain) == "kw_test_plain_function");
  const auto bytes = resolver.cached_bytes();
  CHECK(resolver.function_at(own_pid(), plain + 1) == "kw_test_plain_function");
  CHECK(resolver.cached_bytes() == bytes);
}

TEST_CASE("resolver: functions of shared libraries have their names", "[symbols]") {
  Resolver resolver(roomy());
  void* libc = ::dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
  REQUIRE(libc != nullptr);
  void* function = ::dlsym(libc, "qsort_r");
  REQUIRE(function != nullptr);
  Dl_info where{};
  REQUIRE(::dladdr(function, &where) != 0);
  if (std::string(where.dli_fname).find("libc.so") != std::string::npos) {
    CHECK(resolver.function_at(own_pid(), test::address_of(static_cast<char*>(function))) ==
          "qsort_r");
  }
  ::dlclose(libc);
}

TEST_CASE("resolver: code without a symbol is named by its file", "[symbols]") {
  const test::TemporaryFolder folder;
  const auto path = folder.write("no\nelf", std::string(4096, '\xcc'));
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  void* code = ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
  REQUIRE(code != MAP_FAILED);
  Resolver resolver(roomy());
  CHECK(resolver.function_at(own_pid(), test::address_of(static_cast<char*>(code))) == "[noelf]");
  ::munmap(code, 4096);
  ::close(fd);
}

TEST_CASE("resolver: code made in memory and unknown addresses are said to be so", "[symbols]") {
  void* code = ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  REQUIRE(code != MAP_FAILED);
  Resolver resolver(roomy());
  CHECK(resolver.function_at(own_pid(), test::address_of(static_cast<char*>(code))) == "[jit]");
  CHECK(resolver.function_at(own_pid(), 0) == "[unknown]");
  CHECK(resolver.function_at(own_pid(), ~0ULL) == "[unknown]");
  CHECK(resolver.function_at(0, 4096) == "[unknown]");
  CHECK(resolver.function_at(4'000'000'000U, 4096) == "[unknown]");
  ::munmap(code, 4096);
}

TEST_CASE("resolver: maps are read again for an unknown address, once a second", "[symbols]") {
  MonoTime now{};
  auto options = roomy();
  options.now = [&] { return now; };
  Resolver resolver(options);
  CHECK(resolver.function_at(own_pid(), 0) == "[unknown]");
  void* code = ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  REQUIRE(code != MAP_FAILED);
  const auto address = test::address_of(static_cast<char*>(code));
  now += std::chrono::milliseconds(999);
  CHECK(resolver.function_at(own_pid(), address) == "[unknown]");
  now += std::chrono::milliseconds(1);
  CHECK(resolver.function_at(own_pid(), address) == "[jit]");
  ::munmap(code, 4096);
}

TEST_CASE("resolver: exec is noticed, and an ended process is still answered", "[symbols]") {
  const test::TemporaryFolder folder;
  std::filesystem::create_directories(folder.path() + "/42");
  const auto run = [&](const std::string& program, int stack) {
    folder.write("42/stat",
                 "42 (sh) S 1 1 1 0 -1 0 0 0 0 0 1 2 0 0 20 0 1 0 5555 1 1 1 4096 8192 " +
                     std::to_string(stack) + " 0 0 0");
    folder.write("42/maps", "1000-2000 r-xp 00000000 fe:00 7 /bin/" + program + "\n");
  };
  MonoTime now{};
  auto options = roomy();
  options.proc_root = folder.path();
  options.now = [&] { return now; };
  Resolver resolver(options);
  run("sh", 1000);
  CHECK(resolver.function_at(42, 0x1000) == "[sh]");
  run("program", 2000);
  now += std::chrono::milliseconds(99);
  CHECK(resolver.function_at(42, 0x1000) == "[sh]");
  now += std::chrono::milliseconds(1);
  CHECK(resolver.function_at(42, 0x1000) == "[program]");
  run("third", 3000);
  CHECK(resolver.function_at(42, 0x5000) == "[unknown]");  // looks at once
  CHECK(resolver.function_at(42, 0x1000) == "[third]");
  std::filesystem::remove_all(folder.path() + "/42");
  now += std::chrono::minutes(1);
  CHECK(resolver.function_at(42, 0x1000) == "[third]");
}

TEST_CASE("resolver: reading waits when its budget is spent", "[symbols]") {
  MonoTime now{};
  auto options = roomy();
  options.now = [&] { return now; };
  options.read_burst_bytes = 0;
  options.read_bytes_per_second = 1024;
  Resolver resolver(options);
  const auto plain = test::address_of(&kw_test_plain_function);
  CHECK(resolver.function_at(own_pid(), plain) == "[kw_test_symbols]");
  options.read_burst_bytes = 1;
  Resolver with_one(options);
  CHECK(with_one.function_at(own_pid(), plain) == "kw_test_plain_function");
}

TEST_CASE("resolver: a forgotten process is read anew", "[symbols]") {
  Resolver resolver(roomy());
  const auto plain = test::address_of(&kw_test_plain_function);
  CHECK(resolver.function_at(own_pid(), plain) == "kw_test_plain_function");
  const auto bytes = resolver.cached_bytes();
  resolver.forget(own_pid());
  CHECK(resolver.cached_bytes() < bytes);
  CHECK(resolver.function_at(own_pid(), plain) == "kw_test_plain_function");
  resolver.forget(12345678);
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
  /// Waits until exec has happened: the program's path is what /proc says.
  void wait_for_exec(const std::string& program) const {
    const std::string link = "/proc/" + std::to_string(pid_) + "/exe";
    std::error_code error;
    while (std::filesystem::read_symlink(link, error) != program && !error) ::usleep(1000);
  }

 private:
  pid_t pid_ = -1;
  int input_ = -1;
};

TEST_CASE("resolver: a C++ program is not Go", "[symbols]") {
  Resolver resolver(roomy());
  CHECK_FALSE(resolver.is_go(own_pid()));
  CHECK_FALSE(resolver.is_go(4'000'000'000U));
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

/// Where the symbol of `name` lies in a running, statically linked program.
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

TEST_CASE("resolver: functions of a Go program are named verbatim", "[symbols]") {
  if (std::system("go version >/dev/null 2>&1") != 0) SKIP("no go on PATH");
  const test::TemporaryFolder folder;
  const auto source = folder.write("main.go", kGoProgram);
  const auto program = folder.path() + "/program";
  const std::string build = "cd " + folder.path() +
                            " && GOFLAGS=-mod=mod GO111MODULE=off CGO_ENABLED=0 GOTOOLCHAIN=local"
                            " go build -o " +
                            program + " " + source + " >/dev/null 2>&1";
  if (std::system(build.c_str()) != 0) SKIP("go cannot build here");
  const Child child(program);
  child.wait_for_exec(program);
  Resolver resolver(roomy());
  CHECK(resolver.is_go(child.pid()));
  CHECK(resolver.function_at(child.pid(), symbol_address(program, "main.burnCycles")) ==
        "main.burnCycles");
  CHECK(resolver.function_at(child.pid(), symbol_address(program, "main.(*worker).spin") + 1) ==
        "main.(*worker).spin");
}

}  // namespace
}  // namespace kernwise::symbols
