// SPDX-License-Identifier: Apache-2.0
#include "test/controlplane/profilers.hpp"

#include <sstream>

#include "common/base/json.hpp"
#include "common/http/client.hpp"
#include "common/report/codec.hpp"

namespace kernwise::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* kProfilers = "kernwise-profiler";

std::string profiler_pod(const std::string& node) {
  return "apiVersion: v1\nkind: Pod\nmetadata: {name: profiler-" + node +
         ", namespace: kernwise-profiler}\nspec:\n  nodeName: " + node +
         "\n  serviceAccountName: kernwise-profiler\n"
         "  containers: [{name: profiler, image: profiler}]\n---\n";
}

/// As the kubelet asks for it; a kubectl for each of a hundred would take minutes.
Result<std::string> token_of(const Cluster& cluster, const std::string& pod,
                             const std::string& uid) {
  const auto api = http::parse_url(cluster.url());
  if (!api) return api.error();
  const auto answer = http::fetch(
      *api,
      {.method = "POST",
       .target = "/api/v1/namespaces/kernwise-profiler/serviceaccounts/kernwise-profiler/token",
       .headers = {{"content-type", "application/json"},
                   {"authorization", "Bearer " + cluster.admin_token()}},
       .body = R"({"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{)"
               R"("audiences":["kernwise-orchestrator"],"boundObjectRef":{"apiVersion":"v1",)"
               R"("kind":"Pod","name":")" +
               pod + R"(","uid":")" + uid + "\"}}}"},
      {}, {.ca_file = cluster.ca_file()});
  if (!answer) return answer.error();
  const auto object = json::parse(answer->body, {.depth = 64});
  if (!object) return object.error();
  const auto status = json::Cursor(*object, "token of " + pod).at("status");
  if (!status) return invalid(status.error().message() + " in " + answer->body);
  const auto token = status->at("token");
  if (!token) return token.error();
  return std::string(token->value().text());
}

}  // namespace

Result<ProfilerTokens> make_profilers(Cluster& cluster, const std::vector<std::string>& nodes) {
  if (auto made = cluster.make_namespace(kProfilers); !made) return made.error();
  auto made = cluster.kubectl({"create", "serviceaccount", kProfilers, "-n", kProfilers});
  if (!made) return made.error();
  std::string pods;
  for (const std::string& node : nodes) pods += profiler_pod(node);
  if (made = cluster.kubectl({"create", "-f", "-"}, pods); !made) return made.error();
  const auto uids = cluster.kubectl(
      {"get", "pods", "-n", kProfilers,
       "-o=jsonpath={range .items[*]}{.spec.nodeName} {.metadata.name} {.metadata.uid} {end}"});
  if (!uids) return uids.error();
  ProfilerTokens tokens;
  std::istringstream words(*uids);
  for (std::string node, pod, uid; words >> node >> pod >> uid;) {
    auto token = token_of(cluster, pod, uid);
    if (!token) return token.error();
    tokens[node] = *std::move(token);
  }
  if (tokens.size() != nodes.size()) return invalid("profilers: not every node has one");
  return tokens;
}

Result<> send_report(const http::Url& ingest, const report::Report& report,
                     const std::string& token) {
  const auto reply = http::fetch(
      ingest,
      {.method = "POST",
       .target = "/v1/report",
       .headers = {{"content-type", "application/json"}, {"authorization", "Bearer " + token}},
       .body = report::encode(report)},
      {.timeout = 30s});
  if (!reply) return wrap(reply.error(), "report for " + report.node);
  if (reply->status == 200) return {};
  return invalid("report for " + report.node + ": status " + std::to_string(reply->status) + " " +
                 reply->body);
}

}  // namespace kernwise::test
