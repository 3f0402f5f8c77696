// SPDX-License-Identifier: Apache-2.0
#include "profiler/kernel/cpu_events.hpp"

#include <bpf/libbpf.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "common/base/fd.hpp"
#include "common/base/file.hpp"

namespace kernwise::kernel {
namespace {

constexpr int kMaxCpus = 65'536;

/// `7` or `0-3`.
Result<std::pair<int, int>> parse_range(std::string_view text) {
  int first = -1, last = -1;
  const char *begin = text.data(), *end = begin + text.size();
  auto parsed = std::from_chars(begin, end, first);
  last = first;
  if (parsed.ec == std::errc() && parsed.ptr != end && *parsed.ptr == '-') {
    parsed = std::from_chars(parsed.ptr + 1, end, last);
  }
  const bool good = parsed.ec == std::errc() && parsed.ptr == end && first >= 0 && first <= last &&
                    last < kMaxCpus;
  if (!good) return invalid("list of CPUs: not a range");
  return std::pair(first, last);
}

Result<std::vector<int>> read_cpu_list(const char* name) {
  const auto text = read_file(std::string("/sys/devices/system/cpu/") + name);
  if (!text) return text.error();
  return parse_cpu_list(*text);
}

}  // namespace

Result<std::vector<int>> parse_cpu_list(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  std::vector<int> cpus;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    const auto range = parse_range(text.substr(0, comma));
    if (!range) return range.error();
    if (!cpus.empty() && range->first <= cpus.back()) return invalid("list of CPUs: not sorted");
    for (int cpu = range->first; cpu <= range->second; ++cpu) cpus.push_back(cpu);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return cpus;
}

Result<std::vector<int>> online_cpus() {
  return read_cpu_list("online");
}

bool cpus_may_come() {
  const auto online = read_cpu_list("online");
  const auto possible = read_cpu_list("possible");
  return online && possible && possible->size() > online->size();
}

CpuEvents::~CpuEvents() {
  for (const auto& [cpu, event] : events_) bpf_link__destroy(event.link);
}

Result<CpuEvents::Event> CpuEvents::attach(int cpu) const {
  auto event = event_;
  Fd file(
      static_cast<int>(::syscall(SYS_perf_event_open, &event, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC)));
  if (!file.valid()) return errno_error(errno, "perf_event_open");
  Event made;
  made.file = Fd(::fcntl(file.value(), F_DUPFD_CLOEXEC, 0));
  made.link = bpf_program__attach_perf_event(program_, file.value());
  if (!made.link) return errno_error(errno, "attach to a perf event");
  // The link owns the event from here on and closes it.
  static_cast<void>(file.release());
  if (!on_) {
    if (auto turned = turn(made, false); !turned) {
      bpf_link__destroy(made.link);
      return turned.error();
    }
  }
  return made;
}

Result<> CpuEvents::turn(const Event& event, bool on) {
  const auto request = on ? PERF_EVENT_IOC_ENABLE : PERF_EVENT_IOC_DISABLE;
  if (::ioctl(event.file.value(), request, 0) == 0) return {};
  return errno_error(errno, "turn a perf event on or off");
}

Result<> CpuEvents::turn(bool on) {
  on_ = on;
  Result<> outcome;
  for (const auto& [cpu, event] : events_) {
    if (auto turned = turn(event, on); !turned)
      outcome = wrap(turned.error(), "cpu " + std::to_string(cpu));
  }
  return outcome;
}

Result<> CpuEvents::follow(const std::vector<int>& online) {
  std::erase_if(events_, [&online](const auto& followed) {
    if (std::ranges::binary_search(online, followed.first)) return false;
    bpf_link__destroy(followed.second.link);
    return true;
  });
  Result<> outcome;
  for (const int cpu : online) {
    if (events_.contains(cpu)) continue;
    if (auto event = attach(cpu)) {
      events_.emplace(cpu, std::move(*event));
    } else {
      outcome = wrap(event.error(), "cpu " + std::to_string(cpu));
    }
  }
  return outcome;
}

}  // namespace kernwise::kernel
