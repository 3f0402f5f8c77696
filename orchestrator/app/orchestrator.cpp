// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/app/orchestrator.hpp"

#include <iterator>
#include <utility>

#include "common/base/log.hpp"
#include "orchestrator/api/health.hpp"
#include "orchestrator/api/metrics.hpp"
#include "orchestrator/api/prometheus_route.hpp"
#include "orchestrator/api/scheduler_routes.hpp"
#include "orchestrator/app/cluster_side.hpp"
#include "orchestrator/app/core.hpp"
#include "orchestrator/app/lane.hpp"
#include "orchestrator/app/listeners.hpp"
#include "orchestrator/app/past_reader.hpp"
#include "orchestrator/app/placement_tray.hpp"
#include "orchestrator/app/senders.hpp"
#include "orchestrator/ingest/report_route.hpp"

namespace kernwise::orchestrator {
namespace {

constexpr std::chrono::milliseconds kPublishEvery{100}, kTidyEvery{1'000}, kDrain{4'500};
constexpr std::chrono::seconds kSchedulerIdle{120};
api::Now now() {
  return {Monotonic::now(), std::chrono::system_clock::now()};
}

void append(std::vector<http::Route>& routes, std::vector<http::Route> more) {
  std::move(more.begin(), more.end(), std::back_inserter(routes));
}

std::string with_port(const std::string& listen, std::uint16_t port) {
  return listen.substr(0, listen.rfind(':') + 1) + std::to_string(port);
}

}  // namespace

class Orchestrator::Impl {
 public:
  Impl(const Config& config, std::unique_ptr<history::Store> store)
      : config_(config), core_(config, std::move(store)) {
    if (config_.prometheus) {
      prometheus_ =
          std::make_unique<http::Client>(core_lane_.io(), config_.prometheus->url,
                                         http::ClientLimits{}, config_.prometheus->tls_of_others());
    }
  }

  ~Impl() {
    // The threads end before anything they use.
    scheduler_lane_.io().stop();
    core_lane_.io().stop();
    scheduler_lane_.join();
    core_lane_.join();
  }

  Result<> start() {
    if (auto done = core_.refresh_pods(); !done) return done.error();
    core_.remember_profiles(now());
    if (auto done = join_cluster(); !done) return done.error();
    core_.publish(now());
    if (auto done = listen(); !done) return done;
    core_lane_.every(kPublishEvery, [this] {
      catch_up();
      core_.publish(now());
    });
    core_lane_.every(kTidyEvery, [this] { core_.tidy(now()); });
    core_lane_.every(config_.scaling_interval, [this] { core_.scale(now()); });
    follow_past();
    core_lane_.run(Turn::later);
    scheduler_lane_.run(Turn::first);
    return {};
  }

  void stop() {
    ready_ = false;
    if (cluster_) cluster_->release(core_lane_);
    scheduler_lane_.end(kDrain);
    core_lane_.end(kDrain);
    scheduler_lane_.join();
    core_lane_.join();
    core_.keep_profiles(now());
  }

  [[nodiscard]] Ports ports() const { return ports_; }
  [[nodiscard]] const Config& config() const { return config_; }
  [[nodiscard]] const view::Published& view() const { return core_.view(); }

 private:
  Result<> join_cluster() {
    if (!config_.kubernetes.enabled) return {};
    auto cluster = ClusterSide::start(config_, core_lane_, core_);
    if (!cluster) return cluster.error();
    cluster_ = *std::move(cluster);
    doorkeeper_ = make_doorkeeper(cluster_->client(), config_, core_, [this](kube::Event event) {
      cluster_->tell(std::move(event), now().wall);
    });
    core_lane_.every(kTidyEvery, [this] { doorkeeper_->tick(); });
    return {};
  }

  /// What workloads needed before this start, as far as Prometheus knows it.
  void follow_past() {
    if (!config_.prometheus || !config_.placement.past) return;
    past_ = std::make_unique<PastReader>(
        core_lane_.io(), PastReader::Options{.url = config_.prometheus->url,
                                             .tls = config_.prometheus->tls,
                                             .token_file = config_.prometheus->token_file,
                                             .range = config_.placement.past_range});
    const auto look = [this] {
      past_->read([this](PastReading reading) { core_.take_past(std::move(reading), now()); });
    };
    core_lane_.post(look);
    core_lane_.every(config_.placement.past_every, look);
  }

  Result<> listen() {
    auto scheduler = scheduler_lane_.listen(scheduler_listener());
    if (!scheduler) return wrap(scheduler.error(), "scheduler.listen");
    auto ingest = core_lane_.listen(ingest_listener());
    if (!ingest) return wrap(ingest.error(), "ingest.listen");
    auto api = core_lane_.listen(api_listener());
    if (!api) return wrap(api.error(), "api.listen");
    ports_ = {*scheduler, *ingest, *api};
    return {};
  }

  /// Each lane watches the other: a hung one cannot answer for itself.
  std::vector<http::Route> health() {
    const std::vector<api::HealthCheck> live{
        {"core", [this] { return core_lane_.is_alive(); }},
        {"scheduler", [this] { return scheduler_lane_.is_alive(); }}};
    std::vector<api::HealthCheck> ready = live;
    ready.push_back({"accepting", [this] { return ready_.load(); }});
    return api::health_routes(live, ready);
  }

