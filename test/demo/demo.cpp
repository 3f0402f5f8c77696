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
constexpr const char* kWindowText = "2s";
constexpr auto kStartPatience = 30s;  // sanitizers and a busy machine included

Result<> save(const std::string& file, const std::string& text) {
  std::ofstream out(file);
  out << text << '\n';
  out.close();
  if (!out) return invalid("cannot write " + file);
  return {};
}

}  // namespace

Demo::~Demo() {
  // Last started, first stopped: the load before the services, those before who watches them.
  while (!processes_.empty()) processes_.pop_back();
}

Result<> Demo::run() {
  const auto begin = Monotonic::now();
  if (auto started = start(); !started || signals_.caught()) return started;
  const auto end = begin + std::chrono::duration_cast<Monotonic::duration>(settings_.duration);
  while (Monotonic::now() < end) {
    const auto pause = std::min<Monotonic::duration>(kWindow, end - Monotonic::now());
    if (signals_.wait(std::max<Monotonic::duration>(pause, 0ns))) return {};
    if (auto shown = show_window(); !shown) return shown;
  }
  return conclude();
}

Result<> Demo::start() {
  auto recorded = load_recorded(places_.recorded);
  if (!recorded) return recorded.error();
  recorded_ = std::move(*recorded);
  auto scratch = Scratch::make();
  if (!scratch) return scratch.error();
  places_.scratch = scratch_.emplace(std::move(*scratch)).path();
  auto tree = CgroupTree::make();
  if (!tree) return tree.error();
  cgroups_.emplace(std::move(*tree));
  const auto services = make_services(*cgroups_);
  if (!services) return services.error();
  const auto pods_file = scratch_->write("pods.yaml", pods_yaml(*services));
  if (!pods_file) return pods_file.error();

  if (auto ok = start_orchestrator(*pods_file); !ok || signals_.wait(0s)) return ok;
  if (auto ok = start_profiler(); !ok || signals_.wait(0s)) return ok;
  return start_services(*services, places_, processes_);
}

Result<> Demo::start_orchestrator(const std::string& pods_file) {
  auto process =
      Process::start({.program = places_.orchestrator,
                      .arguments = {"--pods", pods_file, "--scheduler.listen", "127.0.0.1:0",
                                    "--ingest.listen", "127.0.0.1:0", "--api.listen", "127.0.0.1:0",
                                    "--history.file", places_.scratch + "/history.db"},
                      .log = places_.scratch + "/orchestrator.log"});
  if (!process) return process.error();
  const auto line = process->await_line("listening ", kStartPatience);
  processes_.push_back(std::move(*process));
  if (!line) return line.error();
  auto endpoints = parse_endpoints(*line);
  if (!endpoints) return endpoints.error();
  endpoints_.emplace(std::move(*endpoints));
  return {};
}

Result<> Demo::start_profiler() {
  const auto& ingest = endpoints_->ingest;
  auto process = Process::start(
      {.program = places_.profiler,
       .arguments = {"--orchestrator.url", "http://" + ingest.host + ":" + ingest.port, "--listen",
                     "127.0.0.1:0", "--window", kWindowText},
       .log = places_.scratch + "/profiler.log"});
  if (!process) return process.error();
  const auto line = process->await_line("listening ", kStartPatience);
  processes_.push_back(std::move(*process));
  return line ? Result<>() : Result<>(line.error());
}

Result<> Demo::all_running() {
  for (auto& process : processes_)
    if (!process.running()) return invalid(process.name() + " has ended. " + process.last_words());
  return {};
}

Result<> Demo::show_window() {
  if (auto running = all_running(); !running) return running;
  for (auto& node : recorded_)
    if (auto sent = node.send(endpoints_->ingest); !sent) return sent;
  const auto answer = get_json(endpoints_->api, "/v1/pods");
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
  const auto outcome = ask_everything(*endpoints_);
  if (!outcome) return outcome.error();
  std::printf("\nNodes: this machine, and %zu recorded elsewhere and sent again each window (",
              recorded_.size());
  for (const auto& node : recorded_)
    std::printf("%s%s", &node == recorded_.data() ? "" : ", ", node.name().c_str());
  std::printf(").\n");
  for (const auto& placement : outcome->placements) std::printf("\n%s", text_of(placement).c_str());
  std::printf("\n%s", text_of(outcome->decisions).c_str());
  std::fflush(stdout);
  return settings_.json_file.empty() ? Result<>() : save(settings_.json_file, to_json(*outcome));
}

}  // namespace kernwise::demo
