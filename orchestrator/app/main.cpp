// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include "common/base/log.hpp"
#include "orchestrator/app/config.hpp"
#include "orchestrator/app/orchestrator.hpp"

namespace kernwise::orchestrator {
namespace {

constexpr int kFailed = 1, kBadConfig = 2;

int complain(const Error& error, int code) {
  std::fprintf(stderr, "kernwise-orchestrator: %s\n", error.message().c_str());
  return code;
}

/// Blocked before any thread exists, so that only `sigwait` sees them.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return signals;
}

int serve(const Config& config) {
  const sigset_t signals = block_signals();
  auto program = Orchestrator::start(config);
  if (!program) return complain(program.error(), kBadConfig);
  std::printf("listening %s\n", (*program)->addresses().c_str());
  std::fflush(stdout);
  int received = 0;
  sigwait(&signals, &received);
  log::info("Stopping", {{"signal", received == SIGTERM ? "SIGTERM" : "SIGINT"}});
  (*program)->stop();
  return 0;
}

int run(const std::vector<std::string>& arguments) {
  const auto outcome = options::load(program(), arguments, options::process_environment());
  if (!outcome) return complain(outcome.error(), kBadConfig);
  if (!outcome->settings) {
    std::fputs(outcome->text.c_str(), stdout);
    return 0;
  }
  const auto config = config_of(*outcome->settings, options::process_environment());
  if (!config) return complain(config.error(), kBadConfig);
  log::configure(config->log_level, config->log_format);
  return serve(*config);
}

}  // namespace
}  // namespace kernwise::orchestrator

int main(int count, char** values) {
  try {
    return kernwise::orchestrator::run({values + 1, values + count});
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "kernwise-orchestrator: %s\n", problem.what());
    return kernwise::orchestrator::kFailed;
  }
}
