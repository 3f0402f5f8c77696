// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_all.hpp>

#include "extender/protocol/decode.hpp"

namespace kernwise::protocol {
namespace {

TEST_CASE("decode: names are looked up on the way, whatever order they come in", "[protocol]") {
  std::vector<placement::NodeRow> known;
  for (const char* name : {"a", "node-with-a-name-of-some-length", "c\\u0031", "d\"", "e", "f"}) {
    known.emplace_back().name = name;
  }
  const bool plain = GENERATE(true, false);
  if (plain) known.erase(known.begin() + 2, known.begin() + 4);
  const placement::NodeTable nodes(known);
  CHECK(nodes.index().is_plain() == plain);
  placement::NodeOrder order;
  Decoder decoder;
  ExtenderArgs args;
  for (const char* names :
       {R"("a","node-with-a-name-of-some-length","e","f")", R"("e","f","a")", R"("f" , "a")",
        R"("a","a","a")", R"("x","a","e\u0030","\u0065","f")", R"("c1","c\\u0031","d\"","d")",
        R"("a\"","node-with-a-name-of-some-length2","node-with-a-name-of-some-lengt")", ""}) {
    for (int call = 0; call < 2; ++call) {
      order.begin(nodes.index());
      const std::string body = R"({"NodeNames":[)" + std::string(names) + R"(],"Pod":{}})";
      CAPTURE(body);
      REQUIRE(decoder.decode(body, order, args).has_value());
      REQUIRE(args.rows.size() == args.names.size());
      for (std::size_t i = 0; i < args.names.size(); ++i) {
        CHECK(args.rows[i] == nodes.index().find(args.names[i]));
      }
    }
  }
  order.begin(nodes.index());
  CHECK_FALSE(decoder.decode(R"({"NodeNames":["a"e"],"Pod":{}})", order, args).has_value());
  order.begin(nodes.index());
  CHECK_FALSE(decoder.decode(R"({"NodeNames":["a)", order, args).has_value());
}

}  // namespace
}  // namespace kernwise::protocol
