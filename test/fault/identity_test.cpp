// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_all.hpp>
#include <deque>
#include <fstream>
#include <map>
#include <thread>

#include "common/http/client.hpp"
#include "common/report/codec.hpp"
#include "orchestrator/app/orchestrator.hpp"
#include "test/fakes/kube/server.hpp"
#include "test/support/signer.hpp"
#include "test/unit/orchestrator/reports.hpp"

/// Who may report: the whole program before a fake API server (security.md 10.1, N1 to N9).
namespace kernwise::orchestrator {
namespace {

using test::Fault;
using test::Signer;

constexpr const char* kUser = "system:serviceaccount:kernwise-profiler:kernwise-profiler";
constexpr const char* kReviews = "tokenreviews";

/// An orchestrator on a cluster, and the tokens of its nodes.
class Cluster {
 public:
  Cluster() {
    const std::string kubeconfig = api.ca_file() + ".kubeconfig";
    std::ofstream(kubeconfig) << "{apiVersion: v1, kind: Config, current-context: c,\n"
                                 "contexts: [{name: c, context: {cluster: c, user: u}}],\n"
                                 "clusters: [{name: c, cluster: {server: '"
                              << api.url() << "', certificate-authority: " << api.ca_file()
                              << "}}],\nusers: [{name: u, user: {token: admin}}]}\n";
    Config config;
    config.scheduler_listen = config.ingest_listen = config.api_listen = "127.0.0.1:0";
    config.scaling_interval = std::chrono::hours(1);
    config.kubernetes.enabled = true;
    config.kubernetes.kubeconfig = kubeconfig;
    config.profiler_user = kUser;
    program = Orchestrator::start(config).value();
  }

  /// A token as the API server made it for the profiler's pod on that node.
  std::string token_of(const std::string& node,
                       const std::function<void(test::Token&)>& change = {},
                       const test::TokenClaims& claims = {}) {
    const std::string text = signer.token(claims), pod = "profiler-" + node;
    test::Token token{
        .user = {.name = kUser, .extra = {{"authentication.kubernetes.io/node-name", {node}}}},
        .audiences = {"kernwise-orchestrator"},
        .pod_namespace = "kernwise-profiler",
        .pod_name = pod};
    api.with([&](test::ApiFront& front) {
      const auto object = front.api().put(
          test::parse_json(
              R"({"apiVersion":"v1","kind":"Pod","metadata":{"namespace":"kernwise-profiler","name":")" +
              pod + R"("},"spec":{"nodeName":")" + node + R"("}})")
              .value());
      token.pod_uid = test::text_at(*object, "/metadata/uid");
      if (change) change(token);
      front.api().add_token(text, token);
    });
    return text;
  }

  [[nodiscard]] int post(const std::string& token, const report::Report& report) const {
    http::ClientRequest request{.method = "POST", .target = "/v1/report"};
    request.headers = {{"Authorization", "Bearer " + token}};
    request.body = report::encode(report);
    const auto answer = http::fetch(origin(program->ports().ingest), request,
                                    {.timeout = std::chrono::seconds(60)});
    return answer ? answer->status : 0;
  }
  /// How many reports ended so, by `/metrics`.
  [[nodiscard]] double counted(const std::string& result) const {
    const auto answer = http::fetch(origin(program->ports().api), {.target = "/metrics"}).value();
    const std::string series = "kernwise_reports_total{result=\"" + result + "\"} ";
    const auto found = answer.body.find(series);
    return found == std::string::npos ? 0 : std::stod(answer.body.substr(found + series.size()));
  }
  [[nodiscard]] std::size_t reviews() {
    std::size_t count = 0;
    api.with([&](test::ApiFront& front) {
      count = static_cast<std::size_t>(std::ranges::count_if(
          front.seen(), [](const auto& seen) { return seen.path.ends_with(kReviews); }));
    });
    return count;
  }
  void fault(const Fault& fault) {
    api.with([&](test::ApiFront& front) { front.add(fault); });
  }

  test::FakeApiServer api;
  Signer signer;
  std::unique_ptr<Orchestrator> program;

 private:
  static http::Url origin(std::uint16_t port) {
    return {.scheme = "http", .host = "127.0.0.1", .port = std::to_string(port)};
  }
};

/// Which report of which node counts. The names in it follow the cluster's pods at their own pace.
std::map<std::string, std::uint64_t> taken(const Orchestrator& program) {
  std::map<std::string, std::uint64_t> newest;
  for (const auto& [name, node] : program.snapshot()->nodes) newest[name] = node->report.seq;
  return newest;
}

report::Report numbered(const std::string& node, std::uint64_t seq) {
  return test::report_of(node, seq);
}

}  // namespace

