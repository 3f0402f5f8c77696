// SPDX-License-Identifier: Apache-2.0
// Who may report, by tokens that a real API server has made.
#include <chrono>
#include <map>
#include <regex>
#include <string>

#include "common/base/json.hpp"
#include "common/http/client.hpp"
#include "common/report/codec.hpp"
#include "orchestrator/app/orchestrator.hpp"
#include "orchestrator/ingest/identity.hpp"
#include "orchestrator/ingest/jwt.hpp"
#include "test/controlplane/require.hpp"
#include "test/support/signer.hpp"
#include "test/unit/orchestrator/reports.hpp"

namespace kernwise::test {
namespace {

constexpr const char* kAudience = "kernwise-orchestrator";

/// A pod of the profiler on that node; its UID.
std::string make_profiler(Cluster& cluster, const std::string& name_space,
                          const std::string& node) {
  const std::string pod = "profiler-" + node;
  require(cluster.kubectl({"apply", "-f", "-"},
                          R"({"apiVersion":"v1","kind":"Pod","metadata":{"namespace":")" +
                              name_space + R"(","name":")" + pod + R"("},"spec":{"nodeName":")" +
                              node + R"(","serviceAccountName":"profiler",)" +
                              R"("containers":[{"name":"profiler","image":"x"}]}})"));
  const auto uid = cluster.kubectl(
      {"get", "pod", pod, "--namespace", name_space, "-o", "jsonpath={.metadata.uid}"});
  require(uid);
  return *uid;
}

std::string token(Cluster& cluster, const TokenWish& wish) {
  const auto made = cluster.service_account_token(wish);
  require(made);
  return *made;
}

/// That token as the API server would have made it with another end: same claims, its own key. It
/// makes none that lives for less than ten minutes.
std::string ending(const Cluster& cluster, const std::string& token, WallTime end) {
  const auto first = token.find('.');
  const auto second = token.find('.', first + 1);
  const auto header = ingest::from_base64url(token.substr(0, first)).value();
  const auto claims = ingest::from_base64url(token.substr(first + 1, second - first - 1)).value();
  const auto seconds = std::to_string(std::chrono::system_clock::to_time_t(end));
  return Signer::of_file(cluster.folder() + "/sa.key")
      .token_of(header,
                std::regex_replace(claims, std::regex(R"("exp":\d+)"), "\"exp\":" + seconds));
}

/// The orchestrator on that cluster, with a namespace of its own.
struct Rig {
  explicit Rig(const std::string& name) : space(name) {
    require(cluster.make_namespace(space));
    for (const char* account : {"profiler", "other"}) {
      require(cluster.kubectl({"create", "serviceaccount", account, "--namespace", space}));
    }
    orchestrator::Config config;
    config.scheduler_listen = config.ingest_listen = config.api_listen = "127.0.0.1:0";
    config.kubernetes.enabled = true;
    config.kubernetes.kubeconfig = cluster.kubeconfig();
    config.profiler_user = ingest::user_of(space + ":profiler").value();
    auto started = orchestrator::Orchestrator::start(config);
    require(started);
    program = std::move(*started);
  }

  [[nodiscard]] TokenWish wish(const std::string& node, const std::string& uid) const {
    return {.account_namespace = space,
            .account = "profiler",
            .audience = kAudience,
            .pod = "profiler-" + node,
            .pod_uid = uid};
  }
  [[nodiscard]] int post(const std::string& bearer, const std::string& node,
                         std::uint64_t seq) const {
    http::ClientRequest request{.method = "POST", .target = "/v1/report"};
    request.headers = {{"Authorization", "Bearer " + bearer}};
    request.body = report::encode(report_of(node, seq));
    const auto answer = http::fetch(origin(program->ports().ingest), request,
                                    {.timeout = std::chrono::seconds(30)});
    return answer ? answer->status : 0;
  }
  [[nodiscard]] bool counted(const std::string& result) const {
    const auto answer = http::fetch(origin(program->ports().api), {.target = "/metrics"});
    return answer && answer->body.find("kernwise_reports_total{result=\"" + result + "\"}") !=
                         std::string::npos;
  }
  /// Which report of which node counts. The names in it follow the cluster's pods.
  [[nodiscard]] std::map<std::string, std::uint64_t> taken() const {
    std::map<std::string, std::uint64_t> newest;
    for (const auto& [name, node] : program->snapshot()->nodes) newest[name] = node->report.seq;
    return newest;
  }
  static http::Url origin(std::uint16_t port) {
    return {.scheme = "http", .host = "127.0.0.1", .port = std::to_string(port)};
  }

