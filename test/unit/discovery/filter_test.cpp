// SPDX-License-Identifier: Apache-2.0
#include "profiler/discovery/filter.hpp"

#include <rapidcheck.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <string>

namespace kernwise::discovery {
namespace {

TEST_CASE("label selector: Kubernetes' forms", "[discovery]") {
  const Labels labels = {{"app", "shop"}, {"tier", "front"}, {"app.kubernetes.io/name", "cart"}};
  const auto [text, expected] = GENERATE(table<std::string, bool>({
      {"", true},
      {"  ", true},
      {"app", true},
      {"none", false},
      {"!none", true},
      {"!app", false},
      {"app=shop", true},
      {"app==shop", true},
      {"app = shop", true},
      {"app=other", false},
      {"app!=other", true},
      {"app!=shop", false},
      {"none!=x", true},
      {"none=x", false},
      {"app in (a, shop)", true},
      {"app in (a,b)", false},
      {"app notin (a,b)", true},
      {"none notin (a)", true},
      {"app notin (shop)", false},
      {"app=shop,tier=front", true},
      {"app=shop,tier=back", false},
      {"app.kubernetes.io/name=cart,app in (shop),!none", true},
      {"app=", false},
      {"app in(a,shop)", true},
      {"app  notin  ( a , b )", true},
      {"app in (,shop)", true},
      {" tier=front , !none ", true},
  }));
  CAPTURE(text);
  const auto selector = LabelSelector::parse(text);
  REQUIRE(selector.has_value());
  CHECK(selector->matches(labels) == expected);
}

TEST_CASE("label selector: a mistake is named", "[discovery]") {
  for (const std::string text :
       {",",       "a,",          "=b",    "!",     "!=b",   "a in",  "a in b",
        "a in (b", "a in b)",     "a b",   "a=b=c", "a=b c", "a\n=b", "a in (b c)",
        "a in ()", "a notin ( )", "-a",    "a-",    "a=-b",  "a=b/c", "a/",
        "/a",      "a/b/c",       "A.b/c", "a,,b",  "a=b,",  "\xff"}) {
    CAPTURE(text);
    const auto selector = LabelSelector::parse(text);
    REQUIRE_FALSE(selector.has_value());
    CHECK(selector.error().message().find("label_selector") != std::string::npos);
  }
  CHECK_FALSE(LabelSelector::parse(std::string(5000, 'a')).has_value());
  const auto filter =
      Filter::make({.exclude_namespaces = {}, .namespaces = {}, .label_selector = "="});
  REQUIRE_FALSE(filter.has_value());
  CHECK(filter.error().message().starts_with("filter: label_selector"));
}

TEST_CASE("label selector: any text is answered", "[discovery]") {
  REQUIRE(rc::check("never throws", [] {
    const auto text =
        *rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab=!,() in notin\xff")));
    const auto selector = LabelSelector::parse(text);
    if (selector) (void)selector->matches({{"a", "b"}});
  }));
}

report::Name pod(const std::string& pod_namespace) {
  report::Name name;
  name.pod_namespace = pod_namespace;
  name.pod = "p";
  return name;
}

TEST_CASE("filter: namespaces and labels decide together", "[discovery]") {
  const auto filter = Filter::make({.exclude_namespaces = {"kube-system", "secret"},
                                    .namespaces = {"shop", "secret"},
                                    .label_selector = "app=cart"});
  REQUIRE(filter.has_value());
  const Labels cart = {{"app", "cart"}};
  const Labels other = {{"app", "other"}};
  CHECK(filter->excluded(pod("kube-system"), &cart));
  CHECK(filter->excluded(pod("other"), &cart));
  CHECK(filter->excluded(pod("secret"), &cart));  // an exclusion beats an inclusion
  CHECK_FALSE(filter->excluded(pod("shop"), &cart));
  CHECK(filter->excluded(pod("shop"), &other));
  CHECK_FALSE(filter->excluded(pod("shop")));  // labels not known
  CHECK_FALSE(filter->excluded(report::Name{}));
}

}  // namespace
}  // namespace kernwise::discovery
