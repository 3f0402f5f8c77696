// SPDX-License-Identifier: Apache-2.0
// What slowhttptest does, at the scheduler's listener with the limits that it ships with: 2,000
// connections that send a header or a body byte by byte, read nothing, or say nothing at all.
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <catch2/catch_all.hpp>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "orchestrator/app/orchestrator.hpp"
#include "test/support/raw_client.hpp"

namespace kernwise::orchestrator {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kPerTick = 250, kOpenTicks = 8;
constexpr int kNodes = 5'000;  // so many that an answer does not fit into a socket
constexpr std::chrono::milliseconds kGone = 15s, kTick = 250ms;

std::string node_name(int number) {
  return "node-of-a-cluster-with-long-names-" + std::to_string(10'000 + number);
}

std::string question() {
  std::string names;
  for (int number = 0; number < kNodes; ++number) {
    names += (number == 0 ? "\"" : ",\"") + node_name(number) + "\"";
  }
  return R"({"Pod":{"metadata":{"name":"p","namespace":"shop","uid":"u"}},"Nodes":null,"NodeNames":[)" +
         names + "]}";
}

std::string head(std::size_t bytes) {
  return "POST /filter HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
         "Content-Length: " +
         std::to_string(bytes) + "\r\n\r\n";
}

enum class Attack : std::uint8_t { slow_header, slow_body, slow_read, silent };

class Attacker {
 public:
  Attacker(Attack attack, std::uint16_t port, const std::string& request)
      : attack_(attack), socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int small = 1;  // the kernel makes it as small as it can
    ::setsockopt(socket_.value(), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(socket_.value(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) ==
            0);
    if (attack == Attack::slow_header) say("POST /filter HTTP/1.1\r\nHost: x\r\nX-A: ");
    if (attack == Attack::slow_body) say(head(60UL * 1024 * 1024) + "{");
    if (attack == Attack::slow_read) say(request);
  }

  void go_on() {
    if (attack_ == Attack::slow_header || attack_ == Attack::slow_body) say("a");
  }

 private:
  void say(const std::string& text) {
    ::send(socket_.value(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  Attack attack_;
  Fd socket_;
};

class Descriptors {
 public:
  Descriptors() {
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    const rlimit wide{std::max<rlim_t>(before_.rlim_cur, 8'192), before_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &wide) == 0);
  }
  ~Descriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  Descriptors(const Descriptors&) = delete;
  Descriptors& operator=(const Descriptors&) = delete;

 private:
  rlimit before_{};
};

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

std::unique_ptr<Orchestrator> started() {
  Config config;
  config.scheduler_listen = config.ingest_listen = config.api_listen = "127.0.0.1:0";
  config.scaling_interval = std::chrono::hours(1);
  return Orchestrator::start(config).value();
}

}  // namespace

TEST_CASE("scheduler listener: 2,000 slow connections are gone in 15 s, and nobody waits for them",
          "[orchestrator][fault]") {
  const Descriptors descriptors;
  const auto program = started();
  const std::uint16_t port = program->ports().scheduler;
  const std::string request = question();
  const std::string whole = head(request.size()) + request;
  test::RawClient scheduler(port);
  const std::size_t before = open_descriptors();
  std::vector<Attacker> attackers;
  attackers.reserve(kOpenTicks * kPerTick);
  std::vector<double> waits;
  const MonoTime begin = Monotonic::now();
  const MonoTime last_opened = begin + kOpenTicks * kTick;
  for (MonoTime next = begin; next < last_opened + kGone; next += kTick) {
    for (Attacker& attacker : attackers) attacker.go_on();
    for (std::size_t i = 0; next < last_opened && i < kPerTick; ++i) {
      attackers.emplace_back(static_cast<Attack>(i % 4), port, whole);
    }
    const MonoTime asked = Monotonic::now();
    REQUIRE(scheduler.send(whole));
    const auto answer = scheduler.read_answer();
    REQUIRE(answer);
    REQUIRE(answer->status == 200);
    waits.push_back(1e3 * Seconds(Monotonic::now() - asked).count());
    std::this_thread::sleep_until(next + kTick);
  }
  // What is left are our own ends of the connections.
  CHECK(attackers.size() == 2'000);
  CHECK(open_descriptors() <= before + attackers.size() + 5);
  std::sort(waits.begin(), waits.end());
  std::printf("good calls under 2,000 slow connections: %zu, p50 %.1f ms, p99 %.1f ms\n",
              waits.size(), waits[waits.size() / 2], waits[waits.size() * 99 / 100]);
}

}  // namespace kernwise::orchestrator
