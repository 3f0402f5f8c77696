// SPDX-License-Identifier: Apache-2.0
// A control plane for a developer, until Ctrl-C.
#include <charconv>
#include <cstdio>
#include <cstring>
#include <string>

#include "common/base/clock.hpp"
#include "test/controlplane/cluster.hpp"
#include "test/demo/scratch.hpp"

namespace kernwise::test {
namespace {

using namespace std::chrono_literals;

constexpr unsigned kMostNodes = 5'000;

int complain(const Error& error) {
  std::fprintf(stderr, "kernwise-controlplane: %s\n", error.message().c_str());
  return 1;
}

int usage() {
  std::fprintf(stderr, "usage: kernwise-controlplane [--nodes N]     N fake nodes, 0 to %u\n",
               kMostNodes);
  return 2;
}

/// False when the arguments are none of ours.
bool read(int count, char** arguments, ClusterOptions& options) {
  if (count == 1) return true;
  if (count != 3 || std::strcmp(arguments[1], "--nodes") != 0) return false;
  const std::string text = arguments[2];
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), options.nodes);
  return error == std::errc() && end == text.data() + text.size() && options.nodes <= kMostNodes;
}

int serve(const ClusterOptions& options, demo::StopSignals& signals) {
  const auto begin = Monotonic::now();
  auto cluster = Cluster::up(options);
  if (!cluster) return complain(cluster.error());
  const Seconds spent = Monotonic::now() - begin;
  std::printf("ready after %.1f s with %u nodes\n\n", spent.count(), options.nodes);
  std::printf("export KUBECONFIG=%s\n", (*cluster)->kubeconfig().c_str());
  std::printf("%s/kubectl get nodes\n\nCtrl-C ends it and cleans up\n",
              (*cluster)->programs().c_str());
  std::fflush(stdout);
  while (!signals.wait(1s))
    if (auto running = (*cluster)->all_running(); !running) return complain(running.error());
  return 0;
}

}  // namespace
}  // namespace kernwise::test

int main(int count, char** arguments) {
  kernwise::demo::StopSignals signals;
  kernwise::test::ClusterOptions options;
  if (!kernwise::test::read(count, arguments, options)) return kernwise::test::usage();
  return kernwise::test::serve(options, signals);
}
