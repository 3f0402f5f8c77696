// SPDX-License-Identifier: Apache-2.0
#include "profiler/app/daemon.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <iostream>

#include "common/base/log.hpp"
#include "common/base/version.hpp"
#include "common/http/server.hpp"
#include "profiler/app/budget.hpp"
#include "profiler/app/discovering.hpp"
#include "profiler/app/endpoints.hpp"
#include "profiler/app/file_collector.hpp"
#include "profiler/app/flames.hpp"
#include "profiler/app/naming.hpp"
#include "profiler/app/options.hpp"
#include "profiler/app/privileges.hpp"
#include "profiler/app/pusher.hpp"
#include "profiler/app/reporter.hpp"
#include "profiler/export/display.hpp"
#include "profiler/export/table.hpp"
#include "profiler/kernel/bpf_reader.hpp"
#include "profiler/kernel/cpu_events.hpp"
#include "profiler/kernel/programs.hpp"
#include "profiler/kernel/stack_recorder.hpp"

namespace kernwise::profiler {
namespace {

constexpr std::chrono::milliseconds kDrainEvery{200};

std::string host_name() {
  char name[256] = {};
  ::gethostname(name, sizeof(name) - 1);
  return name;
}

}  // namespace

class Daemon::Impl {
 public:
  explicit Impl(const options::Settings& settings)
      : settings_(settings),
        window_(settings.milliseconds("window")),
        window_timer_(io_),
        drain_timer_(io_),
        signals_(io_, SIGINT, SIGTERM),
        latest_(export_options(settings, {})) {}

  [[nodiscard]] Result<> prepare() {
    if (auto means = check_means(); !means) return means;
    if (auto named = prepare_names(); !named) return named;
    auto wanted = program_options(settings_);
    if (!wanted) return wanted.error();
    load_programs(std::move(*wanted));
    if (!reader_) latest_.files_only();
    if (auto begun = prepare_reporter(); !begun) return begun;
    prepare_flames();
    if (auto pushing = prepare_pusher(); !pushing) return pushing;
    announce_series();
    if (auto listening = listen(); !listening) return listening;
    return drop();
  }

  void run() {
    signals_.async_wait([this](const boost::system::error_code& error, int) {
      if (!error) io_.stop();
    });
    next_window_ = Monotonic::now();
    schedule_window();
    schedule_drain();
    watch_cgroups();
    io_.run();
    log::info("Stopped");
  }

 private:
  void degrade(std::string reason) {
    if (std::ranges::find(degraded_, reason) != degraded_.end()) return;
    log::warn("Degraded", {{"reason", reason}});
    degraded_.push_back(std::move(reason));
  }

  /// What is missing is named and the rest runs; only a cgroup.root that somebody wrote must be
  /// right.
  [[nodiscard]] Result<> check_means() {
    const auto& root = settings_.text("cgroup.root");
    auto tree = kernel::CgroupTree::open(root, settings_.text("proc.root"));
    if (!tree && !root.empty()) return tree.error();
    if (!tree) {
      degrade(tree.error().message() + ": containers are not told apart");
      latest_.cgroup_mode("none");
    }
    cgroups_ =
        std::make_unique<kernel::CgroupTree>(tree ? std::move(*tree) : kernel::CgroupTree::none());
    const auto held = kernel::effective_capabilities();
    if (!held) return held.error();
    for (auto& reason :
         missing_means(*held, settings_.text("proc.root"), settings_.flag("bpf.enabled"))) {
      degrade(std::move(reason));
    }
    return {};
  }

  /// Everything is attached and no other thread runs yet.
  [[nodiscard]] Result<> drop() {
    const auto works = [this] {
      if (!reader_) return true;
      constexpr std::uint64_t kNoCgroup = 0;
      const bool writes = reader_->assign(kNoCgroup, KW_SYSTEM_SLOT).has_value();
      reader_->forget(kNoCgroup);
      return writes && reader_->read(std::array<std::uint32_t, 1>{KW_SYSTEM_SLOT}).has_value();
    };
    const auto kept = drop_privileges(
        capabilities_for({.processes = true,
                          .new_cpus = programs_ != nullptr && kernel::cpus_may_come(),
                          .measure_cost = settings_.text("bpf.measure") == "always"}),
        works);
    if (!kept) return kept.error();
    log::info("Capabilities kept", {{"names", kernel::names_of(*kept)}});
    return {};
  }

  [[nodiscard]] Result<> prepare_names() {
    auto filter = discovery::Filter::make({settings_.list("filter.exclude_namespaces"),
                                           settings_.list("filter.namespaces"),
                                           settings_.text("filter.label_selector")});
    if (!filter) return wrap(filter.error(), "filter.label_selector");
    const bool from_file = settings_.text("discovery.mode") == "file";
    if (from_file && settings_.text("pods").empty()) {
      return invalid("pods: discovery.mode file needs a file of pod names");
    }
    naming_ = std::make_unique<Naming>(std::move(*filter),
                                       from_file ? settings_.text("pods") : std::string());
    if (auto read = naming_->refresh(); !read) return read;
    const auto& mode = settings_.text("discovery.mode");
    return mode == "kubelet" || mode == "informer" ? follow_pods() : Result<>();
  }

