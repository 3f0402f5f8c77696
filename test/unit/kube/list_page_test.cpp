// SPDX-License-Identifier: Apache-2.0
#include "common/kube/list_page.hpp"

#include <rapidcheck.h>

#include <catch2/catch_all.hpp>

#include "test/support/show_result.hpp"

namespace kernwise::kube {
namespace {

Result<ListHead> split(const std::string& text, std::vector<std::string>& items) {
  return split_list(text, [&](std::string_view item) { items.emplace_back(item); });
}

}  // namespace

TEST_CASE("split_list: items in order, and the head", "[kube]") {
  std::vector<std::string> items;
  const auto head = split(
      " {\"kind\":\"PodList\", \"items\" : [ {\"a\":\"]}\\\"{\"} ,{\"b\":[{}, [1,\"\\\\\"]]},7]\n,"
      "\"metadata\":{\"resourceVersion\":\"12\",\"continue\":\"t0k\",\"remaining\":3}}\n",
      items);
  REQUIRE(head);
  CHECK(head->version == "12");
  CHECK(head->more == "t0k");
  CHECK(items ==
        std::vector<std::string>{"{\"a\":\"]}\\\"{\"}", "{\"b\":[{}, [1,\"\\\\\"]]}", "7"});
}

TEST_CASE("split_list: none at all", "[kube]") {
  for (const std::string list : {"[]", "[ ]", "null"}) {
    CAPTURE(list);
    std::vector<std::string> items;
    const auto head = split(R"({"metadata":{"resourceVersion":"1"},"items":)" + list + "}", items);
    REQUIRE(head);
    CHECK(head->more.empty());
    CHECK(items.empty());
  }
}

TEST_CASE("split_list: what is not a whole list is refused", "[kube]") {
  const std::string whole =
      R"({"metadata":{"resourceVersion":"1"},"items":[{"a":"b\\"},[{}]],"x":"y"})";
  std::vector<std::string> items;
  REQUIRE(split(whole, items));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(split(whole.substr(0, size), items));
  }
  for (const std::string text :
       {"[]", "{}", R"({"items":[]})", R"({"metadata":{"resourceVersion":"1"}})",
        R"({"metadata":{},"items":[]})", R"({"metadata":7,"items":[]})",
        R"({"metadata":{"resourceVersion":"1"},"items":{}})",
        R"({"metadata":{"resourceVersion":"1"},"items":[1 2,]})", "<html>", "{{{{", "}}}}",
        R"({"metadata" {"resourceVersion":"1"},"items":[]})", R"({:,})", "{\"a\":]"}) {
    CAPTURE(text);
    CHECK_FALSE(split(text, items));
  }
}

TEST_CASE("split_list: a token without end is refused", "[kube]") {
  std::vector<std::string> items;
  CHECK_FALSE(split(R"({"metadata":{"resourceVersion":"1","continue":")" +
                        std::string(10'000, 'x') + R"("},"items":[]})",
                    items));
}

TEST_CASE("split_list: total over all inputs", "[kube]") {
  REQUIRE(rc::check("items lie within the text, whatever it is", [] {
    const auto text = *rc::gen::container<std::string>(
        rc::gen::element('{', '}', '[', ']', ':', ',', '"', '\\', ' ', 'a', '1'));
    const std::string list = R"({"metadata":{"resourceVersion":"1"},"items":[)" + text;
    static_cast<void>(split_list(list, [&](std::string_view item) {
      RC_ASSERT(item.data() >= list.data());
      RC_ASSERT(item.data() + item.size() <= list.data() + list.size());
      RC_ASSERT_FALSE(item.empty());
    }));
  }));
}

}  // namespace kernwise::kube
