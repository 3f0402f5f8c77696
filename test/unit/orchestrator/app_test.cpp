// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_all.hpp>
#include <iterator>
#include <sstream>

#include "orchestrator/app/config.hpp"
#include "orchestrator/app/core.hpp"
#include "orchestrator/app/listeners.hpp"
#include "orchestrator/app/scaling_loop.hpp"
#include "test/unit/orchestrator/reports.hpp"

namespace kernwise::orchestrator {
namespace {

using test::arrival;
using test::at;
using test::container;
using test::named;
using test::report_of;

Result<Config> configured(const std::vector<std::string>& flags,
                          const options::Environment& environment = {}) {
  auto outcome = options::load(program(), flags, {});
  if (!outcome) return outcome.error();
  return config_of(*outcome->settings, environment);
}

TEST_CASE("config: the defaults are those of the documentation", "[app]") {
  const auto config = configured({});
  REQUIRE(config.has_value());
  CHECK(config->scheduler_listen == "127.0.0.1:8888");
  CHECK(config->ingest_listen == "127.0.0.1:8443");
  CHECK(config->api_listen == "127.0.0.1:8080");
  CHECK(config->placement.mode == protocol::Mode::act);
  CHECK(config->scaling_interval == std::chrono::seconds(5));
  CHECK(config->history_path.empty());
}

TEST_CASE("config: what cannot be is refused by name", "[app]") {
  const auto [flag, named_field] = GENERATE(table<std::string, std::string>({
      {"--kubernetes.enabled=true", "kubernetes.enabled"},
      {"--kubernetes.enabled=yes", "kubernetes.enabled"},
      {"--kubernetes.context=x", "kubernetes.context"},
      {"--scaling.mode=Act", "scaling.mode"},
      {"--scaling.mode=act", "scaling.mode"},
      {"--scaling.cooldown_down=16m", "scaling.cooldown_down"},
      {"--leader.lease_name=", "leader.lease_name"},
      {"--leader.lease_name=a/b", "leader.lease_name"},
      {"--leader.namespace=Kernwise", "leader.namespace"},
      {"--scheduler.listen=0.0.0.0:8888", "scheduler.listen"},
      {"--scheduler.listen=127.example.com:8888", "scheduler.listen"},
      {"--ingest.listen=10.0.0.1:8443", "ingest.listen"},
      {"--ingest.listen=[::]:8443", "ingest.listen"},
      {"--prometheus.url=ftp://x:9090", "prometheus.url"},
      {"--prometheus.url=nonsense", "prometheus.url"},
      {"--placement.mode=act", "placement.mode"},
      {"--placement.shape=tight", "placement.shape"},
      {"--placement.pending=perhaps", "placement.pending"},
      {"--placement.threshold.cpu=0", "placement.threshold.cpu"},
      {"--placement.weight.worst=0.6", "placement.weight"},  // .60 + .20 + .30 + .05
      {"--placement.dead=14s", "placement.dead"},            // fresh until 15 s
      {"--placement.fade=0s", "placement.fade"},
      {"--scaling.min_replicas=11", "scaling.min_replicas"},
      {"--scheduler.prefix=/a b", "scheduler.prefix"},
      {"--scaling.interval=1ms", "scaling.interval"},
      {"--historypath=x", "history.path"},
  }));
  CAPTURE(flag);
  const auto config = configured({flag});
  REQUIRE(config.has_error());
  CHECK(config.error().message().find(named_field) != std::string::npos);
}

TEST_CASE("config: on a cluster where one is named, and stand-alone else", "[app]") {
  struct Row {
    std::vector<std::string> flags;
    bool enabled;
  };
  const Row row = GENERATE(values<Row>({
      {std::vector<std::string>(), false},
      {{"--kubernetes.kubeconfig=/k"}, true},
      {{"--kubernetes.kubeconfig=/k", "--kubernetes.enabled=true"}, true},
      {{"--kubernetes.kubeconfig=/k", "--kubernetes.enabled=false"}, false},
      {{"--kubernetes.kubeconfig=/k", "--standalone"}, false},
      {{"--standalone=false"}, false},
  }));
  CAPTURE(row.flags);
  const auto config = configured(row.flags);
  REQUIRE(config.has_value());
  CHECK(config->kubernetes.enabled == row.enabled);
  CHECK(configured({"--standalone", "--kubernetes.enabled=true"}).has_error());
  CHECK(configured({"--kubernetes.kubeconfig=/k", "--pods=/p"}).has_error());
}

TEST_CASE("config: beyond the loopback only with TLS that knows who calls", "[app]") {
  const std::string pair = "--scheduler.tls.certificate=c --scheduler.tls.key=k";
  const auto [flags, complaint] = GENERATE_COPY(table<std::string, std::string>({
      {"--ingest.listen=0.0.0.0:8443 --ingest.tls.certificate=c --ingest.tls.key=k", ""},
      {"--ingest.listen=0.0.0.0:8443 --ingest.tls.certificate=c", "ingest.tls.key"},
      {"--ingest.tls.key=k", "ingest.tls.certificate"},
      {"--api.tls.certificate=c", "api.tls.key"},
      {"--api.tls.certificate=c --api.tls.key=k", ""},
      {pair, ""},
      {"--scheduler.listen=0.0.0.0:8888 " + pair, "scheduler.tls.client_ca"},
      {"--scheduler.listen=0.0.0.0:8888 --scheduler.tls.client_ca=a", "scheduler.listen"},
      {"--scheduler.tls.client_ca=a", "scheduler.tls.client_ca"},
      {"--scheduler.listen=0.0.0.0:8888 --scheduler.tls.client_ca=a " + pair, ""},
  }));
  CAPTURE(flags);
  std::istringstream words(flags);
  const std::vector<std::string> arguments{std::istream_iterator<std::string>(words), {}};
  const auto config = configured(arguments);
  CHECK(config.has_value() == complaint.empty());
  if (!config) CHECK(config.error().message().starts_with(complaint));
}

TEST_CASE("config: the scheduler's certificate is known by its name", "[app]") {
  const std::vector<std::string> pair{"--scheduler.tls.certificate=c", "--scheduler.tls.key=k",
                                      "--scheduler.tls.client_ca=a"};
  CHECK(configured(pair)->scheduler_tls->client_ca_file == "a");
  CHECK(configured(pair)->scheduler_tls->client_names ==
        std::vector<std::string>{"system:kube-scheduler"});
  auto others = pair;
  others.emplace_back("--scheduler.tls.client_names=a,b");
  CHECK(configured(others)->scheduler_tls->client_names == std::vector<std::string>{"a", "b"});
}

TEST_CASE("config: loopback is an address, not a name that looks like one", "[app]") {
  const auto [endpoint, expected] = GENERATE(table<const char*, bool>({
      {"127.0.0.1:1", true},
      {"127.9.9.9:1", true},
      {"[::1]:1", true},
      {"localhost:1", true},
      {"0.0.0.0:1", false},
      {"[::]:1", false},
      {"127.example.com:1", false},
      {"10.0.0.1:1", false},
  }));
  CAPTURE(endpoint);
  CHECK(listens_on_loopback(endpoint) == expected);
}

TEST_CASE("config: modes and prefixes", "[app]") {
  CHECK(configured({"--placement.mode=Observe"})->placement.mode == protocol::Mode::observe);
  CHECK(configured({"--placement.mode=Recommend"})->placement.mode == protocol::Mode::observe);
  CHECK(configured({"--scheduler.prefix=scheduler/"})->scheduler_prefix == "/scheduler");
  CHECK(configured({"--api.listen=0.0.0.0:8080"})->api_listen == "0.0.0.0:8080");
}

/// `caller` waits for whoever listens on `port` in the same namespace.
report::Container waiting(report::Container caller, std::uint16_t port) {
  caller.netns = 5;
  caller.shares[Share::network] = 0.9;
  caller.times = report::PodTimes{.busy = 0.1, .inbound = 1, .blocked = 0.9, .has_inbound = true};
  caller.peers = {{.address = "127.0.0.1", .port = port, .share = 0.9, .blocked = 0.9}};
  return caller;
}

report::Container serving(report::Container server, std::uint16_t port) {
  server.netns = 5;
  server.listening_ports = {port};
  return server;
}

report::Report shop() {
  auto cpu =
      named(container("cpu", Verdict::cpu_saturated, 0.5), "demo", "svc-cpu", "Deployment/svc-cpu");
  cpu.cpu_limit = 0.5;
  auto middle = named(container("mid", Verdict::downstream_wait, 0.1), "demo", "svc-mid",
                      "Deployment/svc-mid");
  auto front = named(container("front", Verdict::downstream_wait, 0.1), "demo", "svc-front",
                     "Deployment/svc-front");
  auto disk =
      named(container("io", Verdict::disk_bound, 0.1), "demo", "svc-io", "Deployment/svc-io");
  return report_of("n1", 1,
                   {serving(cpu, 81), serving(waiting(middle, 81), 82), waiting(front, 82), disk});
}

const scaling::Decision& decision(const ScalingLoop& loop, const char* name) {
  return loop.decisions().latest("demo/Deployment/" + std::string(name))->decision;
}

TEST_CASE("loop: a chain of waits ends at the one who works", "[app]") {
  view::Reducer reducer;
  static_cast<void>(reducer.accept(shop(), arrival(0)));
  ScalingLoop loop({}, {});
  CHECK(loop.tick(*reducer.snapshot(at(0), {}), at(1), {}).size() == 4);
  CHECK(decision(loop, "svc-cpu").action == scaling::Action::scale_up);
  CHECK(decision(loop, "svc-cpu").to == 2);
  CHECK(decision(loop, "svc-mid").action == scaling::Action::redirect);
  CHECK(decision(loop, "svc-mid").target == "demo/Deployment/svc-cpu");
  CHECK(decision(loop, "svc-front").action == scaling::Action::redirect);
  CHECK(decision(loop, "svc-front").target == "demo/Deployment/svc-cpu");
  CHECK(decision(loop, "svc-io").action == scaling::Action::hold);
  CHECK(decision(loop, "svc-io").reason == "disk_bound");
}

TEST_CASE("loop: only changes are reported, and what is gone is forgotten", "[app]") {
  view::Reducer reducer;
  static_cast<void>(reducer.accept(shop(), arrival(0)));
  ScalingLoop loop({}, {});
  static_cast<void>(loop.tick(*reducer.snapshot(at(0), {}), at(1), {}));
  CHECK(loop.tick(*reducer.snapshot(at(0), {}), at(6), {}).empty());
  const auto stale = loop.tick(*reducer.snapshot(at(0), {}), at(20), {});
  CHECK(stale.size() == 4);
  CHECK(decision(loop, "svc-cpu").reason == "stale_data");
  static_cast<void>(loop.tick(*reducer.snapshot(at(0), {}), at(200), {}));
  CHECK(loop.decisions().latest().empty());
}

TEST_CASE("loop: two who wait for each other lead nowhere", "[app]") {
  auto a = named(container("a", Verdict::downstream_wait, 0.1), "demo", "a", "Deployment/a");
  auto b = named(container("b", Verdict::downstream_wait, 0.1), "demo", "b", "Deployment/b");
  view::Reducer reducer;
  static_cast<void>(reducer.accept(
      report_of("n1", 1, {serving(waiting(a, 82), 81), serving(waiting(b, 81), 82)}), arrival(0)));
  ScalingLoop loop({}, {});
  static_cast<void>(loop.tick(*reducer.snapshot(at(0), {}), at(1), {}));
  CHECK(decision(loop, "a").reason == "external_dependency");
  CHECK(decision(loop, "b").action == scaling::Action::hold);
}

api::Now now(double seconds) {
  return {at(seconds), WallTime(std::chrono::milliseconds(std::int64_t(seconds * 1000)))};
}

TEST_CASE("core: a report is in the next snapshot, a decision cites it", "[app]") {
  Core core(Config{}, nullptr);
  CHECK(core.accept(shop(), "127.0.0.1", now(0)) == view::Admission::accepted);
  const auto snapshot = core.view().load();
  CHECK(snapshot->nodes.contains("n1"));
  core.scale(now(1));
  const auto* record = core.sources().decisions.latest("demo/Deployment/svc-cpu");
  REQUIRE(record != nullptr);
  CHECK(record->snapshot == snapshot->number);
  placement::PodFacts pod;
  pod.pod_namespace = "demo";
  pod.owners = {{"Deployment", "svc-io", "uid", true}};
  CHECK(core.view().load()->profiles->profile_of(pod).source == "owner");
}

TEST_CASE("core: many nodes share snapshots", "[app]") {
  Core core(Config{}, nullptr);
  for (int i = 0; i < 100; ++i) {
    const auto name = "n" + std::to_string(i);
    CHECK(core.accept(report_of(name, 1), "127.0.0.1", now(0)) == view::Admission::accepted);
  }
  CHECK(core.view().load()->nodes.size() < 100);
  core.publish(now(0));
  CHECK(core.view().load()->nodes.size() == 100);
}

}  // namespace
}  // namespace kernwise::orchestrator
