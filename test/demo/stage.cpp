// SPDX-License-Identifier: Apache-2.0
#include "test/demo/stage.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

namespace kernwise::demo {
namespace {

using namespace std::chrono_literals;

constexpr auto kStartPatience = 30s;  // with sanitizers, on a busy machine

/// The address to listen on: a free port at first, the same one after a restart.
std::string address_of(const std::optional<Endpoints>& known, http::Url Endpoints::* which) {
  if (!known) return "127.0.0.1:0";
  const http::Url& url = (*known).*which;
  return url.host + ":" + url.port;
}

}  // namespace

Stage::~Stage() {
  // Last started, first stopped: the load before the services, those before who watches them.
  while (!processes_.empty()) processes_.pop_back();
}

Result<> Stage::open(const std::function<bool()>& enough) {
  if (auto ready = prepare(); !ready || enough()) return ready;
  if (auto started = start_orchestrator(); !started || enough()) return started;
  if (auto started = start_profiler(); !started || enough()) return started;
  return start_services(services_, places_, processes_);
}

Result<> Stage::prepare() {
  auto recorded = load_recorded(places_.recorded);
  if (!recorded) return recorded.error();
  recorded_ = std::move(*recorded);
  auto scratch = Scratch::make();
  if (!scratch) return scratch.error();
  places_.scratch = scratch_.emplace(std::move(*scratch)).path();
  auto tree = CgroupTree::make();
  if (!tree) return tree.error();
  auto services = make_services(cgroups_.emplace(std::move(*tree)));
  if (!services) return services.error();
  services_ = std::move(*services);
  auto pods_file = scratch_->write("pods.yaml", pods_yaml(services_));
  if (!pods_file) return pods_file.error();
  pods_file_ = std::move(*pods_file);
  return {};
}

Result<std::string> Stage::start_listening(const Command& command) {
  auto process = Process::start(command);
  if (!process) return process.error();
  auto line = process->await_line("listening ", kStartPatience);
  processes_.push_back(std::move(*process));
  return line;
}

Result<> Stage::start_orchestrator() {
  const auto line = start_listening(
      {.program = places_.orchestrator,
       .arguments = {"--standalone", "--pods", pods_file_, "--scheduler.listen",
                     address_of(endpoints_, &Endpoints::scheduler), "--ingest.listen",
                     address_of(endpoints_, &Endpoints::ingest), "--api.listen",
                     address_of(endpoints_, &Endpoints::api), "--history.path",
                     places_.scratch + "/history.db", "--scaling.interval", "2s"},
       .log = places_.scratch + "/orchestrator.log"});
  if (!line) return line.error();
  auto endpoints = parse_endpoints(*line);
  if (!endpoints) return endpoints.error();
  endpoints_ = std::move(*endpoints);
  return {};
}

Result<> Stage::start_profiler() {
  const auto line = start_listening(
      {.program = places_.profiler,
       .arguments = {"--orchestrator.url", "http://" + address_of(endpoints_, &Endpoints::ingest),
                     "--listen", "127.0.0.1:0", "--window", "2s"},
       .log = places_.scratch + "/profiler.log"});
  if (!line) return line.error();
  constexpr std::string_view kName = "http=";
  if (!line->starts_with(kName)) return invalid("the profiler says `listening " + *line + "`");
  profiler_address_ = line->substr(kName.size());
  return {};
}

Result<> Stage::send_recorded() {
  for (auto& node : recorded_)
    if (auto sent = node.send(endpoints_->ingest); !sent) return sent;
  return {};
}

Result<> Stage::all_running() {
  for (auto& process : processes_)
    if (!process.running()) return invalid(process.name() + " has ended. " + process.last_words());
  return {};
}

void Stage::crash(std::string_view program) {
  std::vector<Process> kept;
  for (auto& process : processes_) {
    if (process.name() != program) {
      kept.push_back(std::move(process));
      continue;
    }
    process.signal(SIGKILL);
    process.stop();
  }
  processes_.swap(kept);
}

}  // namespace kernwise::demo
