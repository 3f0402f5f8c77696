// SPDX-License-Identifier: Apache-2.0
// Pods per second of a real kube-scheduler over 1,000 nodes with one extender or another, in
// interleaved rounds, and whether 2,000 pods are placed in mode Observe as without us. Both cores
// belong to the API server and etcd: compare within a round only.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "common/base/log.hpp"
#include "test/bench/scheduler/rig.hpp"

namespace {

using namespace kernwise;
using namespace kernwise::bench;

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

using Rounds = std::map<std::string, std::vector<double>>;  // pods per second by setup

void print_ratio(const Rounds& rounds, const std::string& above, const std::string& below) {
  if (!rounds.contains(above) || !rounds.contains(below)) return;
  std::vector<double> ratios;
  ratios.reserve(rounds.at(above).size());
  for (std::size_t i = 0; i < rounds.at(above).size(); ++i) {
    ratios.push_back(rounds.at(above)[i] / rounds.at(below)[i]);
  }
  const auto [least, most] = std::minmax_element(ratios.begin(), ratios.end());
  std::printf("  %-20s / %-20s %.2f (%.2f to %.2f)\n", above.c_str(), below.c_str(), median(ratios),
              *least, *most);
}

void compare(Rig& rig, int pods, int rounds) {
  std::vector<Setup> setups{rig.none(), rig.silent(), rig.ours("prioritize/relative"),
                            rig.ours("prioritize")};
  if (const auto go = rig.go()) setups.push_back(*go);
  Rounds measured;
  for (int round = 0; round < rounds; ++round) {
    std::printf("round %d:", round + 1);
    for (const Setup& setup : setups) {
      double seconds = 0;
      rig.place(setup, pods, seconds);
      measured[setup.name].push_back(pods / seconds);
      std::printf("  %s %.0f", setup.name.c_str(), pods / seconds);
    }
    std::printf(" pods/s\n");
    // Each comes at each place of a round: what the one before left behind slows the next.
    std::rotate(setups.begin(), setups.begin() + 1, setups.end());
  }
  std::printf("medians of the rounds' ratios (least to most):\n");
  print_ratio(measured, "kernwise-relative", "silent");
  print_ratio(measured, "kernwise-relative", "go");
  print_ratio(measured, "kernwise-relative", "none");
  print_ratio(measured, "kernwise-prioritize", "silent");
  print_ratio(measured, "kernwise-prioritize", "go");
}

/// Ties are broken at random only among hosts that an extender names, and one worker and a plain
/// list keep the order of the nodes: the same pods then go the same ways.
void observe(Rig& rig, int pods) {
  const auto repeatable = [](Setup setup, const char* name) {
    setup.name = name;
    setup.flags = {"--feature-gates=WatchListClient=false"};
    setup.settings = "parallelism: 1\npercentageOfNodesToScore: 100\n";
    return setup;
  };
  double seconds = 0;
  const auto without = rig.place(repeatable(rig.none(), "alone"), pods, seconds);
  rig.restart_orchestrator("Observe");
  const auto observed = rig.place(repeatable(rig.ours("prioritize"), "observed"), pods, seconds);
  int different = 0;
  for (const auto& [pod, node] : without) different += observed.at(pod) == node ? 0 : 1;
  const std::string counter =
      "kernwise_extender_decisions_total{outcome=\"observed\",verb=\"prioritize\"} ";
  const std::string metrics = rig.metrics();
  const auto at = metrics.find(counter);
  const std::string asked =
      at == std::string::npos
          ? "0"
          : metrics.substr(at + counter.size(), metrics.find('\n', at) - at - counter.size());
  std::printf("mode Observe: %zu pods, %s questions, %d placed elsewhere than without us\n",
              observed.size(), asked.c_str(), different);
}

}  // namespace

int main(int argc, char** argv) {
  std::string peer;
  int rounds = 5, pods = 600, cycles = 2'000;
  unsigned nodes = 1'000;
  CLI::App app("Times a real kube-scheduler with and without extenders.");
  app.add_option("--peer", peer, "program of the Go extender; none: without it");
  app.add_option("--rounds", rounds, "interleaved rounds; 0 = none")->check(CLI::Range(0, 100));
  app.add_option("--pods", pods, "of each round")->check(CLI::Range(10, 20'000));
  app.add_option("--nodes", nodes, "fake ones")->check(CLI::Range(10, 5'000));
  app.add_option("--cycles", cycles, "pods placed in mode Observe; 0 = none")
      ->check(CLI::Range(0, 20'000));
  CLI11_PARSE(app, argc, argv);
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  log::configure(log::Level::warn, log::Format::logfmt);
  Rig rig(nodes, peer);
  if (rounds > 0) compare(rig, pods, rounds);
  if (cycles > 0) observe(rig, cycles);
  return 0;
}
