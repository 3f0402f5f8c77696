// SPDX-License-Identifier: Apache-2.0
#include "test/demo/demo.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <utility>

#include "test/demo/api.hpp"
#include "test/demo/table.hpp"

namespace kernwise::demo {
namespace {

using namespace std::chrono_literals;

constexpr auto kWindow = 2s;

Result<> save(const std::string& file, const std::string& text) {
  std::ofstream out(file);
  out << text << '\n';
  out.close();
  if (!out) return invalid("cannot write " + file);
  return {};
}

}  // namespace

Result<> Demo::run() {
  const auto begin = Monotonic::now();
  std::printf("Starting orchestrator, profiler, five services and their load ...\n");
  std::fflush(stdout);
  auto opened = stage_.open([this] { return signals_.wait(0s); });
  if (!opened || signals_.caught()) return opened;
  const auto end = begin + std::chrono::duration_cast<Monotonic::duration>(settings_.duration);
  while (Monotonic::now() < end) {
    const auto pause = std::min<Monotonic::duration>(kWindow, end - Monotonic::now());
    if (signals_.wait(std::max<Monotonic::duration>(pause, 0ns))) return {};
    if (auto shown = show_window(); !shown) return shown;
  }
  return conclude();
}

Result<> Demo::show_window() {
  if (auto running = stage_.all_running(); !running) return running;
  if (auto sent = stage_.send_recorded(); !sent) return sent;
  const auto answer = get_json(stage_.endpoints().api, "/v1/pods");
  if (!answer) return answer.error();
  const auto pods = pods_in(*answer, "demo");
  if (!pods) return pods.error();
  const bool terminal = isatty(STDOUT_FILENO) == 1;
  std::printf("%s%s%s", terminal ? "\033[H\033[J" : "\n", table_of(*pods).c_str(),
              terminal ? "\nCtrl-C ends the demo and cleans up.\n" : "");
  std::fflush(stdout);
  return {};
}

Result<> Demo::conclude() {
  const auto outcome = ask_everything(stage_.endpoints());
  if (!outcome) return outcome.error();
  std::printf("\nNodes: this machine, and recorded reports that are sent again each window:");
  for (const auto& node : stage_.recorded()) std::printf(" %s", node.name().c_str());
  std::printf("\n");
  for (const auto& placement : outcome->placements) std::printf("\n%s", text_of(placement).c_str());
  std::printf("\n%s", text_of(outcome->decisions).c_str());
  std::fflush(stdout);
  return settings_.json_file.empty() ? Result<>() : save(settings_.json_file, to_json(*outcome));
}

}  // namespace kernwise::demo
