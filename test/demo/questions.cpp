// SPDX-License-Identifier: Apache-2.0
#include "test/demo/questions.hpp"

#include <sstream>
#include <utility>

#include "test/demo/api.hpp"
#include "test/support/eventually.hpp"

namespace kernwise::demo {

using namespace std::chrono_literals;
namespace {

constexpr const char* kNamespace = "demo";

Result<http::Url> endpoint_in(const std::string& line, const std::string& name) {
  std::istringstream words(line);
  for (std::string word; words >> word;)
    if (word.starts_with(name + "=")) return origin_of(word.substr(name.size() + 1));
  return invalid("the orchestrator's line `listening " + line + "` has no " + name + "=HOST:PORT");
}

Result<std::vector<std::string>> node_names(const http::Url& api) {
  const auto answer = get_json(api, "/v1/nodes");
  if (!answer) return answer.error();
  const auto items = json::Cursor(*answer, "/v1/nodes").at("items");
  if (!items) return items.error();
  const auto nodes = items->items(10'000);
  if (!nodes) return nodes.error();
  std::vector<std::string> names;
  for (const auto& node : *nodes) {
    const auto name = node.at("name");
    if (!name) return name.error();
    auto text = name->string();
    if (!text) return text.error();
    names.push_back(std::move(*text));
  }
  return names;
}

/// A pod as the controller of Deployment `service` would create it: no node yet, and nothing known
/// of it but its owner and its label.
std::string scheduler_request(const std::string& service, const std::string& pod,
                              const std::vector<std::string>& nodes) {
  json::Writer out;
  out.begin_object().key("Pod").begin_object().key("metadata").begin_object();
  out.member("name", pod).member("namespace", kNamespace).member("uid", pod + "-demo");
  out.key("labels").begin_object().member("app.kubernetes.io/name", service).end_object();
  out.key("ownerReferences").begin_array().begin_object();
  out.member("apiVersion", "apps/v1").member("kind", "Deployment").member("name", service);
  out.member("uid", service + "-demo").member("controller", true);
  out.end_object().end_array().end_object();
  out.key("spec").begin_object().key("containers").begin_array().begin_object();
  out.member("name", "app").key("resources").begin_object().key("requests").begin_object();
  out.member("cpu", "250m").end_object().end_object().end_object().end_array().end_object();
  out.end_object().key("Nodes").null().key("NodeNames").begin_array();
  for (const auto& node : nodes) out.value(node);
  out.end_array().end_object();
  return out.take();
}

/// The scheduler gets its answer first and the record follows a moment later, so that no placement
/// waits for bookkeeping; whoever asks at once asks again.
Result<json::Value> explanation_of(const http::Url& api, const std::string& pod) {
  const std::string target = "/v1/explain/pod/" + std::string(kNamespace) + "/" + pod;
  auto explanation = get_json(api, target);
  static_cast<void>(
      test::eventually(5s, [&] { return explanation || (explanation = get_json(api, target)); }));
  return explanation;
}

}  // namespace

Result<Endpoints> parse_endpoints(const std::string& line) {
  auto scheduler = endpoint_in(line, "scheduler");
  if (!scheduler) return scheduler.error();
  auto ingest = endpoint_in(line, "ingest");
  if (!ingest) return ingest.error();
  auto api = endpoint_in(line, "api");
  if (!api) return api.error();
  return Endpoints{std::move(*scheduler), std::move(*ingest), std::move(*api)};
}

Result<Placement> ask_placement(const Endpoints& endpoints, const std::string& service,
                                const std::string& what) {
  const auto nodes = node_names(endpoints.api);
  if (!nodes) return nodes.error();
  const std::string pod = service + "-new";
  const auto answer =
      post_json(endpoints.scheduler, "/prioritize", scheduler_request(service, pod, *nodes));
  if (!answer) return answer.error();
  auto scores = scores_in(*answer);
  if (!scores) return scores.error();
  auto explanation = explanation_of(endpoints.api, pod);
  if (!explanation) return explanation.error();
  return Placement{std::string(kNamespace) + "/" + pod, what, std::move(*scores),
                   std::move(*explanation)};
}

Result<Outcome> ask_everything(const Endpoints& endpoints) {
  const auto pods = get_json(endpoints.api, "/v1/pods");
  if (!pods) return pods.error();
  auto states = pods_in(*pods, kNamespace);
  if (!states) return states.error();
  Outcome outcome{.pods = std::move(*states), .placements = {}, .decisions = {}};
  for (const auto& [service, what] :
       {std::pair{"svc-io", "waits for the disk"}, std::pair{"svc-cpu", "uses the CPU"}}) {
    auto placement = ask_placement(endpoints, service, what);
    if (!placement) return placement.error();
    outcome.placements.push_back(std::move(*placement));
  }
  const auto decisions = get_json(endpoints.api, "/v1/decisions");
  if (!decisions) return decisions.error();
  auto decided = decisions_in(*decisions, kNamespace);
  if (!decided) return decided.error();
  outcome.decisions = std::move(*decided);
  return outcome;
}

}  // namespace kernwise::demo
