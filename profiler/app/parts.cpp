// SPDX-License-Identifier: Apache-2.0
#include "profiler/app/parts.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <iostream>

#include "common/base/log.hpp"
#include "profiler/app/discovering.hpp"
#include "profiler/app/options.hpp"
#include "profiler/app/privileges.hpp"
#include "profiler/kernel/cpu_events.hpp"
#include "profiler/kernel/kept_files.hpp"

namespace kernwise::profiler {
namespace {

std::string host_name() {
  char name[256] = {};
  ::gethostname(name, sizeof(name) - 1);
  return name;
}

}  // namespace

Parts::Parts(const options::Settings& all, boost::asio::io_context& context)
    : settings(all), io(context), latest(export_options(all, {})) {}

Result<> Parts::prepare() {
  kernel::raise_open_files();
  if (auto means = check_means(); !means) return means;
  if (auto named = prepare_names(); !named) return named;
  auto wanted = program_options(settings);
  if (!wanted) return wanted.error();
  load_programs(std::move(*wanted));
  if (!reader) latest.files_only();
  if (auto begun = prepare_reporter(); !begun) return begun;
  prepare_flames();
  if (auto pushing = prepare_pusher(); !pushing) return pushing;
  announce_series();
  if (auto listening = listen(); !listening) return listening;
  return drop();
}

void Parts::degrade(std::string reason) {
  if (std::ranges::find(degraded, reason) != degraded.end()) return;
  log::warn("Degraded", {{"reason", reason}});
  degraded.push_back(std::move(reason));
}

/// What is missing is named and the rest runs; only a cgroup.root that somebody wrote must be
/// right.
Result<> Parts::check_means() {
  const auto& root = settings.text("cgroup.root");
  auto tree = kernel::CgroupTree::open(root, settings.text("proc.root"));
  if (!tree && !root.empty()) return tree.error();
  if (!tree) {
    degrade(tree.error().message() + ": containers are not told apart");
    latest.cgroup_mode("none");
  }
  cgroups =
      std::make_unique<kernel::CgroupTree>(tree ? std::move(*tree) : kernel::CgroupTree::none());
  const auto held = kernel::effective_capabilities();
  if (!held) return held.error();
  for (auto& reason :
       missing_means(*held, settings.text("proc.root"), settings.flag("bpf.enabled"))) {
    degrade(std::move(reason));
  }
  return {};
}

/// Everything is attached and no other thread runs yet.
Result<> Parts::drop() {
  const auto works = [this] {
    if (!reader) return true;
    constexpr std::uint64_t kNoCgroup = 0;
    const bool writes = reader->assign(kNoCgroup, KW_SYSTEM_SLOT).has_value();
    reader->forget(kNoCgroup);
    return writes && reader->read(std::array<std::uint32_t, 1>{KW_SYSTEM_SLOT}).has_value();
  };
  const auto kept =
      drop_privileges(capabilities_for({.processes = true,
                                        .new_cpus = programs != nullptr && kernel::cpus_may_come(),
                                        .measure_cost = settings.text("bpf.measure") == "always"}),
                      works);
  if (!kept) return kept.error();
  log::info("Capabilities kept", {{"names", kernel::names_of(*kept)}});
  return {};
}

Result<> Parts::prepare_names() {
  auto filter = discovery::Filter::make({settings.list("filter.exclude_namespaces"),
                                         settings.list("filter.namespaces"),
                                         settings.text("filter.label_selector")});
  if (!filter) return wrap(filter.error(), "filter.label_selector");
  const bool from_file = settings.text("discovery.mode") == "file";
  if (from_file && settings.text("pods").empty()) {
    return invalid("pods: discovery.mode file needs a file of pod names");
  }
  naming = std::make_unique<Naming>(std::move(*filter),
                                    from_file ? settings.text("pods") : std::string());
  if (auto read = naming->refresh(); !read) return read;
  const auto& mode = settings.text("discovery.mode");
  return mode == "kubelet" || mode == "informer" ? follow_pods() : Result<>();
}

Result<> Parts::follow_pods() {
  auto options = pod_source_options(settings, options::process_environment(), node());
  if (!options) return options.error();
  auto source = discovery::PodSource::start(io, std::move(*options), naming->pods());
  if (!source) return source.error();
  pod_source = std::move(*source);
  return {};
}

std::string Parts::node() const {
  return settings.text("node").empty() ? host_name() : settings.text("node");
}

void Parts::load_programs(kernel::ProgramOptions wanted) {
  if (!settings.flag("bpf.enabled")) {
    degraded.emplace_back("bpf.enabled is false: cgroup files only");
    return;
  }
  wanted.self_tgid = static_cast<std::uint32_t>(::getpid());
  auto loaded = kernel::Programs::load(wanted);
  if (!loaded) return degrade(loaded.error().message() + ": cgroup files only");
  programs = std::move(*loaded);
  auto opened = kernel::BpfReader::open(*programs);
  if (!opened) return degrade(opened.error().message() + ": cgroup files only");
  reader = std::move(*opened);
  budget =
      std::make_unique<Budget>(BudgetOptions{.budget = settings.number("bpf.budget") / 100,
                                             .always = settings.text("bpf.measure") == "always"},
                               *programs, *reader);
  budget->start(kernel::kernel_now_ns());
  for (const auto& reason : programs->degraded()) degrade(reason);
  latest.options(export_options(settings, programs->hooks()));
}

bool Parts::request_times() const {
  if (!programs) return false;
  for (const auto& hook : programs->hooks()) {
    if (hook.hook == "sock_recv_length" && hook.mode != "off") return true;
  }
  return false;
}

Result<> Parts::prepare_reporter() {
  if (cgroups->hybrid()) {
    latest.cgroup_mode("v1-hybrid");
    degraded.emplace_back(
        "cgroup v1 beside v2: limits are those of version 1, buffered writes count for the system");
  }
  auto boot_id = kernel::read_boot_id(settings.text("proc.root"));
  if (!boot_id) return boot_id.error();
  symbols = std::make_unique<symbols::Resolver>(
      symbols::ResolverOptions{.proc_root = settings.text("proc.root")},
      std::make_unique<symbols::Parser>());
  ReporterOptions options;
  options.node = node();
  options.boot_id = *boot_id;
  options.proc_root = settings.text("proc.root");
  const auto wanted = collectors(settings);
  options.scheduler = wanted.cpu || wanted.waits;
  options.request_times = request_times();
  options.cgroup_memory = wanted.cgroup_memory;
  options.cgroup_events = reader && reader->cgroup_events_fd() >= 0;
  ReporterSources sources;
  sources.counters = reader.get();
  sources.cgroups = cgroups.get();
  sources.symbols = symbols.get();
  sources.name_of = [this](const TrackedContainer& each) {
    return naming->name_of(each, Monotonic::now());
  };
  files =
      std::make_unique<FileCollector>(FileCollectorOptions{.collected = wanted,
                                                           .proc_root = settings.text("proc.root"),
                                                           .cgroup_root = cgroups->root(),
                                                           .counters = reader != nullptr});
  reporter = std::make_unique<Reporter>(std::move(options), std::move(sources));
  return reporter->begin();
}

void Parts::prepare_flames() {
  if (programs && reader) {
    auto recorder = kernel::StackRecorder::open(*programs);
    if (recorder) stacks = std::move(*recorder);
  }
  flames = std::make_unique<Flames>(
      io, stacks.get(), *symbols, [this](const std::string& pod, const std::string& uid) {
        return slots_of_pod(reporter->table(), *naming, Monotonic::now(), pod, uid);
      });
}

Result<> Parts::prepare_pusher() {
  if (settings.text("orchestrator.url").empty()) return {};
  auto options = pusher_options(settings);
  if (!options) return options.error();
  pusher = std::make_unique<Pusher>(io, *std::move(options), [this](const report::Reply& reply) {
    naming->learn(reply, Monotonic::now());
  });
  return {};
}

/// Every series costs memory in Prometheus; how many there will be is said before the first
/// scrape.
void Parts::announce_series() const {
  const auto containers = reporter->table().containers().size();
  log::info("Series estimated",
            {{"containers", std::to_string(containers)},
             {"per_container", std::to_string(estimate_series(1, latest.options()))},
             {"series", std::to_string(estimate_series(containers, latest.options()))}});
}

Result<> Parts::listen() {
  http::ServerOptions options;
  options.listen = settings.text("listen");
  options.routes = routes(latest);
  options.routes.push_back(flames->route());
  auto started = http::Server::start(io, std::move(options));
  if (!started) return wrap(started.error(), "listen");
  server = std::move(*started);
  const auto& where = settings.text("listen");
  std::cout << "listening http=" << where.substr(0, where.rfind(':')) << ":" << server->port()
            << std::endl;
  return {};
}

}  // namespace kernwise::profiler
