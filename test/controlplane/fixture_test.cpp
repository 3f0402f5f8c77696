// SPDX-License-Identifier: Apache-2.0
// The parts of the control plane for tests that need none.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <string>

#include "common/base/fd.hpp"
#include "common/base/file.hpp"
#include "test/controlplane/cluster.hpp"
#include "test/controlplane/run.hpp"
#include "test/controlplane/scheduler_config.hpp"

namespace kernwise::test {
namespace {

using namespace std::chrono_literals;

/// 0, or why a server cannot listen on that port of loopback.
int listen_error(std::uint16_t port, bool shares) {
  const Fd server(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int yes = shares ? 1 : 0;
  setsockopt(server.value(), SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  const bool listens =
      bind(server.value(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
      listen(server.value(), 1) == 0;
  return listens ? 0 : errno;
}

}  // namespace

TEST_CASE("run: gives what a program wrote and how it ended", "[controlplane]") {
  const auto [script, status, output, errors] =
      GENERATE(table<std::string, int, std::string, std::string>({
          {"cat; echo no >&2; exit 3", 3, "input", "no\n"},
          {"kill -9 $$", 128 + 9, "", ""},
          // More than a pipe holds, and nobody reads along.
          {"head -c 200000 /dev/zero | tr '\\0' x", 0, std::string(200'000, 'x'), ""},
      }));
  CAPTURE(script);
  const auto ended = run({.program = "/bin/sh", .arguments = {"-c", script}, .input = "input"});
  REQUIRE(ended.has_value());
  CHECK(ended->status == status);
  CHECK(ended->output == output);
  CHECK(ended->errors == errors);
}

TEST_CASE("run: a program that takes too long is killed, one that is missing says so",
          "[controlplane]") {
  const auto slow = run({.program = "/bin/sleep", .arguments = {"600"}, .patience = 50ms});
  REQUIRE_FALSE(slow.has_value());
  CHECK(slow.error().message().find("took too long") != std::string::npos);
  const auto missing = run({.program = "/nowhere/program"});
  REQUIRE(missing.has_value());
  CHECK(missing->status == 126);
}

TEST_CASE("port: kept for who shares it, again and again, and taken from everybody else",
          "[controlplane]") {
  const auto port = Port::reserve();
  REQUIRE(port.has_value());
  for (int start = 0; start < 3; ++start) CHECK(listen_error(port->number(), true) == 0);
  CHECK(listen_error(port->number(), false) == EADDRINUSE);
}

TEST_CASE("folder: for its owner only, and gone with it", "[controlplane]") {
  std::string path;
  {
    const auto folder = Folder::make();
    REQUIRE(folder.has_value());
    path = folder->path();
    struct stat about{};
    REQUIRE(stat(path.c_str(), &about) == 0);
    CHECK((about.st_mode & 0777U) == 0700U);
    REQUIRE(write_private(path + "/file", "text").has_value());
    CHECK(read_file(path + "/file").value() == "text");
    // The next one must not take it for left behind.
    const auto next = Folder::make();
    REQUIRE(next.has_value());
    CHECK(std::filesystem::exists(path));
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("credentials: every user has a token of its own", "[controlplane]") {
  const auto tokens = make_tokens();
  REQUIRE(tokens.has_value());
  CHECK(tokens->admin.size() == 32);
  CHECK(tokens->admin != tokens->kwok);
  const std::string file = token_file(*tokens);
  CHECK(file.find(tokens->admin + ",admin,1,\"system:masters\"\n") != std::string::npos);
  CHECK(file.find(tokens->scheduler + ",system:kube-scheduler,") != std::string::npos);
}

TEST_CASE("scheduler configuration: only what must change is changed", "[controlplane]") {
  const auto config = shipped_config("second-scheduler.yaml", "http://127.0.0.1:7");
  REQUIRE(config.has_value());
  CHECK(config->find("urlPrefix: http://127.0.0.1:7") != std::string::npos);
  for (const char* kept : {"prioritizeVerb: prioritize", "weight: 3", "ignorable: true",
                           "httpTimeout: 200ms", "schedulerName: kernwise-scheduler"})
    CHECK(config->find(kept) != std::string::npos);
  const auto connected = connect_scheduler(*config, "/some/kubeconfig");
  REQUIRE(connected.has_value());
  CHECK(connected->find("kubeconfig: /some/kubeconfig") != std::string::npos);
  CHECK(connected->find("urlPrefix: http://127.0.0.1:7") != std::string::npos);
}

TEST_CASE("scheduler configuration: what is none is refused", "[controlplane]") {
  CHECK_FALSE(connect_scheduler("- a list", "k").has_value());
  CHECK_FALSE(connect_scheduler("{", "k").has_value());
  CHECK_FALSE(shipped_config("no-such.yaml", "u").has_value());
}

TEST_CASE("programs: what is missing is said, and nothing is built in a test", "[controlplane]") {
  const auto cache = Folder::make();
  REQUIRE(cache.has_value());
  const auto build = [&](const std::string& arguments) {
    return run({.program = "/bin/sh",
                .arguments = {"-c", "KERNWISE_CACHE=" + cache->path() + " " +
                                        KERNWISE_CONTROLPLANE_BUILD + " --check " + arguments}});
  };
  const auto missing = build("");
  REQUIRE(missing.has_value());
  CHECK((missing->status == 1 || missing->status == 3));  // 3: without Go
  CHECK_FALSE(missing->output.empty());
  const auto unknown = build("--minor 1.2");
  REQUIRE(unknown.has_value());
  CHECK(unknown->status == 2);
  CHECK(unknown->errors.find("unknown minor '1.2'") != std::string::npos);

  // Programs of other versions than those that are asked for do not count.
  const std::string program = cache->path() + "/controlplane/1.36.3";
  std::filesystem::create_directories(program);
  REQUIRE(write_private(program + "/versions", "kubernetes 1.0.0\n").has_value());
  CHECK(build("").value().status != 0);
}

TEST_CASE("nodes: three digits at least", "[controlplane]") {
  CHECK(node_names(2) == std::vector<std::string>{"node-000", "node-001"});
  CHECK(node_names(2, 999) == std::vector<std::string>{"node-999", "node-1000"});
}

}  // namespace kernwise::test
