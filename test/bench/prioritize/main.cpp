// SPDX-License-Identifier: Apache-2.0
// What kube-scheduler would see of the orchestrator, beside an extender of the same semantics in
// Go, our server without the work, and one that moves the bytes without even HTTP: one core each,
// the same client on the other core, in interleaved rounds. Ratios are medians over the rounds;
// single figures mean little on a shared machine.
#include <stdlib.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/base/log.hpp"
#include "test/bench/prioritize/background.hpp"
#include "test/bench/prioritize/bodies.hpp"
#include "test/bench/prioritize/connection.hpp"
#include "test/bench/prioritize/load.hpp"
#include "test/bench/prioritize/memory.hpp"
#include "test/bench/prioritize/servers.hpp"
#include "test/bench/prioritize/twin.hpp"
#include "test/support/eventually.hpp"

namespace {

using namespace kernwise;
using namespace kernwise::bench;
using Clock = std::chrono::steady_clock;

constexpr double kTailGoal = 3, kDisturbedGoal = 2, kMovedGoal = 1.8;

struct Case {
  const char* name;
  std::string path;
  std::string body;
  int connections;         ///< for requests per second
  bool in_go = true;       ///< the peer has this verb
  double times_go = 0;     ///< goal for requests per second; 0: none is set
  double times_moved = 0;  ///< goal for the p50
};

/// One round of one server.
struct Round {
  double p50 = 0, p99 = 0, per_second = 0, busy = 0;
  double per_cpu_second = 0;  ///< requests per second of the server's CPU time
};

double quantile(std::vector<double>& values, double part) {
  const auto at = static_cast<std::ptrdiff_t>(part * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

std::vector<double> latencies(const Server& server, const std::string& request,
                              std::chrono::milliseconds time) {
  Connection connection(server.port());
  for (int warm_up = 0; warm_up < 5; ++warm_up) connection.exchange(request);
  std::vector<double> micros;
  const auto begin = Clock::now();
  while (Clock::now() - begin < time) {
    const auto sent = Clock::now();
    connection.exchange(request);
    micros.push_back(std::chrono::duration<double, std::micro>(Clock::now() - sent).count());
  }
  return micros;
}

/// `least` bytes of answer prove an opinion.
Round measure(const Server& server, const Case& asked, std::chrono::milliseconds time,
              std::size_t least) {
  const std::string request = request_text(asked.path, asked.body);
  auto micros = latencies(server, request, time);
  Round round{.p50 = quantile(micros, .5), .p99 = quantile(micros, .99)};
  if (asked.connections == 0) return round;
  const auto load = Load(server.port(), request, asked.connections, least).run(server.pid(), time);
  round.per_second = load.per_second;
  round.busy = load.server_busy;
  round.per_cpu_second = load.per_second / load.server_busy;
  return round;
}

double median_of(const std::vector<Round>& rounds, double Round::* figure) {
  std::vector<double> values;
  values.reserve(rounds.size());
  for (const Round& round : rounds) values.push_back(round.*figure);
  return quantile(values, .5);
}

double median_ratio(const std::vector<Round>& above, const std::vector<Round>& below,
                    double Round::* figure) {
  std::vector<double> ratios;
  ratios.reserve(above.size());
  for (std::size_t i = 0; i < above.size(); ++i) {
    ratios.push_back(above[i].*figure / (below[i].*figure));
  }
  return quantile(ratios, .5);
}

/// Of two figures of the same rounds.
double median_ratio_of(const std::vector<Round>& rounds, double Round::* above,
                       double Round::* below) {
  std::vector<double> ratios;
  ratios.reserve(rounds.size());
  for (const Round& round : rounds) ratios.push_back(round.*above / (round.*below));
  return quantile(ratios, .5);
}

void print(const char* server, const std::vector<Round>& rounds) {
  std::printf(
      "    %-6s %9.0f requests/s (%3.0f %% of its core, %7.1f us of it each)   p50 %8.0f us   "
      "p99 %8.0f us\n",
      server, median_of(rounds, &Round::per_second), 100 * median_of(rounds, &Round::busy),
      1e6 / median_of(rounds, &Round::per_cpu_second), median_of(rounds, &Round::p50),
      median_of(rounds, &Round::p99));
}

/// `8.3 (goal 15)`.
std::string beside_goal(double figure, const char* sign, double goal) {
  std::array<char, 64> text{};
  if (goal == 0) {
    std::snprintf(text.data(), text.size(), "%.2f", figure);
  } else {
    std::snprintf(text.data(), text.size(), "%.2f (goal %s %.4g)", figure, sign, goal);
  }
  return text.data();
}

struct Servers {
  Ours& ours;
  Peer* peer;
  Twin& twin;
  Mover& mover;
};

void compare(const Case& asked, const Servers& servers, int rounds,
             std::chrono::milliseconds time) {
  const std::string request = request_text(asked.path, asked.body);
  servers.ours.feed();
  const std::size_t answer = Connection(servers.ours.port()).exchange(request).size();
  servers.mover.expect(request.size(), answer);
  servers.twin.expect(answer);
  Case moved = asked;
  moved.connections = 0;
  std::vector<Round> ours, peer, twin, mover;
  for (int round = 0; round < rounds; ++round) {
    servers.ours.feed();
    ours.push_back(measure(servers.ours, asked, time, answer / 2));
    if (servers.peer != nullptr) peer.push_back(measure(*servers.peer, asked, time, answer / 2));
    twin.push_back(measure(servers.twin, moved, time, answer));
    mover.push_back(measure(servers.mover, moved, time, answer));
  }
  std::printf("%s: request %zu B, answer %zu B\n", asked.name, request.size(), answer);
  print("ours", ours);
  if (!peer.empty()) {
    print("go", peer);
    const std::string times =
        beside_goal(median_ratio(ours, peer, &Round::per_second), ">=", asked.times_go);
    const std::string of_cpu =
        beside_goal(median_ratio(ours, peer, &Round::per_cpu_second), ">=", asked.times_go);
    std::printf("    times those of Go: requests/s %s, requests per second of CPU %s; p50 %.3f\n",
                times.c_str(), of_cpu.c_str(), median_ratio(ours, peer, &Round::p50));
  }
  const std::string over_mover =
      beside_goal(median_ratio(ours, mover, &Round::p50), "<=", asked.times_moved);
  const std::string tail =
      beside_goal(median_ratio_of(ours, &Round::p99, &Round::p50), "<=", kTailGoal);
  std::printf("    p50 / that of moving the bytes (%.0f us) %s, p99 / p50 %s\n",
              median_of(mover, &Round::p50), over_mover.c_str(), tail.c_str());
  std::printf("    p50 / that of our server without the work (%.0f us) %.2f\n",
              median_of(twin, &Round::p50), median_ratio(ours, twin, &Round::p50));
}

/// What is left of the latency while 5,000 nodes report and 20,000 series are read.
void disturb(const Case& asked, Ours& ours, int rounds, std::chrono::milliseconds time) {
  constexpr int kQuietNodes = 5'000;
  ours.add_quiet_nodes(kQuietNodes);
  Case idle = asked;
  idle.connections = 0;
  std::vector<Round> alone, busy;
  std::size_t bytes = 0;
  for (int round = 0; round < rounds; ++round) {
    ours.feed();
    alone.push_back(measure(ours, idle, time, 0));
    const Background background(ours);
    if (!test::eventually(std::chrono::seconds(30),
                          [&] { return background.metrics_bytes() > 0; })) {
      give_up("nobody answers for /metrics");
    }
    busy.push_back(measure(ours, idle, time, 0));
    bytes = std::max(bytes, background.metrics_bytes());
  }
  const std::string ratio =
      beside_goal(median_ratio(busy, alone, &Round::p99), "<=", kDisturbedGoal);
  std::printf(
      "%s, 1,000 reports per second and one scrape of %zu B per second beside it, whose senders\n"
      "    give way to the client on its core: alone p50 %.0f us, p99 %.0f us; so p50 %.0f us, p99 "
      "%.0f us\n    p99 / that alone %s\n",
      asked.name, bytes, median_of(alone, &Round::p50), median_of(alone, &Round::p99),
      median_of(busy, &Round::p50), median_of(busy, &Round::p99), ratio.c_str());
}

/// How many connections a client that reads as kube-scheduler does needs for a thousand calls.
void count_connections(const std::string& client, const Server& server, const char* name,
                       const std::string& folder) {
  std::ofstream(folder + "/body.json") << asking_names(500);
  const std::string url = "http://127.0.0.1:" + std::to_string(server.port()) + "/prioritize";
  auto calls = demo::Process::start(
      {.program = client, .arguments = {"-call", url, "-body", folder + "/body.json"}});
  if (!calls) give_up(calls.error().message());
  auto line = calls->await_line("connections ", std::chrono::seconds(60));
  if (!line) give_up(line.error().message());
  std::printf("a Go client of %s: connections %s\n", name, line->c_str());
}

std::vector<Case> cases() {
  return {{"prioritize, 500 names", "/prioritize", asking_names(500), 8, true, 15, kMovedGoal},
          {"prioritize, 5000 names", "/prioritize", asking_names(5000), 4, true, 12, kMovedGoal},
          {"relative, 500 names", "/prioritize/relative", asking_names(500), 8, false},
          {"filter, 500 names", "/filter", asking_names(500), 8},
          {"prioritize, 500 whole nodes", "/prioritize", asking_nodes(500), 2, true, 25},
          {"filter, 500 whole nodes", "/filter", asking_nodes(500), 2, true, 10}};
}

}  // namespace

int main(int argc, char** argv) {
  std::string peer_program, only;
  int rounds = 5, milliseconds = 700;
  CLI::App app("Times /prioritize and /filter beside an extender in Go.");
  app.add_option("--peer", peer_program, "program of the Go extender; none: only ours");
  app.add_option("--only", only, "cases whose names contain this");
  app.add_option("--rounds", rounds, "interleaved rounds")->check(CLI::Range(1, 100));
  app.add_option("--time", milliseconds, "ms of each measurement")->check(CLI::Range(50, 60'000));
  CLI11_PARSE(app, argc, argv);
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  log::configure(log::Level::warn, log::Format::logfmt);
  std::string folder = "/tmp/kernwise-bench-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) give_up("cannot make a folder in /tmp");
  {
    run_on(kClientCore);
    come_first(::getpid());
    Ours ours(folder);
    std::unique_ptr<Peer> peer;
    if (!peer_program.empty()) peer = std::make_unique<Peer>(peer_program, folder);
    Twin twin;
    Mover mover;
    for (const Case& asked : cases()) {
      if (std::string(asked.name).find(only) == std::string::npos) continue;
      compare(asked, {ours, asked.in_go ? peer.get() : nullptr, twin, mover}, rounds,
              std::chrono::milliseconds(milliseconds));
    }
    ours.feed();
    if (peer) {
      count_connections(peer_program, ours, "ours", folder);
      count_connections(peer_program, *peer, "go", folder);
    }
    disturb(cases().front(), ours, rounds, std::chrono::milliseconds(4 * milliseconds));
    std::printf("most memory in all of this: ours %.0f MB", ours.peak_megabytes());
    if (peer) std::printf(", go %.0f MB", peer->peak_megabytes());
    std::printf("\n");
    measure_memory(folder);
  }
  std::filesystem::remove_all(folder);
  return 0;
}