  Cluster& cluster = shared_cluster({.nodes = 2, .scheduler = false});
  std::string space;
  std::unique_ptr<orchestrator::Orchestrator> program;
};

}  // namespace

TEST_CASE("identity: the node is that of the token, and every other token changes nothing",
          "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  Rig rig("identity");
  Cluster& cluster = rig.cluster;
  const auto one = make_profiler(cluster, rig.space, "node-000");
  const auto two = make_profiler(cluster, rig.space, "node-001");
  const std::string honest = token(cluster, rig.wish("node-000", one));
  REQUIRE(rig.post(honest, "node-000", 1) == 200);
  REQUIRE(rig.post(honest, "", 2) == 200);
  const std::map<std::string, std::uint64_t> before{{"node-000", 2}};
  REQUIRE(rig.taken() == before);

  auto another_account = rig.wish("node-000", one);
  another_account.account = "other";
  another_account.pod = another_account.pod_uid = "";
  auto another_audience = rig.wish("node-000", one);
  another_audience.audience = "";
  auto unbound = rig.wish("node-000", one);
  unbound.pod = unbound.pod_uid = "";
  const std::string deleted = token(cluster, rig.wish("node-001", two));
  require(cluster.kubectl({"delete", "pod", "profiler-node-001", "--namespace", rig.space,
                           "--grace-period=0", "--force"}));
  // The signature of another token: the claims are good and nobody stands for them.
  const std::string forged =
      honest.substr(0, honest.rfind('.')) + deleted.substr(deleted.rfind('.'));

  const auto now = std::chrono::system_clock::now();
  using std::chrono::minutes;
  REQUIRE(rig.post(ending(cluster, honest, now + minutes(5)), "node-000", 2) == 200);

  CHECK(rig.post(ending(cluster, honest, now - minutes(5)), "node-000", 3) == 401);
  CHECK(rig.post(honest, "node-001", 3) == 403);
  CHECK(rig.counted("wrong_node"));
  CHECK(rig.post(token(cluster, another_account), "node-000", 3) == 403);
  CHECK(rig.post(token(cluster, unbound), "node-000", 3) == 403);
  CHECK(rig.counted("forbidden"));
  CHECK(rig.post(token(cluster, another_audience), "node-000", 3) == 401);
  CHECK(rig.post(deleted, "node-001", 3) == 401);
  CHECK(rig.post(forged, "node-000", 3) == 401);
  CHECK(rig.post("nonsense", "node-000", 3) == 401);
  CHECK(rig.counted("unauthenticated"));
  CHECK(rig.taken() == before);
}

TEST_CASE("identity: while the API server is down, confirmed senders go on", "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  Rig rig("identity-outage");
  Cluster& cluster = rig.cluster;
  const auto one = make_profiler(cluster, rig.space, "node-000");
  const std::string known = token(cluster, rig.wish("node-000", one));
  const std::string fresh = token(cluster, rig.wish("node-000", one));
  REQUIRE(rig.post(known, "node-000", 1) == 200);
  require(cluster.stop("kube-apiserver"));
  CHECK(rig.post(known, "node-000", 2) == 200);
  CHECK(rig.post(fresh, "node-000", 3) == 503);
  require(cluster.start("kube-apiserver"));
  CHECK(
      eventually(std::chrono::seconds(30), [&] { return rig.post(fresh, "node-000", 4) == 200; }));
}

}  // namespace kernwise::test