  [[nodiscard]] Result<> follow_pods() {
    auto options = pod_source_options(settings_, options::process_environment(), node());
    if (!options) return options.error();
    auto source = discovery::PodSource::start(io_, std::move(*options), naming_->pods());
    if (!source) return source.error();
    pod_source_ = std::move(*source);
    return {};
  }

  [[nodiscard]] std::string node() const {
    return settings_.text("node").empty() ? host_name() : settings_.text("node");
  }

  void load_programs(kernel::ProgramOptions wanted) {
    if (!settings_.flag("bpf.enabled")) {
      degraded_.emplace_back("bpf.enabled is false: cgroup files only");
      return;
    }
    wanted.self_tgid = static_cast<std::uint32_t>(::getpid());
    auto programs = kernel::Programs::load(wanted);
    if (!programs) return degrade(programs.error().message() + ": cgroup files only");
    programs_ = std::move(*programs);
    auto reader = kernel::BpfReader::open(*programs_);
    if (!reader) return degrade(reader.error().message() + ": cgroup files only");
    reader_ = std::move(*reader);
    budget_ =
        std::make_unique<Budget>(BudgetOptions{.budget = settings_.number("bpf.budget") / 100,
                                               .always = settings_.text("bpf.measure") == "always"},
                                 *programs_, *reader_);
    budget_->start(kernel::kernel_now_ns());
    for (const auto& reason : programs_->degraded()) degrade(reason);
    latest_.options(export_options(settings_, programs_->hooks()));
  }

  [[nodiscard]] bool request_times() const {
    if (!programs_) return false;
    for (const auto& hook : programs_->hooks()) {
      if (hook.hook == "sock_recv_length" && hook.mode != "off") return true;
    }
    return false;
  }

  [[nodiscard]] Result<> prepare_reporter() {
    if (cgroups_->hybrid()) {
      latest_.cgroup_mode("v1-hybrid");
      degraded_.emplace_back("cgroup v1 beside v2: cpu.max and pressure files are not read");
    }
    auto boot_id = kernel::read_boot_id(settings_.text("proc.root"));
    if (!boot_id) return boot_id.error();
    symbols_ = std::make_unique<symbols::Resolver>(
        symbols::ResolverOptions{.proc_root = settings_.text("proc.root")},
        std::make_unique<symbols::Parser>());
    ReporterOptions options;
    options.node = node();
    options.boot_id = *boot_id;
    options.proc_root = settings_.text("proc.root");
    const auto wanted = collectors(settings_);
    options.scheduler = wanted.cpu || wanted.waits;
    options.request_times = request_times();
    options.cgroup_events = reader_ && reader_->cgroup_events_fd() >= 0;
    ReporterSources sources;
    sources.counters = reader_.get();
    sources.cgroups = cgroups_.get();
    sources.symbols = symbols_.get();
    sources.name_of = [this](const TrackedContainer& each) {
      return naming_->name_of(each, Monotonic::now());
    };
    files_ = std::make_unique<FileCollector>(
        FileCollectorOptions{.collected = wanted,
                             .proc_root = settings_.text("proc.root"),
                             .cgroup_root = cgroups_->root(),
                             .counters = reader_ != nullptr});
    reporter_ = std::make_unique<Reporter>(std::move(options), std::move(sources));
    return reporter_->begin();
  }

  void prepare_flames() {
    if (programs_ && reader_) {
      auto stacks = kernel::StackRecorder::open(*programs_);
      if (stacks) stacks_ = std::move(*stacks);
    }
    flames_ = std::make_unique<Flames>(
        io_, stacks_.get(), *symbols_, [this](const std::string& pod, const std::string& uid) {
          return slots_of_pod(reporter_->table(), *naming_, Monotonic::now(), pod, uid);
        });
  }

  [[nodiscard]] Result<> prepare_pusher() {
    if (settings_.text("orchestrator.url").empty()) return {};
    auto url = http::parse_url(settings_.text("orchestrator.url"));
    if (!url) return wrap(url.error(), "orchestrator.url");
    pusher_ = std::make_unique<Pusher>(
        io_, PusherOptions{.orchestrator = *url},
        [this](const report::Reply& reply) { naming_->learn(reply, Monotonic::now()); });
    return {};
  }

  /// Every series costs memory in Prometheus; how many there will be is said before the first
  /// scrape.
  void announce_series() const {
    const auto containers = reporter_->table().containers().size();
    log::info("Series estimated",
              {{"containers", std::to_string(containers)},
               {"per_container", std::to_string(estimate_series(1, latest_.options()))},
               {"series", std::to_string(estimate_series(containers, latest_.options()))}});
  }

  [[nodiscard]] Result<> listen() {
    http::ServerOptions options;
    options.listen = settings_.text("listen");
    options.routes = routes(latest_);
    options.routes.push_back(flames_->route());
    auto server = http::Server::start(io_, std::move(options));
    if (!server) return wrap(server.error(), "listen");
    server_ = std::move(*server);
    const auto& where = settings_.text("listen");
    std::cout << "listening http=" << where.substr(0, where.rfind(':')) << ":" << server_->port()
              << std::endl;
    return {};
  }

