// SPDX-License-Identifier: Apache-2.0
#include "extender/protocol/decode.hpp"

#include <catch2/catch_all.hpp>

namespace kernwise::protocol {
namespace {

using Names = std::vector<std::string_view>;
using placement::PodFacts;

/// Against a table without nodes.
Result<> decode(Decoder& decoder, std::string_view body, ExtenderArgs& args) {
  static const placement::NodeIndex none;
  KnownNodes known;
  known.begin(none);
  return decoder.decode(body, known, args);
}

constexpr double kMiB = 1024.0 * 1024;

/// What a Pod's JSON is read as.
PodFacts pod_of(const std::string& pod) {
  Decoder decoder;
  ExtenderArgs args;
  const auto decoded = decode(decoder, R"({"Pod":)" + pod + "}", args);
  INFO((decoded ? std::string() : decoded.error().message()));
  REQUIRE(decoded.has_value());
  return args.pod;
}

std::string problem_with(const std::string& body) {
  Decoder decoder;
  ExtenderArgs args;
  const auto decoded = decode(decoder, body, args);
  return decoded ? "" : decoded.error().message();
}

TEST_CASE("decode: the facts of a pod", "[protocol]") {
  const PodFacts pod = pod_of(R"({
    "metadata": {"name": "cart-5f-x", "namespace": "shop", "uid": "u-1", "creationTimestamp": null,
      "labels": {"app": "cart", "tier": "web"},
      "annotations": {"kernwise.io/class": "batch", "other.io/secret": "hunter2"},
      "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "cart-5f",
                           "uid": "u-2", "controller": true, "blockOwnerDeletion": true}]},
    "spec": {"priority": 1000, "nodeName": "n9", "schedulerName": "kernwise-scheduler",
      "volumes": [{"name": "v"}],
      "containers": [{"name": "a", "image": "cart:1", "env": [{"name": "X", "value": "secret"}],
                      "resources": {"requests": {"cpu": "250m", "memory": "64Mi", "example.com/gpu": "1"},
                                    "limits": {"cpu": 1}}},
                     {"name": "b", "image": "proxy:2", "resources": {"requests": {"cpu": "50m"}}}]},
    "status": {"nominatedNodeName": "n7", "phase": "Pending"}})");
  CHECK(pod.name == "cart-5f-x");
  CHECK(pod.pod_namespace == "shop");
  CHECK(pod.uid == "u-1");
  CHECK(pod.label("tier") == "web");
  CHECK(pod.annotations == placement::TextPairs{{"kernwise.io/class", "batch"}});
  REQUIRE(pod.controller() != nullptr);
  CHECK(pod.controller()->kind == "ReplicaSet");
  CHECK(pod.controller()->uid == "u-2");
  CHECK(pod.priority == 1000);
  CHECK(pod.node_name == "n9");
  CHECK(pod.nominated_node == "n7");
  CHECK(pod.scheduler_name == "kernwise-scheduler");
  CHECK(pod.images == std::vector<std::string>{"cart:1", "proxy:2"});
  CHECK_THAT(pod.requests.cores.value(), Catch::Matchers::WithinRel(.3, 1e-12));
  CHECK(pod.requests.memory_bytes == 64 * kMiB);
  CHECK(pod.limits.cores == 1.0);
  CHECK_FALSE(pod.limits.memory_bytes);
}

TEST_CASE("decode: null is the same as absent, everywhere in a pod", "[protocol]") {
  for (const char* text :
       {"{}", R"({"metadata":null,"spec":null,"status":null})",
        R"({"metadata":{"name":null,"labels":null,"annotations":null,"ownerReferences":null},)"
        R"("spec":{"containers":null,"initContainers":null,"priority":null,"overhead":null},)"
        R"("status":{"nominatedNodeName":null}})",
        R"({"spec":{"containers":[]}})", R"({"spec":{"overhead":{"cpu":"1"}}})"}) {
    CAPTURE(text);
    const PodFacts pod = pod_of(text);
    CHECK(pod.name.empty());
    CHECK_FALSE(pod.requests.cores);
    CHECK(pod.images.empty());
  }
}

TEST_CASE("decode: requests of a whole pod", "[protocol]") {
  struct Row {
    const char* name;
    std::string spec;
    std::optional<double> cores;
  };
  const auto cpu = [](const std::string& amount, const std::string& more = "") {
    return R"({"resources":{"requests":{"cpu":")" + amount + "\"}}" + more + "}";
  };
  const std::string always = R"(,"restartPolicy":"Always")";
  const Row row = GENERATE_COPY(values<Row>({
      {"none", R"({"containers":[{}]})", {}},
      {"the sum", R"({"containers":[)" + cpu("1") + "," + cpu("500m") + "]}", 1.5},
      {"a larger init container",
       R"({"containers":[)" + cpu("1") + R"(],"initContainers":[)" + cpu("2") + "," + cpu("3") +
           "]}",
       3.0},
      {"a smaller init container",
       R"({"containers":[)" + cpu("4") + R"(],"initContainers":[)" + cpu("2") + "]}", 4.0},
      // 1 + 2 while running; 2 beside the init container of 3 that starts after the sidecar: 5
      {"an init container after a sidecar",
       R"({"containers":[)" + cpu("1") + R"(],"initContainers":[)" + cpu("2", always) + "," +
           cpu("3") + "]}",
       5.0},
      // The init container of 3 ends before the sidecar starts: max(1 + 2, 3)
      {"an init container before a sidecar",
       R"({"containers":[)" + cpu("1") + R"(],"initContainers":[)" + cpu("3") + "," +
           cpu("2", always) + "]}",
       3.0},
      {"overhead", R"({"containers":[)" + cpu("1") + R"(],"overhead":{"cpu":"250m"}})", 1.25},
  }));
  CAPTURE(row.name);
  CHECK(pod_of(R"({"spec":)" + row.spec + "}").requests.cores == row.cores);
}

