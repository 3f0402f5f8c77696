// SPDX-License-Identifier: Apache-2.0
#include "common/kube/path.hpp"

#include <catch2/catch_all.hpp>

#include "common/kube/micro_time.hpp"
#include "common/kube/times.hpp"

namespace kernwise::kube {

TEST_CASE("path_of: the core, groups, namespaces and subresources", "[kube]") {
  CHECK(path_of({"v1", "pods", "", ""}) == "/api/v1/pods");
  CHECK(path_of({"v1", "pods", "shop", "web-1"}, "resize") ==
        "/api/v1/namespaces/shop/pods/web-1/resize");
  CHECK(path_of({"apps/v1", "deployments", "shop", "web"}, "scale") ==
        "/apis/apps/v1/namespaces/shop/deployments/web/scale");
  CHECK(path_of({"v1", "nodes", "", "n1"}) == "/api/v1/nodes/n1");
}

TEST_CASE("path_of: no name leads out of its place", "[kube]") {
  CHECK(path_of({"v1", "pods", "shop", "../../secrets/a?watch=1#"}) ==
        "/api/v1/namespaces/shop/pods/..%2F..%2Fsecrets%2Fa%3Fwatch%3D1%23");
  CHECK(path_of({"v1", "pods", "..", "."}) == "/api/v1/namespaces/%2E%2E/pods/%2E");
}

TEST_CASE("target_of: the query is percent-encoded", "[kube]") {
  CHECK(target_of({.path = "/api/v1/pods"}) == "/api/v1/pods");
  CHECK(target_of({.path = "/api/v1/pods",
                   .query = {{"fieldSelector", "spec.nodeName=n1,x!=\xC3\xA9"}, {"watch", "1"}}}) ==
        "/api/v1/pods?fieldSelector=spec.nodeName%3Dn1%2Cx%21%3D%C3%A9&watch=1");
}

TEST_CASE("parse_time: what Kubernetes and credential plugins write", "[kube]") {
  const auto [text, expected] = GENERATE(table<std::string, std::string>({
      {"2026-01-01T00:00:08.123456Z", "2026-01-01T00:00:08.123456Z"},
      {"2026-01-01T00:00:08Z", "2026-01-01T00:00:08.000000Z"},
      {"2026-01-01t00:00:08.5z", "2026-01-01T00:00:08.500000Z"},
      {"2026-01-01T00:00:08.1234567899Z", "2026-01-01T00:00:08.123456Z"},  // Go writes up to 9
      {"2026-01-01T01:30:00+02:00", "2025-12-31T23:30:00.000000Z"},
      {"2024-02-29T23:59:59-01:00", "2024-03-01T00:59:59.000000Z"},
  }));
  CAPTURE(text);
  const auto time = parse_time(text);
  REQUIRE(time);
  CHECK(micro_time(*time) == expected);
}

TEST_CASE("parse_time: anything else is no time", "[kube]") {
  for (const std::string text :
       {"", "2026", "2026-02-30T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
        "2026-01-01 00:00:00Z", "2026-01-01T00:00:00", "2026-01-01T00:00:00Zx",
        "2026-01-01T00:00:00+0200", "-026-01-01T00:00:00Z"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_time(text));
  }
}

}  // namespace kernwise::kube
