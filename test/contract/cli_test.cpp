// SPDX-License-Identifier: Apache-2.0
// Every verb of the command line against a whole orchestrator.
#include <catch2/catch_all.hpp>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "cli/command.hpp"
#include "common/base/file.hpp"
#include "common/http/client.hpp"
#include "common/report/codec.hpp"
#include "orchestrator/app/orchestrator.hpp"
#include "test/unit/base/scratch.hpp"
#include "test/unit/orchestrator/reports.hpp"

namespace kernwise::cli {
namespace {

using orchestrator::Config;
using orchestrator::Orchestrator;

http::Url at_port(std::uint16_t port) {
  return {.scheme = "http", .host = "127.0.0.1", .port = std::to_string(port), .path = ""};
}

/// An orchestrator that knows a free node and a contended one, and was asked about one pod.
class Asked {
 public:
  Asked() {
    Config config;
    config.scheduler_listen = config.ingest_listen = config.api_listen = "127.0.0.1:0";
    config.scaling_interval = std::chrono::hours(1);
    config.placement.warm_up = 0;
    program_ = Orchestrator::start(config).value();
    const auto worker = test::named(test::container("u1", Verdict::cpu_saturated, 3.5), "demo", "p",
                                    "Deployment/p");
    auto crowded = test::report_of("crowded", 1, {worker});
    crowded.totals.busy = 3.9;
    crowded.totals.contention = 4;
    for (const auto& report : {test::report_of("free", 1), crowded}) {
      post(program_->ports().ingest, "/v1/report", report::encode(report));
    }
    post(program_->ports().scheduler, "/prioritize",
         R"({"Pod":{"metadata":{"name":"new","namespace":"demo","uid":"u2","annotations":)"
         R"({"kernwise.io/class":"cpu","kernwise.io/weight":"much"}}},)"
         R"("NodeNames":["free","crowded"]})");
  }

  static void post(std::uint16_t port, const std::string& target, const std::string& body) {
    const auto answer = http::fetch(
        at_port(port), {.method = "POST", .target = target, .headers = {}, .body = body});
    REQUIRE(answer.has_value());
    REQUIRE(answer->status == 200);
  }

  [[nodiscard]] std::uint16_t scheduler_port() const { return program_->ports().scheduler; }

  /// What the command says; what it complains about when it fails.
  std::string say(std::vector<std::string> arguments, int expected = 0) {
    const std::string url = "http://127.0.0.1:" + std::to_string(program_->ports().api);
    std::ostringstream out, err;
    const int code = run(arguments, {{"KERNWISE_SERVER", url}}, out, err);
    CAPTURE(out.str(), err.str());
    CHECK(code == expected);
    return code == 0 ? out.str() : err.str();
  }