TEST_CASE("decode: candidates as names, as nodes, as both, as neither", "[protocol]") {
  struct Row {
    const char* name;
    std::string members;
    Candidates form;
    Names names;
  };
  const Row row = GENERATE(values<Row>({
      {"names", R"("Nodes":null,"NodeNames":["n1","n2"])", Candidates::names, {"n1", "n2"}},
      {"no names", R"("NodeNames":[])", Candidates::names, {}},
      {"nodes",
       R"("Nodes":{"metadata":{},"items":[{"metadata":{"name":"n1"}},{"metadata":{"name":"n2"}}]})",
       Candidates::nodes,
       {"n1", "n2"}},
      {"nodes without items", R"("Nodes":{"items":null},"NodeNames":null)", Candidates::nodes, {}},
      {"both: names win",
       R"("Nodes":{"items":[{"metadata":{"name":"n1"}}]},"NodeNames":["n2"])",
       Candidates::names,
       {"n2"}},
      {"both null", R"("Nodes":null,"NodeNames":null)", Candidates::none, {}},
      {"neither", R"("Extra":1)", Candidates::none, {}},
  }));
  CAPTURE(row.name);
  const std::string body = R"({"Pod":{},)" + row.members + "}";
  Decoder decoder;
  ExtenderArgs args;
  REQUIRE(decode(decoder, body, args).has_value());
  CHECK(args.form == row.form);
  CHECK(args.unknown == row.names);
  CHECK(args.raw_nodes.size() == (row.form == Candidates::nodes ? row.names.size() : 0));
}

TEST_CASE("decode: nodes can be given back byte for byte", "[protocol]") {
  const std::string first = R"({ "metadata" : {"name":"n1","x":"}]\"{"} , "n":[1.50, {}] })";
  const std::string second = R"({"status":{},"metadata":{"name":"n\u0032"}})";
  const std::string body =
      R"({"a":{"items":[{"metadata":{"name":"wrong"}}]},"\u004eODES" : {"x":[{}],"it\u0065ms":[)" +
      first + " ,\n" + second + R"( ]},"Pod":{}})";
  Decoder decoder;
  ExtenderArgs args;
  REQUIRE(decode(decoder, body, args).has_value());
  CHECK(args.unknown == Names{"n1", "n2"});
  CHECK(args.raw_nodes == Names{first, second});
}

TEST_CASE("decode: top-level keys in any casing, inner ones as Kubernetes writes them",
          "[protocol]") {
  for (const char* body : {R"({"pod":{"metadata":{"name":"p"}},"nodenames":["n"]})",
                           R"({"POD":{"metadata":{"name":"p"}},"NODENAMES":["n"]})",
                           R"({"pOd":{"metadata":{"name":"p"}},"nOdEnAmEs":["n"],"NODES":null})"}) {
    CAPTURE(body);
    Decoder decoder;
    ExtenderArgs args;
    REQUIRE(decode(decoder, body, args).has_value());
    CHECK(args.pod.name == "p");
    CHECK(args.unknown == Names{"n"});
  }
  CHECK(pod_of(R"({"Metadata":{"name":"p"},"metadata":{"Name":"p"}})").name.empty());
}