TEST_CASE("N1-N6: who is not what he says changes nothing", "[identity]") {
  Cluster cluster;
  const std::string honest = cluster.token_of("n1"), other = cluster.token_of("n2");
  REQUIRE(cluster.post(honest, numbered("n1", 1)) == 200);
  const auto before = taken(*cluster.program);
  const auto now = std::chrono::system_clock::now();
  const std::string deleted = cluster.token_of("n3");
  cluster.api.with([](test::ApiFront& front) {
    front.api().remove("v1", "Pod", "kernwise-profiler", "profiler-n3");
  });
  struct Row {
    const char* name;
    std::string token, node;
    int status;
    const char* result;
  };
  const std::vector<Row> rows{
      {"another node's name", honest, "n2", 403, "wrong_node"},
      {"another node's token", other, "n1", 403, "wrong_node"},
      {"another account's token",
       cluster.token_of("n1", {}, {.user = "system:serviceaccount:default:default"}), "n1", 403,
       "forbidden"},
      {"a token that says it is ours, and is another's",
       cluster.token_of("n1", [](auto& token) { token.user.name = "system:serviceaccount:a:b"; }),
       "n1", 403, "forbidden"},
      {"no node", cluster.token_of("n1", [](auto& token) { token.user.extra.clear(); }), "n1", 403,
       "forbidden"},
      {"expired", cluster.token_of("n1", [&](auto& token) { token.expires = now; }), "n1", 401,
       "unauthenticated"},
      {"wrong audience", cluster.token_of("n1", {}, {.audiences = {"vault"}}), "n1", 401,
       "unauthenticated"},
      {"a token that says it is for us, and is not",
       cluster.token_of("n1", [](auto& token) { token.audiences = {"vault"}; }), "n1", 401,
       "unauthenticated"},
      {"its pod is deleted", deleted, "n3", 401, "unauthenticated"},
      {"signed by nobody we know", Signer().token(), "n1", 401, "unauthenticated"},
      {"no token at all", "", "n1", 401, "unauthenticated"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const double counted = cluster.counted(row.result);
    CHECK(cluster.post(row.token, numbered(row.node, 2)) == row.status);
    CHECK(cluster.counted(row.result) == counted + 1);
    CHECK(taken(*cluster.program) == before);
  }
  CHECK(cluster.post(honest, numbered("", 2)) == 200);  // the token is enough
}

TEST_CASE("N7: a flood of unknown tokens reaches neither the API server nor others", "[identity]") {
  Cluster cluster;
  const std::string honest = cluster.token_of("n1");
  REQUIRE(cluster.post(honest, numbered("n1", 1)) == 200);
  constexpr int kFlood = 500;
  const Signer stranger;
  int refused = 0, taken = 0;
  for (int i = 0; i < kFlood; ++i) {
    const int status = cluster.post(stranger.token({.id = std::to_string(i)}), numbered("n9", 1));
    refused += status == 401 || status == 429 ? 1 : 0;
    if (i % 50 == 0) taken += cluster.post(honest, numbered("n1", 2 + i)) == 200 ? 1 : 0;
  }
  CHECK(refused == kFlood);
  CHECK(taken == kFlood / 50);
  CHECK(cluster.counted("rate_limited") > 0);
  CHECK(cluster.counted("unauthenticated") + cluster.counted("rate_limited") == kFlood);
  // Two of the flood's tokens ask nothing; the rest is what one address may ask in that time.
  CHECK(cluster.reviews() == static_cast<std::size_t>(cluster.counted("unauthenticated")) + 1);
}

TEST_CASE("N8: while the API server thinks, known senders go on and new ones wait", "[identity]") {
  Cluster cluster;
  const std::string known = cluster.token_of("n1"), fresh = cluster.token_of("n2");
  REQUIRE(cluster.post(known, numbered("n1", 1)) == 200);
  cluster.fault({.kind = Fault::Kind::hold, .path = kReviews, .times = 1000});
  int status = -1;
  std::thread waiting([&] { status = cluster.post(fresh, numbered("n2", 1)); });
  std::size_t held = 0;
  while (held == 0) cluster.api.with([&](test::ApiFront& front) { held = front.held(); });
  for (int seq = 2; seq < 20; ++seq) CHECK(cluster.post(known, numbered("n1", seq)) == 200);
  CHECK(status == -1);
  cluster.api.with([](test::ApiFront& front) {
    front.clear_faults();
    front.release();
  });
  waiting.join();
  CHECK(status == 200);
}

TEST_CASE("N9: with the API server in trouble strangers wait, not its confirmed senders",
          "[identity]") {
  Cluster cluster;
  const std::string known = cluster.token_of("n1"), fresh = cluster.token_of("n2");
  REQUIRE(cluster.post(known, numbered("n1", 1)) == 200);
  const bool gone = GENERATE(false, true);
  if (gone) {
    cluster.api.stop();
  } else {
    cluster.fault({.kind = Fault::Kind::answer,
                   .path = kReviews,
                   .times = 1000,
                   .reply = test::failure(500, "InternalError", "etcd is away")});
  }
  CHECK(cluster.post(known, numbered("n1", 2)) == 200);
  CHECK(cluster.post(fresh, numbered("n2", 1)) == 503);
  CHECK_FALSE(cluster.program->snapshot()->nodes.contains("n2"));
  CHECK(cluster.counted("unavailable") == 1);
  if (gone) {
    cluster.api.start();
  } else {
    cluster.api.with([](test::ApiFront& front) { front.clear_faults(); });
  }
  while (cluster.post(fresh, numbered("n2", 1)) != 200) {
  }
  CHECK(cluster.program->snapshot()->nodes.contains("n2"));
}

}  // namespace kernwise::orchestrator
