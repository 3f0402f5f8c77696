// SPDX-License-Identifier: Apache-2.0
#include "test/support/replica_rig.hpp"

#include <utility>

#include "orchestrator/api/metrics.hpp"
#include "test/unit/orchestrator/reports.hpp"

namespace kernwise::test {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kStep{100};
constexpr std::uint64_t kStepsPerWindow = 50;
constexpr int kNodes = 10;
constexpr const char* kWorkload = "shop/Deployment/web";

Json deployment() {
  return json_of(R"({"apiVersion":"apps/v1","kind":"Deployment",
    "metadata":{"namespace":"shop","name":"web","annotations":{"kernwise.io/scaling-mode":"Act",
      "kernwise.io/min-replicas":"1","kernwise.io/max-replicas":"10"}},
    "spec":{"replicas":3,"selector":{"matchLabels":{"app":"web"}}}})");
}

std::string node_name(int number) {
  return "n" + std::to_string(number);
}

}  // namespace

Replica::Replica(boost::asio::io_context& io, ApiFront& front, const MonoTime& now,
                 const std::string& pod, const actuate::Rules& rules)
    : client(io, front), core(orchestrator::Config{}, nullptr) {
  const orchestrator::Actuator::Options options{
      .lease = {"kernwise", "kernwise-orchestrator"}, .pod = pod, .rules = rules};
  actuator = std::make_unique<orchestrator::Actuator>(
      options, orchestrator::Actuator::Ports{
                   .client = client,
                   .stores = stores,
                   .api = [this](MonoTime) { return actuate::ApiFacts{heard.has_value(), heard}; },
                   .view = core.view(),
                   .registry = core.registry(),
                   .settled =
                       [this, &now](const auto& intent, const auto& outcome) {
                         core.settled(intent, outcome, {now, WallTime()});
                       },
                   .clock = [&now] { return now; }});
  core.join(*actuator);
}

ReplicaRig::ReplicaRig(std::size_t replicas, const actuate::Rules& rules)
    : front_([this] { return wall(); }) {
  for (const char* name : {"shop", "kernwise"}) {
    Json name_space = json_of(R"({"apiVersion":"v1","kind":"Namespace","metadata":{}})");
    set_at(name_space, "/metadata/name", name);
    front_.api().put(std::move(name_space));
  }
  front_.api().put(deployment());
  for (std::size_t i = 0; i < replicas; ++i) {
    replicas_.push_back(
        std::make_unique<Replica>(io_, front_, now_, "orchestrator-" + std::to_string(i), rules));
  }
}

ReplicaRig::~ReplicaRig() = default;

WallTime ReplicaRig::wall() const {
  return WallTime(std::chrono::duration_cast<WallTime::duration>(now_.time_since_epoch()));
}

/// What watches would have brought: the caches are as the server has it.
void ReplicaRig::refill(Replica& replica) {
  replica.heard = now_;
  const auto object = front_.api().find("apps/v1", "Deployment", "shop", "web");
  kube::Controller controller;
  controller.kind = "Deployment";
  controller.meta.name_space = "shop";
  controller.meta.name = "web";
  controller.meta.uid = text_at(*object, "/metadata/uid");
  controller.replicas = controller.ready =
      static_cast<int>(integer_at(*object, "/spec/replicas").value_or(0));
  for (const char* key : {"scaling-mode", "min-replicas", "max-replicas", "paused"}) {
    const std::string name = "kernwise.io/" + std::string(key);
    const std::string value =
        text_at(*object, "/metadata/annotations/kernwise.io~1" + std::string(key));
    if (!value.empty()) controller.meta.annotations[name] = value;
  }
  replica.stores.deployments.put(std::move(controller));
  for (int i = 0; i < kNodes; ++i) {
    kube::Node node;
    node.meta.name = node_name(i);
    replica.stores.nodes.put(std::move(node));
  }
}

/// The pods of the workload, one per node, each at work.
void ReplicaRig::report() {
  const auto pods = replicas();
  for (int i = 0; i < kNodes; ++i) {
    if (silent.contains(node_name(i))) continue;
    std::vector<report::Container> containers;
    if (i < pods) {
      const std::string id = std::to_string(i);
      auto busy = named(container("uid-" + id, verdict, cores_per_pod), "shop", "web-" + id,
                        "Deployment/web");
      busy.cpu_limit = 1;
      containers.push_back(std::move(busy));
    }
    for (const auto& replica : replicas_) {
      if (replica->stopped) continue;
      static_cast<void>(
          replica->core.accept(report_of(node_name(i), 1 + steps_ / kStepsPerWindow, containers),
                               "10.0.0.1", now_for()));
    }
  }
}

void ReplicaRig::step() {
  now_ += kStep;
  ++steps_;
  if (steps_ % kStepsPerWindow == 0) report();
  for (const auto& replica : replicas_) {
    if (replica->stopped) continue;
    replica->client.down(replica->api_away);
    if (!replica->api_away) refill(*replica);
    replica->actuator->tick(wall());
    if (steps_ % kStepsPerWindow == 0) replica->core.scale(now_for());
  }
  io_.restart();
  io_.poll();
}

void ReplicaRig::run(milliseconds duration) {
  until([] { return false; }, duration);
}

std::vector<std::size_t> ReplicaRig::leaders() const {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < replicas_.size(); ++i) {
    if (replicas_[i]->actuator->leading()) found.push_back(i);
  }
  return found;
}

std::int64_t ReplicaRig::replicas() {
  const auto object = front_.api().find("apps/v1", "Deployment", "shop", "web");
  return integer_at(*object, "/spec/replicas").value_or(0);
}

std::string ReplicaRig::outcome(std::size_t index) {
  const auto* record = replica(index).core.sources().decisions.latest(kWorkload);
  if (record == nullptr || !record->outcome) return "none";
  return record->outcome->result + " " + record->outcome->reason;
}

std::vector<Write> ReplicaRig::writes() {
  std::vector<Write> found;
  for (const Write& write : front_.api().writes()) {
    const bool workload = write.path.find("/deployments/") != std::string::npos;
    if (workload && write.status < 300 && !write.dry_run) found.push_back(write);
  }
  return found;
}

std::string ReplicaRig::metrics(std::size_t index) {
  return api::metrics_text(replica(index).core.sources(), now_);
}

void ReplicaRig::annotate(const std::string& key, const std::string& value) {
  Json object = *front_.api().find("apps/v1", "Deployment", "shop", "web");
  object.as_object()["metadata"].as_object()["annotations"].as_object()[key] = value;
  front_.api().put(std::move(object));
}

}  // namespace kernwise::test