  void schedule_window() {
    next_window_ += window_;
    window_timer_.expires_at(next_window_);
    window_timer_.async_wait([this](const boost::system::error_code& error) {
      if (error) return;
      close_window();
      schedule_window();
    });
  }

  void schedule_drain() {
    drain_timer_.expires_after(std::min<std::chrono::milliseconds>(kDrainEvery, window_));
    drain_timer_.async_wait([this](const boost::system::error_code& error) {
      if (error) return;
      reporter_->drain();
      if (budget_) budget_->tick(kernel::kernel_now_ns());
      schedule_drain();
    });
  }

  /// A new container gets its slot within a wakeup, before it has done much.
  void watch_cgroups() {
    if (!reader_ || reader_->cgroup_events_fd() < 0) return;
    if (!events_) events_.emplace(io_, ::dup(reader_->cgroup_events_fd()));
    events_->async_wait(boost::asio::posix::stream_descriptor::wait_read,
                        [this](const boost::system::error_code& error) {
                          if (error) return;
                          reporter_->drain();
                          watch_cgroups();
                        });
  }

  void close_window() {
    const auto begun = Monotonic::now();
    if (auto read = naming_->refresh(); !read) {
      log::warn("Pods file not read, names stay", {{"reason", read.error().message()}});
    }
    if (programs_) {
      if (auto followed = programs_->follow_cpus(); !followed) degrade(followed.error().message());
    }
    auto report = reporter_->close_window();
    if (!report) {
      log::error("Window lost", {{"reason", report.error().message()}});
      return;
    }
    report->profiler_version = std::string(version());
    if (programs_) report->hooks = programs_->hooks();
    report->degraded = degraded_;
    if (pod_source_ && !pod_source_->problem().empty()) {
      report->degraded.push_back(pod_source_->problem());
    }
    if (auto reason = files_->degraded(); !reason.empty()) report->degraded.push_back(reason);
    apply_budget(*report);
    leave_out_excluded(*report);
    report->names_wanted = naming_->wanted(*report, Monotonic::now());
    publish(*report);
    latest_.cost(budget_ ? budget_->step() : 0, Seconds(Monotonic::now() - begun).count());
  }

  /// What was missing in the window that closed is said before the valve turns for the next one.
  void apply_budget(report::Report& report) {
    if (!budget_) return;
    if (auto missing = budget_->degraded(); !missing.empty()) {
      report.degraded.push_back(std::move(missing));
    }
    budget_->window_closed(kernel::kernel_now_ns(), report.totals.cores);
    report.totals.self.program_ns = budget_->window_ns();
    reporter_->set_valve(budget_->sample_weight(), budget_->reasons());
  }

  void leave_out_excluded(report::Report& report) {
    std::erase_if(report.containers, [this](const report::Container& container) {
      if (!naming_->excluded(container)) return false;
      reporter_->exclude(container.cgroup_id);
      return true;
    });
  }

  void publish(const report::Report& report) {
    latest_.update(report, *reporter_);
    if (pusher_) pusher_->push(report);
    latest_.files(files_->collect(
        report, [this](std::uint64_t id) { return reporter_->leader(id); }, Monotonic::now()));
    if (settings_.flag("print")) std::cout << print_table(report) << std::endl;
  }

  options::Settings settings_;
  std::chrono::milliseconds window_;
  boost::asio::io_context io_{1};
  boost::asio::steady_timer window_timer_, drain_timer_;
  boost::asio::signal_set signals_;
  std::unique_ptr<kernel::CgroupTree> cgroups_;
  std::unique_ptr<Naming> naming_;
  std::unique_ptr<discovery::PodSource> pod_source_;
  std::unique_ptr<kernel::Programs> programs_;
  std::unique_ptr<kernel::BpfReader> reader_;
  std::unique_ptr<Budget> budget_;
  std::unique_ptr<symbols::Resolver> symbols_;
  std::unique_ptr<Reporter> reporter_;
  std::unique_ptr<FileCollector> files_;
  std::unique_ptr<kernel::StackRecorder> stacks_;
  std::unique_ptr<Flames> flames_;
  std::unique_ptr<Pusher> pusher_;
  std::unique_ptr<http::Server> server_;
  std::optional<boost::asio::posix::stream_descriptor> events_;
  std::vector<std::string> degraded_;
  LatestWindow latest_;
  MonoTime next_window_;
};

Daemon::Daemon(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Daemon::~Daemon() = default;

Result<std::unique_ptr<Daemon>> Daemon::start(const options::Settings& settings) {
  auto impl = std::make_unique<Impl>(settings);
  if (auto ready = impl->prepare(); !ready) return ready.error();
  return std::unique_ptr<Daemon>(new Daemon(std::move(impl)));
}

void Daemon::run() {
  impl_->run();
}

}  // namespace kernwise::profiler