 private:
  std::unique_ptr<Orchestrator> program_;
};

bool has(const std::string& text, const std::string& part) {
  UNSCOPED_INFO(text);
  return text.find(part) != std::string::npos;
}

TEST_CASE_METHOD(Asked, "cli: explain tells scores, terms, inputs and what people said", "[cli]") {
  for (const char* verb : {"explain", "why"}) {
    const auto text = say({verb, "pod", "demo/new"});
    CHECK(has(text, "prioritize: answered, 2 candidates"));
    CHECK(has(text, "NODE"));
    CHECK(has(text, "INTERFERENCE"));
    CHECK(has(text, "CONTENTION"));
    CHECK(text.find("\nfree") < text.find("\ncrowded"));
  }
  CHECK(has(say({"explain", "pod", "demo/p"}), "cpu_saturated"));
  CHECK(has(say({"explain", "node", "crowded"}), "pod demo/p"));
  CHECK(has(say({"explain", "workload", "demo/Deployment/p"}), "workload demo/Deployment/p"));
  CHECK(has(say({"-o", "json", "explain", "pod", "demo/new"}),
            R"("annotation":"kernwise.io/weight","value":"much","problem":"expected a number)"));
}

TEST_CASE_METHOD(Asked, "cli: lists", "[cli]") {
  CHECK(has(say({"top", "nodes"}), "crowded"));
  CHECK(has(say({"top", "pods"}), "cpu_saturated"));
  CHECK(has(say({"top", "workloads"}), "demo/Deployment/p"));
  CHECK(has(say({"decisions"}), "WORKLOAD"));
  CHECK(has(say({"decisions", "-o", "json"}), R"("kind":"DecisionList")"));
}

TEST_CASE_METHOD(Asked, "cli: whatif rates every node and commits nothing", "[cli]") {
  const Scratch scratch;
  const std::string file = scratch.write("web.yaml", R"(
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: demo}
spec:
  template:
    metadata:
      labels: {app: web}
      annotations: {kernwise.io/class: io, kernwise.io/demand: "cpu=3"}
    spec:
      containers:
      - {name: app, image: "web:1", ports: [{containerPort: 80}], resources: {requests: {cpu: 250m}}}
)");
  const auto text = say({"whatif", "-f", file});
  CHECK(has(text, "pod demo/web-whatif"));
  CHECK(has(text, "kernwise.io/class=io"));
  CHECK(has(text, "demand cpu 3, disk 0, memory 209715200"));
  CHECK(text.find("\nfree") < text.find("\ncrowded"));
  CHECK(has(say({"explain", "pod", "demo/web-whatif"}, 1), "404"));
  CHECK(has(say({"whatif", "-f", scratch.write("bad.yaml", "kind: Service")}, 1),
            "line 1: expected a Pod"));
  CHECK(has(say({"whatif", "-f", "/nowhere.yaml"}, 1), "/nowhere.yaml"));
}

TEST_CASE_METHOD(Asked, "cli: replay with other weights, from the server and from a file",
                 "[cli]") {
  const Scratch scratch;
  const std::string kept = scratch.path("kept.json");
  CHECK(say({"replay", "--save", kept}) == "replayed 1 answers, reproduced 1 to the last bit\n");
  CHECK(say({"replay", "--file", kept}) == "replayed 1 answers, reproduced 1 to the last bit\n");
  const auto text = say({"replay", "--file", kept, "--weights", "strength=0"});
  CHECK(has(text, "another node for 1 of 1"));
  CHECK(has(text, "demo/new"));
  CHECK(has(say({"replay", "--weights", "gravity=1"}, 1), "weights: 'gravity'"));
  // A record that says something else than its inputs is told, not believed.
  std::string forged = read_file(kept).value();
  const auto scores = forged.rfind(R"("scores":[)") + 10;
  forged[scores] = forged[scores] == '3' ? '2' : '3';
  CHECK(has(say({"replay", "--file", scratch.write("forged.json", forged)}, 1), "not reproduced"));
}

TEST_CASE_METHOD(Asked, "cli: doctor scheduler finds nothing wrong, and names what is", "[cli]") {
  const Scratch scratch;
  const auto file = [&](const std::string& timeout) {
    return scratch.write("scheduler-" + timeout + ".yaml",
                         "kind: KubeSchedulerConfiguration\nextenders:\n- urlPrefix: "
                         "http://127.0.0.1:" +
                             std::to_string(scheduler_port()) +
                             "\n  prioritizeVerb: prioritize\n  weight: 3\n"
                             "  nodeCacheCapable: true\n  ignorable: true\n  httpTimeout: " +
                             timeout + "\n");
  };
  const auto good = say({"doctor", "scheduler", "--config", file("200ms")});
  CHECK(has(good, "both speak plain HTTP"));
  CHECK_FALSE(has(good, "WRONG"));
  CHECK(has(say({"doctor", "scheduler", "--config", file("200ms"), "-o", "json"}),
            R"("check":"timeout","state":"ok")"));
  CHECK(has(say({"doctor", "scheduler", "--config", file("5s")}, 1), "1 of 13 checks"));
  CHECK(has(say({"doctor", "scheduler", "--config", "/nowhere"}, 1), "/nowhere"));
  CHECK(has(say({"doctor", "scheduler"}, 2), "--config"));
}

TEST_CASE_METHOD(Asked, "cli: what is used wrongly says how, what fails says why", "[cli]") {
  CHECK(has(say({}, 2), "A subcommand is required"));
  CHECK(has(say({"explain", "pot", "x"}, 2), "pot"));
  CHECK(has(say({"explain", "pod", "demo/p?x"}, 1), "not a name"));
  CHECK(has(say({"explain", "node", "nobody"}, 1), "nothing is known of 'nobody'"));
  CHECK(has(say({"--server", "ftp://x", "top", "pods"}, 1), "server"));
  CHECK(has(say({"version"}), "kernwise "));
  CHECK(has(say({"completion", "bash"}), "complete -F _kernwise kernwise"));
  CHECK(has(say({"completion", "fish"}), "__fish_use_subcommand"));
}

}  // namespace
}  // namespace kernwise::cli