TEST_CASE("decode: every complaint names the field", "[protocol]") {
  const auto [body, problem] = GENERATE(table<std::string, std::string>({
      {"[]", "body: expected an object"},
      {"7", "body: expected an object"},
      {"null", "body: expected an object"},
      {"{}", "Pod: missing"},
      {R"({"Pod":null})", "Pod: missing"},
      {R"({"Pod":[]})", "Pod: expected an object"},
      {R"({"Pod":{},"pod":{}})", "Pod: given twice"},
      {R"({"Pod":{},"NodeNames":[],"nodenames":null})", "NodeNames: given twice"},
      {R"({"Pod":{},"NodeNames":{}})", "NodeNames: expected an array"},
      {R"({"Pod":{},"NodeNames":["a",null]})", "NodeNames[1]: expected a string"},
      {R"({"Pod":{},"NodeNames":["a",""]})", "NodeNames[1]: empty"},
      {R"({"Pod":{},"NodeNames":["a\u0000"]})", "NodeNames[0]: a control character in the string"},
      {R"({"Pod":{},"Nodes":[]})", "Nodes: expected an object"},
      {R"({"Pod":{},"Nodes":{"items":{}}})", "Nodes.items: expected an array"},
      {R"({"Pod":{},"Nodes":{"items":[7]}})", "Nodes.items[0]: expected an object"},
      {R"({"Pod":{},"Nodes":{"items":[{}]}})", "Nodes.items[0]: metadata.name is missing"},
      {R"({"Pod":{},"Nodes":{"items":[{"metadata":{"name":7}}]}})",
       "Nodes.items[0].metadata.name: expected a string"},
      {R"({"Pod":{},"Nodes":{"items":[{"metadata":{"name":"a","name":"b"}}]}})",
       "Nodes.items[0].metadata.name: given twice"},
      {R"({"Pod":{},"NodeNames":["n"],"Nodes":{"items":7}})", "Nodes.items: expected an array"},
      {R"({"Pod":{"metadata":{"labels":{"app":7}}}})",
       "Pod.metadata.labels.app: expected a string"},
      {R"({"Pod":{"metadata":{"annotations":[]}}})",
       "Pod.metadata.annotations: expected an object"},
      {R"({"Pod":{"metadata":{"ownerReferences":[{"controller":1}]}}})",
       "Pod.metadata.ownerReferences[0].controller: expected true or false"},
      {R"({"Pod":{"spec":{"priority":1.5}}})", "Pod.spec.priority: expected an integer of 32 bits"},
      {R"({"Pod":{"spec":{"containers":[{},{"image":7}]}}})",
       "Pod.spec.containers[1].image: expected a string"},
      {R"({"Pod":{"spec":{"initContainers":[{"resources":{"requests":{"cpu":"1x"}}}]}}})",
       "Pod.spec.initContainers[0].resources.requests.cpu: not a quantity like 250m or 1Gi"},
      {R"({"Pod":{"spec":{"containers":[{"resources":{"limits":{"memory":-1}}}]}}})",
       "Pod.spec.containers[0].resources.limits.memory: expected a quantity like \"250m\" or "
       "\"1Gi\""},
      {R"({"Pod":{"status":{"nominatedNodeName":[]}}})",
       "Pod.status.nominatedNodeName: expected a string"},
  }));
  CAPTURE(body);
  const std::string said = problem_with(body);
  CHECK(said.substr(0, problem.size()) == problem);
}

TEST_CASE("decode: bounds", "[protocol]") {
  const std::string fits(kMaxNodeName, 'n');
  CHECK(problem_with(R"({"Pod":{},"NodeNames":[")" + fits + "\"]}").empty());
  CHECK(problem_with(R"({"Pod":{},"NodeNames":["n)" + fits + "\"]}")
            .starts_with("NodeNames[0]: longer than 253 bytes"));

  std::string many = R"({"Pod":{},"NodeNames":["n")";
  for (std::size_t i = 1; i < kMaxCandidates; ++i) many += R"(,"n")";
  CHECK(problem_with(many + "]}").empty());
  CHECK(problem_with(many + R"(,"n"]})").starts_with("NodeNames: more than 100000 items"));

  CHECK(problem_with(std::string(kMaxBodyBytes + 1, ' ')).starts_with("body: more than 64 MiB"));
}

TEST_CASE("decode: nesting up to 64 is read, deeper is refused", "[protocol]") {
  const auto nested = [](std::size_t depth) {
    // The body's own object is the first level.
    return R"({"Pod":{},"x":)" + std::string(depth - 1, '[') + "1" + std::string(depth - 1, ']') +
           "}";
  };
  CHECK(problem_with(nested(kMaxDepth - 1)).empty());
  CHECK(problem_with(nested(kMaxDepth)).empty());
  CHECK(problem_with(nested(kMaxDepth + 1)).starts_with("body: "));
}

TEST_CASE("decode: a body may lie anywhere and one decoder reads many", "[protocol]") {
  Decoder decoder;
  ExtenderArgs args;
  const std::string body = R"({"Pod":{"metadata":{"name":"p"}},"NodeNames":["n1"]})";
  std::string roomy = body;
  roomy.reserve(body.size() + 200);
  std::string exact(body);
  exact.shrink_to_fit();
  REQUIRE(decode(decoder, roomy, args).has_value());
  CHECK(args.unknown == Names{"n1"});
  REQUIRE(decode(decoder, exact, args).has_value());
  REQUIRE(decode(decoder, std::string_view(body), args).has_value());
  CHECK_FALSE(decode(decoder, "{", args).has_value());
  const std::string large = R"({"Pod":{},"x":")" + std::string(9UL * 1024 * 1024, 'x') + "\"}";
  REQUIRE(decode(decoder, large, args).has_value());
  CHECK(args.pod.name.empty());
  REQUIRE(decode(decoder, body, args).has_value());
  CHECK(args.pod.name == "p");
  CHECK(args.unknown == Names{"n1"});
}

}  // namespace
}  // namespace kernwise::protocol
