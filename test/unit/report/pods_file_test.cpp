// SPDX-License-Identifier: Apache-2.0
#include "common/report/pods_file.hpp"

#include <catch2/catch_all.hpp>

#include "test/support/show_result.hpp"

namespace kernwise::report {
namespace {

using Catch::Matchers::ContainsSubstring;

std::string refusal(std::string_view text) {
  const auto pods = parse_pods(text);
  return pods ? "accepted" : pods.error().message();
}

}  // namespace

TEST_CASE("parse_pods: reads every field of a pod", "[report]") {
  const auto pods = parse_pods(
      "# two pods\n"
      "- uid: 0b1c2d3e\n"
      "  namespace: shop\n"
      "  name: cart-0\n"
      "  container: app\n"
      "  workload: Deployment/cart\n"
      "  image: registry/cart:1\n"
      "  requests: {cpu: 250m, memory: 64Mi}\n"
      "  limits: {cpu: 1}\n"
      "  labels: {app: old, app.kubernetes.io/name: cart, tier: web}\n"
      "- {uid: u2, name: db-0, labels: {app: db}}\n");
  REQUIRE(pods);
  REQUIRE(pods->size() == 2);
  const PodEntry& cart = pods->at(0);
  CHECK(cart.uid == "0b1c2d3e");
  CHECK(cart.name == Name{.pod_namespace = "shop",
                          .pod = "cart-0",
                          .container = "app",
                          .workload = "Deployment/cart",
                          .request = 0.25,
                          .limit = 1.0});
  CHECK(cart.app == "cart");
  CHECK(cart.image == "registry/cart:1");
  CHECK(pods->at(1).app == "db");
  CHECK(pods->at(1).name.request == std::nullopt);
}

TEST_CASE("parse_pods: the recommended label wins in any order", "[report]") {
  const auto pods =
      parse_pods("- {uid: a, name: b, labels: {app.kubernetes.io/name: new, app: old}}\n");
  REQUIRE(pods);
  CHECK(pods->front().app == "new");
}

TEST_CASE("parse_pods: an empty file has no pods", "[report]") {
  CHECK(parse_pods("")->empty());
  CHECK(parse_pods("# none\n")->empty());
  CHECK(parse_pods("[]\n")->empty());
}

TEST_CASE("parse_pods: complaints name the line", "[report]") {
  const auto [text, expected] = GENERATE(table<std::string, std::string>({
      {"uid: a\n", "line 1: expected a list of pods"},
      {"text\n", "line 1: expected a list of pods"},
      {"- a\n", "line 1: expected {uid: ..., name: ...}"},
      {"- {uid: a, name: b}\n- {name: c}\n", "line 2: uid: missing"},
      {"- {uid: a}\n", "line 1: name: missing"},
      {"- {uid: '', name: b}\n", "line 1: uid: expected 1 to 512 bytes"},
      {"- {uid: a, name: b}\n\n- {uid: a, name: c}\n", "line 3: uid: 'a' twice"},
      {"- uid: a\n  uid: b\n  name: c\n", "line 2: uid: written twice"},
      {"- uid: a\n  nmae: b\n", "line 2: unknown field 'nmae'; known are uid, name,"},
      {"- uid: [a]\n  name: b\n", "line 1: uid: expected text"},
      {"- {uid: a, name: \"b\\nc\"}\n", "name: expected 1 to 512 bytes without control"},
      {"- {uid: a, name: " + std::string(513, 'b') + "}\n", "name: expected 1 to 512 bytes"},
      {"- uid: a\n  name: b\n  requests: 1\n", "line 3: requests: expected {cpu: ...}"},
      {"- uid: a\n  name: b\n  limits:\n    cpu: lots\n", "line 4: limits.cpu: expected CPU as"},
      {"- uid: a\n  name: b\n  limits: {cpu: [1]}\n", "line 3: limits.cpu: expected text"},
      {"- uid: a\n  name: b\n  labels: [x]\n", "line 3: labels: expected at most 64"},
      {"- uid: a\n  name: b\n  labels: {app: [x]}\n", "line 3: labels.app: expected text"},
      {"- {? [a] : b}\n", "line 1: key: expected text"},
      {"- {uid: a\n", "line "},
      {"- uid: a\n---\n- uid: b\n", "more than one document"},
      {"\xFF", "not valid UTF-8"},
      {std::string(1024 * 1024 + 1, '#'), "larger than 1048576 bytes"},
  }));
  CAPTURE(text.substr(0, 100));
  CHECK_THAT(refusal(text), ContainsSubstring(expected));
}

TEST_CASE("parse_pods: 4096 pods at most", "[report]") {
  std::string text;
  for (int at = 0; at < 4096; ++at) text += "- {uid: u" + std::to_string(at) + ", name: p}\n";
  CHECK(parse_pods(text)->size() == 4096);
  CHECK_THAT(refusal(text + "- {uid: more, name: p}\n"), ContainsSubstring("more than 4096 pods"));
}

TEST_CASE("parse_cpu_quantity: millicores or cores", "[report]") {
  const auto [text, expected] = GENERATE(table<std::string, double>({
      {"500m", 0.5},
      {"2", 2},
      {"0.5", 0.5},
      {".5", 0.5},
      {"0", 0},
      {"1500m", 1.5},
      {"+1", 1},
      {"1k", 1000},
      {"1e3", 1000},
      {"100000", 100'000},
      {"100000000m", 100'000},
  }));
  CAPTURE(text);
  const auto cores = parse_cpu_quantity(text);
  REQUIRE(cores);
  CHECK(*cores == expected);
}

TEST_CASE("parse_cpu_quantity: anything else is refused", "[report]") {
  const std::string text =
      GENERATE("", "m", "-1", "inf", "nan", "0x10", "1.2.3", "1 ", " 1", "1mm", "100001",
               "100000001m", "1,5", "99999999999999999999999999999999", ".", "1M");
  CAPTURE(text);
  CHECK(parse_cpu_quantity(text).has_error());
}

}  // namespace kernwise::report
