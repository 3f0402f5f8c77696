// SPDX-License-Identifier: Apache-2.0
#include "profiler/app/daemon.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <iostream>

#include "common/base/log.hpp"
#include "common/base/version.hpp"
#include "profiler/app/parts.hpp"
#include "profiler/export/table.hpp"

namespace kernwise::profiler {
namespace {

constexpr std::chrono::milliseconds kDrainEvery{200};

}  // namespace

class Daemon::Impl {
 public:
  explicit Impl(const options::Settings& settings)
      : parts_(settings, io_),
        window_(settings.milliseconds("window")),
        window_timer_(io_),
        drain_timer_(io_),
        signals_(io_, SIGINT, SIGTERM) {}

  [[nodiscard]] Result<> prepare() { return parts_.prepare(); }

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
      parts_.reporter->drain();
      if (parts_.budget) parts_.budget->tick(kernel::kernel_now_ns());
      schedule_drain();
    });
  }

  /// A new container gets its slot within a wakeup, before it has done much.
  void watch_cgroups() {
    if (!parts_.reader || parts_.reader->cgroup_events_fd() < 0) return;
    if (!events_) events_.emplace(io_, ::dup(parts_.reader->cgroup_events_fd()));
    events_->async_wait(boost::asio::posix::stream_descriptor::wait_read,
                        [this](const boost::system::error_code& error) {
                          if (error) return;
                          parts_.reporter->drain();
                          watch_cgroups();
                        });
  }

  void close_window() {
    const auto begun = Monotonic::now();
    if (auto read = parts_.naming->refresh(); !read) {
      log::warn("Pods file not read, names stay", {{"reason", read.error().message()}});
    }
    if (parts_.programs) {
      if (auto followed = parts_.programs->follow_cpus(); !followed)
        parts_.degrade(followed.error().message());
    }
    auto report = parts_.reporter->close_window();
    if (!report) {
      log::error("Window lost", {{"reason", report.error().message()}});
      return;
    }
    report->profiler_version = std::string(version());
    if (parts_.programs) report->hooks = parts_.programs->hooks();
    report->degraded = parts_.degraded;
    if (parts_.pod_source && !parts_.pod_source->problem().empty()) {
      report->degraded.push_back(parts_.pod_source->problem());
    }
    if (auto reason = parts_.files->degraded(); !reason.empty()) report->degraded.push_back(reason);
    if (parts_.pusher) tell_pushing(*report);
    apply_budget(*report);
    leave_out_excluded(*report);
    report->names_wanted = parts_.naming->wanted(*report, Monotonic::now());
    publish(*report);
    parts_.latest.cycle(Seconds(Monotonic::now() - begun).count());
  }

  void tell_pushing(report::Report& report) {
    if (auto problem = parts_.pusher->problem(); !problem.empty()) {
      report.degraded.push_back(std::move(problem));
    }
    const PushCounts counts = parts_.pusher->counts();
    parts_.latest.pushed({.sent = counts.sent,
                          .refused = counts.refused,
                          .failed = counts.failed,
                          .dropped = counts.dropped,
                          .waiting = counts.waiting});
  }

  /// What was missing in the window that closed is said before the valve turns for the next one.
  void apply_budget(report::Report& report) {
    if (!parts_.budget) return;
    if (auto missing = parts_.budget->degraded(); !missing.empty()) {
      report.degraded.push_back(std::move(missing));
    }
    parts_.budget->window_closed(kernel::kernel_now_ns(), report.totals.cores);
    report.totals.self.program_ns = parts_.budget->window_ns();
    parts_.reporter->set_valve(parts_.budget->effect());
    parts_.latest.programs(parts_.budget->window_by_collector(), parts_.budget->shed());
  }

  void leave_out_excluded(report::Report& report) {
    std::erase_if(report.containers, [this](const report::Container& container) {
      if (!parts_.naming->excluded(container)) return false;
      parts_.reporter->exclude(container.cgroup_id);
      return true;
    });
  }

  void publish(const report::Report& report) {
    parts_.latest.update(report, *parts_.reporter);
    if (parts_.pusher) parts_.pusher->push(report);
    parts_.latest.files(parts_.files->collect(
        report,
        [this](std::uint64_t id) {
          return FileCollector::Known{parts_.reporter->leader(id), parts_.reporter->memory(id)};
        },
        Monotonic::now()));
    if (parts_.settings.flag("print")) std::cout << print_table(report) << std::endl;
  }

  boost::asio::io_context io_{1};
  Parts parts_;
  std::chrono::milliseconds window_;
  boost::asio::steady_timer window_timer_, drain_timer_;
  boost::asio::signal_set signals_;
  std::optional<boost::asio::posix::stream_descriptor> events_;
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
