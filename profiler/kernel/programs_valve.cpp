// SPDX-License-Identifier: Apache-2.0
// What the valve takes off its hooks and puts back.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include <cerrno>

#include "common/base/fd.hpp"
#include "profiler/kernel/cpu_events.hpp"
#include "profiler/kernel/programs_objects.hpp"

namespace kernwise::kernel {

Result<std::string> read_iterator(const bpf_link* link) {
  const Fd iterator(bpf_iter_create(bpf_link__fd(link)));
  if (!iterator.valid()) return errno_error(errno, "create iterator");
  std::string text;
  char buffer[16 * 1024];
  while (true) {
    const auto count = ::read(iterator.value(), buffer, sizeof(buffer));
    if (count == 0) return text;
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (count < 0) return errno_error(errno, "read iterator");
    text.append(buffer, static_cast<std::size_t>(count));
  }
}

void Programs::attach_transfers() {
  const auto& programs = objects_->net->progs;
  attach(programs.kw_sock_send, "sock_send_length", transfers_);
  attach(programs.kw_sock_recv, "sock_recv_length", transfers_);
  bpf_iter_link_info of{};
  of.map.map_fd = static_cast<__u32>(bpf_map__fd(objects_->net->maps.kw_sockets));
  bpf_iter_attach_opts options{};
  options.sz = sizeof(options);
  options.link_info = &of;
  options.link_info_len = sizeof(of);
  request_walk_ = bpf_program__attach_iter(programs.kw_settle_requests, &options);
  if (!request_walk_) {
    off("requests",
        "iterator: " + errno_text(errno) + "; those open while the valve turns stay open");
  }
}

Result<> Programs::attach_all(bool on) {
  for (ProgramGroup* group : {&always_, &packets_, &system_calls_, &transfers_}) {
    if (auto set = group->set(on); !set) return set;
  }
  return {};
}

Result<> Programs::settle_requests() const {
  if (!request_walk_) return {};
  if (auto walked = read_iterator(request_walk_); !walked)
    return wrap(walked.error(), "end requests");
  return {};
}

Result<> Programs::apply(const sense::ValveEffect& effect) {
  Result<> outcome;
  const std::pair<ProgramGroup*, bool> groups[] = {
      {&packets_, effect.packets},
      {&system_calls_, effect.system_calls},
      {&transfers_, effect.requests},
  };
  for (const auto& [group, on] : groups) {
    if (auto set = group->set(on); !set) outcome = set.error();
  }
  if (faults_) {
    if (auto turned = faults_->turn(effect.faults); !turned) outcome = turned.error();
  }
  return outcome;
}

}  // namespace kernwise::kernel