  http::ServerOptions scheduler_listener() {
    http::ServerOptions options{.listen = config_.scheduler_listen, .routes = health()};
    options.tls = watched(config_.scheduler_tls, "scheduler", core_.registry());
    options.limits.empty_errors = true;
    options.limits.idle_timeout = kSchedulerIdle;
    options.observer = api::request_counter(core_.registry(), "scheduler");
    const api::SchedulerOptions placement{.prefix = config_.scheduler_prefix,
                                          .mode = config_.placement.mode,
                                          .score = config_.placement.score,
                                          .filter = config_.placement.filter,
                                          .pending = config_.placement.pending,
                                          .warm_up = config_.placement.warm_up,
                                          .overloaded = core_.overloaded()};
    append(options.routes,
           api::scheduler_routes(core_.view(), placement, now,
                                 [this](const char* verb, protocol::Outcome&& outcome) {
                                   // On its thread, after the answer.
                                   tray_.put(verb, std::move(outcome), now().wall);
                                 }));
    return options;
  }

  /// Takes over what was answered to the scheduler.
  void catch_up() {
    tray_.drain(
        [this](history::PlacementRecord record) { core_.record(std::move(record), now().mono); });
  }

  /// Whoever asks sees what was answered before he asked.
  void catch_up_first(std::vector<http::Route>& routes) {
    for (http::Route& route : routes) {
      route.handler = [this, answer = std::move(route.handler)](const http::Request& request,
                                                                const http::Respond& respond) {
        catch_up();
        answer(request, respond);
      };
    }
  }

  http::ServerOptions ingest_listener() {
    http::ServerOptions options{.listen = config_.ingest_listen, .routes = health()};
    options.tls = watched(config_.ingest_tls, "ingest", core_.registry());
    options.observer = [this, count = api::request_counter(core_.registry(), "ingest")](
                           std::string_view route, int status, std::chrono::nanoseconds spent) {
      count(route, status, spent);
      if (status == 413) core_.count_report("too_large");
    };
    ingest::Desk desk{.accept =
                          [this](report::Report report, const std::string& address) {
                            return core_.accept(std::move(report), address, now());
                          },
                      .reply = [this](const std::string& node,
                                      const auto& wanted) { return core_.reply(node, wanted); },
                      .count = [this](std::string_view result) { core_.count_report(result); }};
    if (doorkeeper_) {
      desk.authenticate = [this](const std::string& token, const std::string& peer,
                                 ingest::Authenticator::Done done) {
        doorkeeper_->check(token, peer, std::move(done));
      };
      desk.wrong_node = [this](const std::string& node, const std::string& claimed) {
        doorkeeper_->wrong_node(node, claimed);
      };
    }
    options.routes.push_back(ingest::report_route(std::move(desk)));
    return options;
  }

  http::ServerOptions api_listener() {
    http::ServerOptions options{.listen = config_.api_listen, .routes = health()};
    options.tls = watched(config_.api_tls, "api", core_.registry());
    options.observer = api::request_counter(core_.registry(), "api");
    api::Sources sources = core_.sources();
    if (cluster_) {
      sources.more_metrics = [this](auto& families, MonoTime at) {
        cluster_->add_metrics(families, at);
      };
    }
    append(options.routes, api::list_routes(sources, now));
    append(options.routes, api::explain_routes(sources, now));
    append(options.routes, api::whatif_routes(sources, now));
    append(options.routes, api::placement_input_routes(sources, now));
    append(options.routes, api::history_routes(sources, now));
    append(options.routes, api::prometheus_routes(prometheus_.get()));
    catch_up_first(options.routes);
    return options;
  }

  const Config config_;
  std::atomic<bool> ready_{true};
  Ports ports_;
  Core core_;
  PlacementTray tray_{core_.registry()};
  Lane core_lane_, scheduler_lane_;
  // On core_lane_.
  std::unique_ptr<http::Client> prometheus_;
  std::unique_ptr<PastReader> past_;                // none without a Prometheus
  std::unique_ptr<ClusterSide> cluster_;            // none stand-alone
  std::unique_ptr<ingest::Doorkeeper> doorkeeper_;  // none without a cluster
};

Orchestrator::Orchestrator(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Orchestrator::~Orchestrator() = default;

Result<std::unique_ptr<Orchestrator>> Orchestrator::start(const Config& config) {
  std::unique_ptr<history::Store> store;
  if (!config.history_path.empty()) {
    auto opened = history::Store::open(
        {.path = config.history_path,
         .bounds = {.rows = config.history_rows, .bytes = config.history_bytes}});
    if (!opened) return wrap(opened.error(), "history.path");
    store = std::move(*opened);
  }
  auto impl = std::make_unique<Impl>(config, std::move(store));
  if (auto done = impl->start(); !done) return done.error();
  return std::unique_ptr<Orchestrator>(new Orchestrator(std::move(impl)));
}

Orchestrator::Ports Orchestrator::ports() const {
  return impl_->ports();
}

std::string Orchestrator::addresses() const {
  const Config& config = impl_->config();
  const Ports ports = impl_->ports();
  return "scheduler=" + with_port(config.scheduler_listen, ports.scheduler) +
         " ingest=" + with_port(config.ingest_listen, ports.ingest) +
         " api=" + with_port(config.api_listen, ports.api);
}

std::shared_ptr<const view::Snapshot> Orchestrator::snapshot() const {
  return impl_->view().load();
}

void Orchestrator::stop() {
  impl_->stop();
}

}  // namespace kernwise::orchestrator
