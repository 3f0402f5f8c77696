// SPDX-License-Identifier: Apache-2.0
#include "profiler/symbols/resolver.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "test/fakes/direct_parser.hpp"
#include "test/unit/symbols/known_functions.hpp"

namespace kernwise::symbols {
namespace {

std::uint32_t own_pid() {
  return static_cast<std::uint32_t>(::getpid());
}

/// A resolver whose files are read at once.
Resolver direct(ResolverOptions options = {}) {
  return Resolver(std::move(options), std::make_unique<test::DirectParser>());
}

TEST_CASE("resolver: functions of this very process have their names", "[symbols]") {
  auto resolver = direct();
  const auto plain = test::address_of(&kw_test_plain_function);
  CHECK(resolver.function_at(own_pid(), plain) == "kw_test_plain_function");
  CHECK(resolver.function_at(own_pid(), plain + 2) == "kw_test_plain_function");
  CHECK(resolver.function_at(own_pid(), test::address_of_multiply()) ==
        "kernwise::known::Worker::multiply");
  CHECK(resolver.function_at(own_pid(), test::address_of_sized() + 1) ==
        "kernwise::known::sized<long>");
}

TEST_CASE("resolver: the files are read by the process beside", "[symbols]") {
  Resolver resolver({}, std::make_unique<Parser>());
  const auto plain = test::address_of(&kw_test_plain_function);
  CHECK(resolver.function_at(own_pid(), plain) == "kw_test_plain_function");
  const auto bytes = resolver.cached_bytes();
  CHECK(resolver.function_at(own_pid(), plain + 1) == "kw_test_plain_function");
  CHECK(resolver.cached_bytes() == bytes);
}

TEST_CASE("resolver: without a parser everything is called by its file", "[symbols]") {
  Resolver resolver;
  const auto plain = test::address_of(&kw_test_plain_function);
  CHECK(resolver.function_at(own_pid(), plain) == "[kw_test_symbols]");
  CHECK(resolver.is_go(own_pid()) == false);
  CHECK_FALSE(resolver.busy());
}

TEST_CASE("resolver: functions of shared libraries have their names", "[symbols]") {
  auto resolver = direct();
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
  auto resolver = direct();
  CHECK(resolver.function_at(own_pid(), test::address_of(static_cast<char*>(code))) == "[noelf]");
  ::munmap(code, 4096);
  ::close(fd);
}

TEST_CASE("resolver: code made in memory and unknown addresses are said to be so", "[symbols]") {
  void* code = ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  REQUIRE(code != MAP_FAILED);
  auto resolver = direct();
  CHECK(resolver.function_at(own_pid(), test::address_of(static_cast<char*>(code))) == "[jit]");
  CHECK(resolver.function_at(own_pid(), 0) == "[unknown]");
  CHECK(resolver.function_at(own_pid(), ~0ULL) == "[unknown]");
  CHECK(resolver.function_at(0, 4096) == "[unknown]");
  CHECK(resolver.function_at(4'000'000'000U, 4096) == "[unknown]");
  ::munmap(code, 4096);
}

TEST_CASE("resolver: maps are read again for an unknown address, once a second", "[symbols]") {
  MonoTime now{};
  ResolverOptions options;
  options.now = [&] { return now; };
  auto resolver = direct(options);
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
  ResolverOptions options;
  options.proc_root = folder.path();
  options.now = [&] { return now; };
  auto resolver = direct(options);
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

TEST_CASE("resolver: a container that spent its reading time waits, others do not", "[symbols]") {
  const test::TemporaryFolder folder;
  MonoTime now{};
  ResolverOptions options;
  options.now = [&] { return now; };
  options.read_burst = std::chrono::milliseconds(100);
  options.read_share = 0.1;
  auto slow = std::make_unique<test::DirectParser>([&](const Question& question, int fd) {
    now += std::chrono::seconds(1);  // what DirectParser does not measure, the next line does
    return answer_question(question, fd);
  });
  // Replies carry the time they took.
  class Timed final : public SymbolSource {
   public:
    explicit Timed(std::unique_ptr<SymbolSource> source) : source_(std::move(source)) {}
    bool ask(const Question& question, Fd file, MonoTime at) override {
      return source_->ask(question, std::move(file), at);
    }
    [[nodiscard]] bool busy() const override { return source_->busy(); }
    std::optional<Reply> take(MonoTime at) override {
      auto reply = source_->take(at);
      if (reply) reply->spent = std::chrono::seconds(1);
      return reply;
    }
    void wait(std::chrono::milliseconds most) override { source_->wait(most); }

   private:
    std::unique_ptr<SymbolSource> source_;
  };
  Resolver resolver(options, std::make_unique<Timed>(std::move(slow)));
  const auto name_for = [&](std::uint64_t address, std::uint32_t owner) {
    const auto frame = resolver.locate(own_pid(), address, owner);
    resolver.wait(std::chrono::milliseconds(100));
    return resolver.name(frame);
  };
  const auto plain = test::address_of(&kw_test_plain_function);
  const auto other = test::address_of_multiply();
  CHECK(name_for(plain, 7) == "kw_test_plain_function");
  CHECK(name_for(other, 7) == "[kw_test_symbols]");  // 1 s spent of 0.1 s
  const auto library =
      reinterpret_cast<std::uint64_t>(::dlsym(RTLD_DEFAULT, "lzma_version_number"));
  CHECK(name_for(library, 8) == "lzma_version_number");
  now += std::chrono::seconds(10);
  CHECK(name_for(other, 7) == "kernwise::known::Worker::multiply");
}

TEST_CASE("resolver: a hostile file is remembered for ten minutes", "[symbols]") {
  MonoTime now{};
  ResolverOptions options;
  options.now = [&] { return now; };
  int asked = 0;
  auto refusing = std::make_unique<test::DirectParser>([&](const Question&, int) {
    ++asked;
    return Answer{};
  });
  Resolver resolver(options, std::move(refusing));
  const auto plain = test::address_of(&kw_test_plain_function);
  for (int i = 0; i < 5; ++i) {
    CHECK(resolver.function_at(own_pid(), plain + static_cast<std::uint64_t>(i)) ==
          "[kw_test_symbols]");
  }
  CHECK(asked == 1);
  now += std::chrono::minutes(11);
  CHECK(resolver.function_at(own_pid(), plain) == "[kw_test_symbols]");
  CHECK(asked == 2);
}

TEST_CASE("resolver: code made at run time is named by the process' perf map", "[symbols]") {
  void* code = ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  REQUIRE(code != MAP_FAILED);
  const auto address = test::address_of(static_cast<char*>(code));
  const std::string path = "/tmp/perf-" + std::to_string(own_pid()) + ".map";
  const auto write_map = [&](const std::string& lines) { std::ofstream(path) << lines; };
  char line[128];
  (void)std::snprintf(line, sizeof(line), "%llx 100 py::burn:/app/main.py\n",
                      static_cast<unsigned long long>(address));
  write_map(line);
  MonoTime now{};
  ResolverOptions options;
  options.now = [&] { return now; };
  auto resolver = direct(options);
  CHECK(resolver.function_at(own_pid(), address + 8) == "py::burn:/app/main.py");
  CHECK(resolver.function_at(own_pid(), address + 0x180) == "[jit]");
  std::string grown = line;
  (void)std::snprintf(line, sizeof(line), "%llx 100 py::spin:/app/main.py\n",
                      static_cast<unsigned long long>(address + 0x100));
  write_map(grown + line);
  now += std::chrono::seconds(2);
  CHECK(resolver.function_at(own_pid(), address + 0x180) == "py::spin:/app/main.py");
  std::filesystem::remove(path);
  std::filesystem::create_symlink("/etc/passwd", path);
  now += std::chrono::seconds(2);
  auto without = direct(options);
  CHECK(without.function_at(own_pid(), address) == "[jit]");
  std::filesystem::remove(path);
  ::munmap(code, 4096);
}

TEST_CASE("resolver: kernel addresses are named where the reader may know them", "[symbols]") {
  const test::TemporaryFolder folder;
  folder.write("kallsyms", "ffffffff81000000 T _text\nffffffff81000100 t do_work\n");
  ResolverOptions options;
  options.proc_root = folder.path();
  auto resolver = direct(options);
  const auto frame = resolver.locate_kernel(0xffffffff81000104);
  CHECK(resolver.name(frame) == "[kernel]");
  resolver.wait(std::chrono::seconds(1));
  CHECK(resolver.name(frame) == "do_work");
}

TEST_CASE("resolver: a forgotten process is read anew", "[symbols]") {
  auto resolver = direct();
  const auto plain = test::address_of(&kw_test_plain_function);
  CHECK(resolver.function_at(own_pid(), plain) == "kw_test_plain_function");
  const auto bytes = resolver.cached_bytes();
  resolver.forget(own_pid());
  CHECK(resolver.cached_bytes() < bytes);
  CHECK(resolver.function_at(own_pid(), plain) == "kw_test_plain_function");
  resolver.forget(12345678);
}

}  // namespace
}  // namespace kernwise::symbols
