// SPDX-License-Identifier: Apache-2.0
#include "test/bench/prioritize/memory.hpp"

#include <chrono>
#include <cstdio>
#include <fstream>

#include "test/bench/prioritize/bodies.hpp"
#include "test/bench/prioritize/connection.hpp"
#include "test/bench/prioritize/servers.hpp"

namespace kernwise::bench {
namespace {

constexpr double kGoalBeside = 16;  ///< MB over the body

/// A fresh server for each: what a request leaves would hide what the next one needs.
void measure(const std::string& folder, const char* path, int nodes) {
  Ours ours(folder);
  Connection connection(ours.port());
  connection.exchange(request_text(path, asking_names(1)));
  const std::string body = asking_nodes(nodes);
  const std::string request = request_text(path, body);
  const double before = ours.resident_megabytes();
  // Begins to keep the peak anew.
  std::ofstream("/proc/" + std::to_string(ours.pid()) + "/clear_refs") << 5;
  const auto begin = std::chrono::steady_clock::now();
  const std::size_t answer = connection.exchange(request).size();
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  const double grown = ours.peak_megabytes() - before;
  const double megabytes = static_cast<double>(body.size()) / (1 << 20);
  std::printf(
      "%s, %d whole nodes, the first: body %.1f MB, answer %.1f MB, %.1f ms; memory %.1f MB more "
      "than before (goal <= %.1f)\n",
      path, nodes, megabytes, static_cast<double>(answer) / (1 << 20), took.count(), grown,
      megabytes + kGoalBeside);
}

}  // namespace

void measure_memory(const std::string& folder) {
  for (const char* path : {"/prioritize", "/filter"}) {
    for (const int nodes : {500, kNodes}) measure(folder, path, nodes);
  }
}

}  // namespace kernwise::bench
