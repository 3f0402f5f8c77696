// SPDX-License-Identifier: Apache-2.0
// What a cache of 1,000 nodes and 30,000 pods costs: first list, memory, events.
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <random>

#include "common/base/file.hpp"
#include "common/kube/decode.hpp"
#include "common/kube/watch_cache.hpp"
#include "test/fakes/manual_clock.hpp"
#include "test/fakes/scripted_kube.hpp"

namespace kernwise::bench {
namespace {

using namespace std::chrono_literals;

constexpr int kNodes = 1'000;
constexpr int kPods = 30'000;
constexpr int kEvents = 30'000;

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double resident_megabytes() {
  const auto text = read_file("/proc/self/statm");
  unsigned long all = 0, resident = 0;
  if (text) std::sscanf(text->c_str(), "%lu %lu", &all, &resident);
  return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1e6;
}

std::string number(int i) {
  return std::to_string(i);
}

/// A pod as a real API server sends one: with managed fields, volumes, tolerations and conditions.
std::string pod(int i, int version) {
  const auto name = "web-5d9c7b8f6d-" + number(i);
  const std::string id(64, static_cast<char>('a' + i % 6));
  std::string text =
      R"({"metadata":{"name":")" + name + R"(","generateName":"web-5d9c7b8f6d-","namespace":"ns-)" +
      number(i % 50) + R"(","uid":"1b2c3d4e-0000-4000-8000-)" + number(100'000'000 + i) +
      R"(","resourceVersion":")" + number(version) +
      R"(","creationTimestamp":"2026-01-01T00:00:00Z","labels":{"app":"web","pod-template-hash":)"
      R"("5d9c7b8f6d","app.kubernetes.io/name":"web","app.kubernetes.io/instance":"prod"},)"
      R"("annotations":{"cni.example/status":")" +
      std::string(400, 'x') +
      R"("},"ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"web-5d9c7b8f6d",)"
      R"("uid":"0a0b0c0d-0000-4000-8000-000000000001","controller":true}],"managedFields":[)";
  for (int field = 0; field < 40; ++field) {
    text += std::string(field == 0 ? "" : ",") +
            R"({"manager":"kubelet","operation":"Update","fieldsV1":{"f:status":{"f:phase":{}}}})";
  }
  text +=
      R"(]},"spec":{"nodeName":"node-)" + number(i % kNodes) +
      R"(","schedulerName":"default-scheduler","containers":[{"name":"app","image":)"
      R"("registry.example/shop/web:1.2.3","resources":{"requests":{"cpu":"250m","memory":)"
      R"("256Mi"},"limits":{"cpu":"1"}}},{"name":"proxy","image":"registry.example/proxy:2"}]},)"
      R"("status":{"phase":"Running","podIPs":[{"ip":"10.)" +
      number(i / 62'500) + "." + number(i / 250 % 250) + "." + number(i % 250) +
      R"("}],"conditions":[{"type":"Initialized","status":"True"},{"type":"Ready","status":)"
      R"("True"}],"containerStatuses":[{"name":"app","containerID":"containerd://)" +
      id + R"("},{"name":"proxy","containerID":"containerd://)" + id + R"("}]}})";
  return text;
}

std::string node(int i) {
  return R"({"metadata":{"name":"node-)" + number(i) + R"(","uid":"n-)" + number(i) +
         R"(","resourceVersion":"1"},"status":{"allocatable":{"cpu":"32","memory":"128Gi"},)"
         R"("addresses":[{"type":"InternalIP","address":"10.0.0.1"}],)"
         R"("conditions":[{"type":"Ready","status":"True"}]}})";
}

template <class Make>
std::string page(int begin, int end, int all, Make make) {
  std::string items;
  for (int i = begin; i < end; ++i) items += (i == begin ? "" : ",") + make(i);
  return R"({"metadata":{"resourceVersion":"10","continue":")" +
         (end < all ? number(end) : std::string()) + R"("},"items":[)" + items + "]}";
}

/// Answers a list in pages of 500, and returns what the receiver alone used of the CPU.
template <class Make>
double serve(test::ScriptedKube& kube, int all, Make make, double& bytes) {
  double used = 0;
  for (int begin = 0; begin < all; begin += 500) {
    const auto body = page(begin, std::min(all, begin + 500), all, make);
    bytes += static_cast<double>(body.size());
    const double before = cpu_seconds();
    kube.answer(200, body);
    used += cpu_seconds() - before;
  }
  return used;
}

kube::WatchOptions by_pages(const char* plural) {
  kube::WatchOptions options{.objects = {.api = "v1", .plural = plural}};
  options.tuning.streaming = false;
  return options;
}

void run() {
  test::ManualClock clock;
  test::ScriptedKube kube;
  kube::Store<kube::Node> nodes;
  kube::Store<kube::Pod> pods;
  const double empty = resident_megabytes();
  const kube::WatchCache<kube::Node> node_cache(kube, clock, by_pages("nodes"), kube::decode_node,
                                                nodes);
  clock.advance(1ms);
  double bytes = 0;
  double used = serve(kube, kNodes, node, bytes);
  const kube::WatchCache<kube::Pod> pod_cache(kube, clock, by_pages("pods"), kube::decode_pod,
                                              pods);
  clock.advance(1ms);
  used += serve(kube, kPods, [](int i) { return pod(i, 1); }, bytes);
  std::printf("first list   %d nodes, %d pods, %.0f MB of JSON: %.2f s of CPU\n", kNodes, kPods,
              bytes / 1e6, used);
  std::printf("resident     %.0f MB more than before, %.1f kB a pod\n",
              resident_megabytes() - empty, (resident_megabytes() - empty) * 1e3 / kPods);
  double event_seconds = 0;
  for (int i = 0; i < kEvents; ++i) {
    const auto line = R"({"type":"MODIFIED","object":)" + pod(i, 100 + i) + "}";
    const double before = cpu_seconds();
    kube.watches.back()->line(line);
    event_seconds += cpu_seconds() - before;
  }
  std::printf("events       %.0f us of CPU each, %zu pods, %llu skipped\n",
              event_seconds * 1e6 / kEvents, pods.objects().size(),
              static_cast<unsigned long long>(pod_cache.counts().skipped));
}

}  // namespace
}  // namespace kernwise::bench

int main() {
  kernwise::bench::run();
  return EXIT_SUCCESS;
}
