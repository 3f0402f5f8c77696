// SPDX-License-Identifier: Apache-2.0
#include "profiler/app/options.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

#include "common/kube/system_namespaces.hpp"

namespace kernwise::profiler {

using namespace options;  // NOLINT(google-build-using-namespace): a table of its words

namespace {

using Table = std::vector<Option>;

Table collecting() {
  return {
      {"window", "5s", duration("1s", "60s"), "report and export interval"},
      {"profile", "standard", one_of({"minimal", "standard", "comprehensive", "custom"}),
       "which collectors run; custom takes the collect.* switches"},
      {"collect.cpu", "true", boolean(), "run queue and context switches (profile custom)"},
      {"collect.tcp", "true", boolean(), "socket roles, requests and peers (profile custom)"},
      {"collect.oom", "true", boolean(), "kills for want of memory (profile custom)"},
      {"collect.faults", "true", boolean(), "major page faults (profile custom)"},
      {"collect.syscalls", "false", boolean(),
       "system calls by name; costs every call of the node (profile custom)"},
      {"collect.disk", "true", boolean(), "block requests and their latency (profile custom)"},
      {"collect.iface", "true", boolean(), "network interfaces of pods (profile custom)"},
      {"collect.fs", "true", boolean(), "file systems of containers (profile custom)"},
      {"collect.cgroup_memory", "true", boolean(), "memory files of cgroups (profile custom)"},
      {"collect.stacks", "true", boolean(), "99 Hz samples of functions (profile custom)"},
      {"collect.waits", "true", boolean(), "what is waited for (profile custom)"},
      {"collect.packets", "false", boolean(),
       "TCP drops, round trips of one packet in eight (profile custom)"},
      {"syscalls.tracked",
       "read,write,openat,close,connect,accept4,sendto,recvfrom,epoll_wait,futex", list(),
       "system calls counted by name, at most 16 (profile comprehensive)"},
      {"metrics.histograms", "brief", one_of({"full", "brief", "summary"}),
       "20 buckets, 8 buckets, or only sum and count"},
      {"bpf.enabled", "true", boolean(), "false = cgroup files only"},
      {"bpf.budget", "1", number(0.01, 100),
       "percent of the node's CPU that all kernel programs together may use"},
      {"bpf.measure", "start", one_of({"start", "always"}),
       "when run time statistics are on; always = 2 s of every minute, which keeps CAP_SYS_ADMIN"},
  };
}

Table naming() {
  return {
      {"discovery.mode", "orchestrator", one_of({"orchestrator", "informer", "kubelet", "file"}),
       "where pod names come from: its replies, the API server, this node's kubelet, a file"},
      {"discovery.kubelet_url", "https://127.0.0.1:10250", any_text(), "address of the kubelet"},
      {"discovery.kubelet_interval", "30s", duration("1s", "10m"), "between two lists of its pods"},
      {"discovery.api_url", "", any_text(),
       "address of the API server; empty = KUBERNETES_SERVICE_HOST and _PORT"},
      {"discovery.token_file", "/var/run/secrets/kubernetes.io/serviceaccount/token", any_text(),
       "shown to kubelet and API server, read for every request; empty = none"},
      {"discovery.ca_file", "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt", any_text(),
       "who signed the certificates of kubelet and API server; empty = the system's authorities"},
      {"discovery.server_name", "", any_text(),
       "name in their certificate; empty = the host of the address"},
      {"pods", "", any_text(), "YAML file of pod names for discovery.mode file"},
      {"filter.exclude_namespaces", kube::kSystemNamespaces, list(),
       "namespaces counted in the aggregate system only"},
      {"filter.namespaces", "", list(), "namespaces to report; empty = all"},
      {"filter.label_selector", "", any_text(), "pods to report by label; empty = all"},
  };
}

Table surroundings() {
  return {
      {"orchestrator.url", "", any_text(),
       "where reports go, to every address of that host; empty = this profiler is alone"},
      {"orchestrator.token_file", "", any_text(),
       "says who this is, read for every report; needs https beyond the loopback; empty = none"},
      {"orchestrator.ca_file", "", any_text(),
       "who signed the orchestrators' certificate; empty = the system's authorities"},
      {"listen", "127.0.0.1:5000", endpoint(), "address of the JSON view and of /metrics"},
      {"node", "", any_text(), "name of this node; empty = the host name"},
      {"cgroup.root", "", any_text(), "cgroup2 mount point; empty = found by itself"},
      {"proc.root", "/proc", any_text(), "mount point of the host's /proc"},
      {"print", "false", boolean(), "print a table to the terminal after each window"},
      {"log.level", "info", one_of({"debug", "info", "warn", "error"}), "lowest level logged"},
      {"log.format", "text", one_of({"text", "json"}), "one line per event either way"},
  };
}

}  // namespace

options::Program program() {
  Program program;
  program.name = "kernwise-profiler";
  program.summary = "Tells for every container of this node what it works on or waits for.";
  program.env_prefix = "KERNWISE_PROFILER_";
  for (auto part : {collecting(), naming(), surroundings()}) {
    std::ranges::move(part, std::back_inserter(program.table));
  }
  return program;
}

}  // namespace kernwise::profiler
