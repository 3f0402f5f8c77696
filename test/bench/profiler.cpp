// SPDX-License-Identifier: Apache-2.0
// The profiler beside the tools that others use for the same question, and its own footprint.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string_view>

#include "profiler/kernel/programs.hpp"
#include "test/bench/node.hpp"
#include "test/bench/peers.hpp"
#include "test/bench/ping_pong.hpp"

namespace {

using namespace kernwise;

constexpr int kTurns = 100'000;  // starting the peers takes longer than measuring them

std::unique_ptr<kernel::Programs> load_standard() {
  auto programs = kernel::Programs::load({.self_tgid = 1});
  if (programs) return std::move(*programs);
  std::fprintf(stderr, "%s\n", programs.error().message().c_str());
  std::exit(1);
}

/// One round: bare, ours, then every peer, so that all of them meet the same machine.
void compare_with_peers() {
  const auto all = bench::peers();
  std::vector<double> ours;
  std::map<std::string, std::vector<double>> theirs, ratios;
  for (int round = 0; round < bench::kRounds; ++round) {
    const double bare = bench::nanoseconds_per_switch(kTurns);
    {
      const auto programs = load_standard();
      ours.push_back(bench::nanoseconds_per_switch(kTurns) - bare);
    }
    for (const auto& peer : all) {
      const bench::RunningPeer running(peer);
      if (running.failed()) continue;
      theirs[peer.name].push_back(bench::nanoseconds_per_switch(kTurns) - bare);
      ratios[peer.name].push_back(ours.back() / theirs[peer.name].back());
    }
  }
  std::printf("cost of a context switch, medians of %d rounds: kernwise (standard) %.0f ns\n",
              bench::kRounds, bench::median(ours));
  for (const auto& peer : all) {
    if (!ratios.contains(peer.name)) {
      std::printf("  %-27s did not start here\n", peer.name.c_str());
      continue;
    }
    std::printf("  %-27s %6.0f ns   kernwise costs %.2f of it (goal %.1f)\n", peer.name.c_str(),
                bench::median(theirs[peer.name]), bench::median(ratios[peer.name]), peer.wanted);
  }
}

}  // namespace

/// `cycle` as the only argument: nothing but the turn, for `perf record` and for before and after.
int main(int argc, char** argv) {
  constexpr double kMebibyte = 1024.0 * 1024.0;
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);  // each figure as soon as it is known
  // Before the peers: this process has no threads yet, and the machine no history.
  const auto turn = bench::profiler_turn(110);
  std::printf(
      "110 pods: counters drained in %.2f ms (goal 1), a whole cycle %.2f ms (goal 3), of that CPU "
      "%.2f ms; lowest %.2f ms, CPU %.2f ms\n",
      turn.drain, turn.cycle, turn.cpu, turn.lowest_cycle, turn.lowest_cpu);
  if (argc > 1 && std::string_view(argv[1]) == "cycle") return 0;
  const auto footprint = bench::profiler_footprint(30, 20);
  std::printf("30 pods: %.1f millicores (goal 5), %.1f MB resident (goal 24)\n",
              footprint.millicores, footprint.resident_bytes / kMebibyte);
  bench::pin_to_first_cpu();
  compare_with_peers();
  return 0;
}
