// SPDX-License-Identifier: Apache-2.0
#include "profiler/app/options.hpp"

#include <catch2/catch_all.hpp>

#include "test/support/show_result.hpp"

namespace kernwise::profiler {

TEST_CASE("options: every default passes its own check", "[profiler]") {
  const auto loaded = options::load(program(), {}, {});
  REQUIRE(loaded);
  REQUIRE(loaded->settings);
  CHECK(loaded->settings->milliseconds("window") == 5000);
  CHECK(loaded->settings->text("listen") == "127.0.0.1:5000");
  CHECK(loaded->settings->list("filter.exclude_namespaces").size() == 3);
}

TEST_CASE("options: a window outside 1s..60s is refused by name", "[profiler]") {
  const auto loaded = options::load(program(), {"--window", "61s"}, {});
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().message().find("window") != std::string::npos);
}

namespace {

options::Settings settings_of(const std::vector<std::string>& arguments) {
  return *options::load(program(), arguments, {})->settings;
}

}  // namespace

TEST_CASE("collectors: the profile decides, custom takes the switches", "[profiler]") {
  const auto of = [](const std::vector<std::string>& arguments) {
    return collectors(settings_of(arguments));
  };
  const auto minimal = of({"--profile", "minimal"});
  CHECK((minimal.cpu && minimal.oom && minimal.disk && minimal.cgroup_memory));
  CHECK_FALSE((minimal.stacks || minimal.tcp || minimal.waits || minimal.faults));
  CHECK(of({"--profile", "standard", "--collect.tcp", "false"}).tcp);
  CHECK_FALSE(of({"--profile", "standard"}).syscalls);
  CHECK(of({"--profile", "comprehensive"}).syscalls);
  CHECK_FALSE(of({"--profile", "custom", "--collect.tcp", "false"}).tcp);
}

TEST_CASE("collectors: a switch that is off loads no program", "[profiler]") {
  const auto programs = [](const std::vector<std::string>& arguments) {
    return *program_options(settings_of(arguments));
  };
  const auto minimal = programs({"--profile", "minimal"});
  CHECK_FALSE((minimal.network || minimal.stacks || minimal.reasons || minimal.faults));
  CHECK(minimal.syscalls.empty());
  CHECK(programs({"--profile", "comprehensive"}).syscalls.size() == 10);
  const auto nothing = programs({"--profile", "custom", "--collect.cpu", "false", "--collect.waits",
                                 "false", "--collect.oom", "false", "--collect.disk", "false"});
  CHECK_FALSE((nothing.scheduler || nothing.oom || nothing.block));
}

TEST_CASE("syscalls.tracked: what is no system call is refused by name", "[profiler]") {
  const auto [written, said] = GENERATE(table<std::string, std::string>({
      {"read,raed", "'raed'"},
      {"read,read", "twice"},
      {"read,write,open,close,stat,fstat,lstat,poll,lseek,mmap,mprotect,munmap,brk,ioctl,access,"
       "pipe,select",
       "at most 16"},
  }));
  CAPTURE(written);
  const auto tracked = tracked_syscalls(settings_of({"--syscalls.tracked", written}));
  REQUIRE_FALSE(tracked);
  CHECK(tracked.error().message().find("syscalls.tracked") != std::string::npos);
  CHECK(tracked.error().message().find(said) != std::string::npos);
}

TEST_CASE("export_options: what no hook counts is absent", "[profiler]") {
  const auto settings = settings_of({"--profile", "comprehensive"});
  const auto shown = export_options(settings, {{"sock_send_length", "off", "too old"},
                                               {"mark_victim", "off", "refused"},
                                               {"sys_enter", "off", "refused"}});
  CHECK_FALSE(shown.tcp_bytes);
  CHECK_FALSE(shown.collected.oom);
  CHECK_FALSE(shown.collected.syscalls);
  CHECK(shown.collected.tcp);
}

}  // namespace kernwise::profiler
