// SPDX-License-Identifier: Apache-2.0
#include "test/bench/node.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <thread>

#include "common/base/file.hpp"
#include "profiler/app/outbox.hpp"
#include "profiler/app/reporter.hpp"
#include "profiler/kernel/bpf_reader.hpp"
#include "test/bench/ping_pong.hpp"
#include "test/support/loopback.hpp"

namespace kernwise::bench {
namespace {

constexpr int kWindows = 15;

void wake_often(test::Truth& truth) {
  truth.ready = true;
  while (!truth.stop) test::let_run(0.01);
}

/// CPU seconds (user and system) that a process has used.
double cpu_seconds(pid_t pid) {
  const auto text = read_file("/proc/" + std::to_string(pid) + "/stat");
  if (!text) return 0;
  const auto fields = text->substr(text->rfind(')') + 2);
  unsigned long user = 0, kernel = 0;
  std::sscanf(fields.c_str(), "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
              &kernel);
  return static_cast<double>(user + kernel) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double resident_bytes(pid_t pid) {
  const auto text = read_file("/proc/" + std::to_string(pid) + "/statm");
  unsigned long all = 0, resident = 0;
  if (text) std::sscanf(text->c_str(), "%lu %lu", &all, &resident);
  return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

/// A connection over loopback whose far end reads whatever comes.
class Drain {
 public:
  Drain() {
    auto both = test::Listener(1).connect_to_self();
    near_ = std::move(both.client);
    reader_ = std::jthread([far = std::move(both.server)] {
      char bytes[65536];
      while (::read(far.value(), bytes, sizeof(bytes)) > 0) {
      }
    });
  }
  ~Drain() { near_.reset(); }
  void send(const std::string& text) const {
    for (std::size_t at = 0; at < text.size();) {
      const auto count = ::write(near_.value(), text.data() + at, text.size() - at);
      if (count <= 0) std::exit(1);
      at += static_cast<std::size_t>(count);
    }
  }

 private:
  Fd near_;
  std::jthread reader_;
};

double milliseconds_since(std::uint64_t begin_ns) {
  return static_cast<double>(kernel::kernel_now_ns() - begin_ns) * 1e-6;
}

double thread_milliseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

template <class T>
T value_or_exit(Result<T> result) {
  if (result) return std::move(*result);
  std::fprintf(stderr, "%s\n", result.error().message().c_str());
  std::exit(1);
}

}  // namespace

Pods::Pods(int count) {
  for (int i = 0; i < count; ++i) {
    const auto& cgroup = cgroups_.emplace_back("bench-" + std::to_string(i));
    workloads_.emplace_back(cgroup, wake_often);
  }
  for (auto& workload : workloads_) static_cast<void>(workload.wait_ready());
}

Footprint profiler_footprint(int pods, int seconds) {
  const Pods node(pods);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::execl(KW_PROFILER, KW_PROFILER, "--listen", "127.0.0.1:0", "--log.level", "error", nullptr);
    ::_exit(127);
  }
  test::let_run(10);  // programs loaded, symbols read once
  const double before = cpu_seconds(pid);
  test::let_run(seconds);
  const Footprint footprint{.millicores = (cpu_seconds(pid) - before) / seconds * 1000,
                            .resident_bytes = resident_bytes(pid)};
  ::kill(pid, SIGTERM);
  ::waitpid(pid, nullptr, 0);
  return footprint;
}

Turn profiler_turn(int pods) {
  const Pods node(pods);
  const auto programs = value_or_exit(kernel::Programs::load({.self_tgid = 1}));
  const auto reader = value_or_exit(kernel::BpfReader::open(*programs));
  const auto tree = value_or_exit(kernel::CgroupTree::open());
  symbols::Resolver symbols;  // the parser of names is a process of its own
  const Drain drain;
  profiler::ReporterSources sources;
  sources.counters = reader.get();
  sources.cgroups = &tree;
  sources.symbols = &symbols;
  sources.name_of = [](const profiler::TrackedContainer&) { return report::Name{}; };
  profiler::ReporterOptions options;
  options.node = options.boot_id = "bench";
  profiler::Reporter reporter(std::move(options), std::move(sources));
  if (!reporter.begin()) std::exit(1);
  std::vector<std::uint32_t> slots(static_cast<std::size_t>(pods) + 1);
  std::iota(slots.begin(), slots.end(), 0U);
  std::vector<double> drains, cycles, cpu;
  for (int window = 0; window < kWindows; ++window) {
    test::let_run(0.5);
    auto begin = kernel::kernel_now_ns();
    static_cast<void>(reader->read(slots));
    drains.push_back(milliseconds_since(begin));
    begin = kernel::kernel_now_ns();
    const double cpu_begin = thread_milliseconds();
    const auto report = reporter.close_window();
    if (!report) std::exit(1);
    drain.send(profiler::parcel_of(*report)->body);
    cycles.push_back(milliseconds_since(begin));
    cpu.push_back(thread_milliseconds() - cpu_begin);
  }
  return {.drain = median(drains),
          .cycle = median(cycles),
          .cpu = median(cpu),
          .lowest_cycle = *std::ranges::min_element(cycles),
          .lowest_cpu = *std::ranges::min_element(cpu)};
}

}  // namespace kernwise::bench
