// SPDX-License-Identifier: Apache-2.0
#include <rapidcheck.h>

#include <catch2/catch_all.hpp>

#include "common/base/json.hpp"
#include "extender/protocol/decode.hpp"
#include "extender/protocol/escapes.hpp"
#include "test/corpus/hostile_json.hpp"

namespace kernwise::protocol {
namespace {

std::string problem_with(std::string_view body) {
  static Decoder decoder;
  ExtenderArgs args;
  static const placement::NodeTable nodes({{.name = "n1"}});
  KnownNodes known;
  known.begin(nodes.index());
  const auto decoded = decoder.decode(body, known, args);
  return decoded ? "" : decoded.error().message();
}

/// How the reader of all other listeners judges the same bytes.
bool accepted_elsewhere(const std::string& body) {
  return json::parse(body, {.depth = kMaxDepth, .bytes = kMaxBodyBytes}).has_value();
}

const std::string kSmall =
    R"({"Pod":{"metadata":{"name":"p\u00e9","labels":{"a":"b"}},"spec":{"priority":-12,"containers":)"
    R"([{"image":"i","resources":{"requests":{"cpu":"1"}}}]}},"Nodes":{"items":[{"metadata":)"
    R"({"name":"n1"},"x":[true,null,1.5e3]}]}})";

TEST_CASE("hostile: what is not JSON is refused by both readers", "[protocol][hostile]") {
  for (const auto& [name, text] : corpus::documents()) {
    CAPTURE(name);
    CHECK(problem_with(text).starts_with("body: "));
    CHECK_FALSE(accepted_elsewhere(text));
  }
}

TEST_CASE("hostile: what is not JSON is refused in a part nobody reads", "[protocol][hostile]") {
  for (const auto& [name, text] : corpus::documents()) {
    // What is wrong at the end of a document is often right inside one.
    const std::string body = R"({"Pod":{},"unread":)" + text + "}";
    CAPTURE(name);
    CHECK(problem_with(body).empty() == accepted_elsewhere(body));
  }
}

TEST_CASE("hostile: a body cut off anywhere is refused", "[protocol][hostile]") {
  REQUIRE(problem_with(kSmall).empty());
  for (const std::string& cut : corpus::truncations(kSmall)) {
    CAPTURE(cut.size());
    CHECK(problem_with(cut).starts_with("body: "));
  }
}

TEST_CASE("hostile: bytes behind a body are refused", "[protocol][hostile]") {
  for (const char* junk : {"x", "}", "{}", "null", "\xff", ",", "\"", "[1]"}) {
    CAPTURE(junk);
    CHECK(problem_with(kSmall + junk).starts_with("body: "));
  }
  CHECK(problem_with(kSmall + " \n\t").empty());
}

TEST_CASE("hostile: broken UTF-8 is refused wherever it stands", "[protocol][hostile]") {
  for (const auto& [name, bytes] : corpus::bad_utf8()) {
    CAPTURE(name);
    for (const std::string& body :
         {R"({"Pod":{},"NodeNames":["n)" + bytes + "\"]}",
          R"({"Pod":{},"unread":")" + bytes + "\"}", R"({"Pod":{},")" + bytes + "\":1}"}) {
      CHECK_FALSE(problem_with(body).empty());
      CHECK_FALSE(accepted_elsewhere(body));
    }
  }
}

TEST_CASE("hostile: a number that does not fit names its field", "[protocol][hostile]") {
  for (const auto& [name, number] : corpus::numbers()) {
    CAPTURE(name);
    const std::string problem = problem_with(R"({"Pod":{"spec":{"priority":)" + number + "}}}");
    // What no double holds is refused before fields are known.
    CHECK((problem.starts_with("Pod.spec.priority: ") || problem.starts_with("body: ")));
  }
}

TEST_CASE("hostile: each field refuses what is not its type and says which",
          "[protocol][hostile]") {
  struct Row {
    std::string field, before, after, type;
  };
  const auto in_pod = [](std::string field, std::string before, std::string after,
                         std::string type) {
    return Row{"Pod." + field, R"({"Pod":{)" + before, after + "}}", std::move(type)};
  };
  const std::string container = R"("spec":{"containers":[{)";
  const Row row = GENERATE_COPY(values<Row>({
      {"Pod", R"({"Pod":)", "}", "object"},
      {"Nodes", R"({"Pod":{},"Nodes":)", "}", "object"},
      {"Nodes.items", R"({"Pod":{},"Nodes":{"items":)", "}}", "array"},
      {"NodeNames", R"({"Pod":{},"NodeNames":)", "}", "array"},
      {"NodeNames[0]", R"({"Pod":{},"NodeNames":[)", "]}", "string"},
      in_pod("metadata", R"("metadata":)", "", "object"),
      in_pod("metadata.uid", R"("metadata":{"uid":)", "}", "string"),
      in_pod("metadata.namespace", R"("metadata":{"namespace":)", "}", "string"),
      in_pod("metadata.name", R"("metadata":{"name":)", "}", "string"),
      in_pod("metadata.labels", R"("metadata":{"labels":)", "}", "object"),
      in_pod("metadata.labels.a", R"("metadata":{"labels":{"a":)", "}}", "string"),
      in_pod("metadata.annotations", R"("metadata":{"annotations":)", "}", "object"),
      in_pod("metadata.annotations.a", R"("metadata":{"annotations":{"a":)", "}}", "string"),
      in_pod("metadata.ownerReferences", R"("metadata":{"ownerReferences":)", "}", "array"),
      in_pod("metadata.ownerReferences[0]", R"("metadata":{"ownerReferences":[)", "]}", "object"),
      in_pod("metadata.ownerReferences[0].kind", R"("metadata":{"ownerReferences":[{"kind":)",
             "}]}", "string"),
      in_pod("metadata.ownerReferences[0].controller",
             R"("metadata":{"ownerReferences":[{"controller":)", "}]}", "boolean"),
      in_pod("spec", R"("spec":)", "", "object"),
      in_pod("spec.priority", R"("spec":{"priority":)", "}", "number"),
      in_pod("spec.nodeName", R"("spec":{"nodeName":)", "}", "string"),
      in_pod("spec.schedulerName", R"("spec":{"schedulerName":)", "}", "string"),
      in_pod("spec.containers", R"("spec":{"containers":)", "}", "array"),
      in_pod("spec.containers[0]", R"("spec":{"containers":[)", "]}", "object"),
      in_pod("spec.containers[0].image", container + R"("image":)", "}]}", "string"),
      in_pod("spec.containers[0].resources", container + R"("resources":)", "}]}", "object"),
      in_pod("spec.containers[0].resources.requests", container + R"("resources":{"requests":)",
             "}}]}", "object"),
      in_pod("spec.initContainers", R"("spec":{"initContainers":)", "}", "array"),
      in_pod("status", R"("status":)", "", "object"),
      in_pod("status.nominatedNodeName", R"("status":{"nominatedNodeName":)", "}", "string"),
  }));
  for (const auto& [type, value] : corpus::one_of_each_type()) {
    const bool item = row.field.ends_with(']') || row.field.ends_with(".a");
    // Null is absence for a member, and nothing sensible for an item or a label.
    if (type == row.type || (type == "null" && !item && row.field != "Pod")) continue;
    CAPTURE(row.field, value);
    CHECK(problem_with(row.before + value + row.after).starts_with(row.field + ": "));
  }
}

TEST_CASE("hostile: control characters are refused in every name", "[protocol][hostile]") {
  for (const auto& [name, text] : corpus::control_strings()) {
    CAPTURE(name);
    CHECK(problem_with(R"({"Pod":{},"NodeNames":[)" + text + "]}").starts_with("NodeNames[0]: "));
    CHECK(problem_with(R"({"Pod":{"metadata":{"name":)" + text + "}}}")
              .starts_with("Pod.metadata.name: "));
  }
}

TEST_CASE("hostile: one changed byte never does more than be refused", "[protocol][hostile]") {
  for (std::size_t at = 0; at < kSmall.size(); ++at) {
    for (const char byte : {'\0', '"', '\\', '{', ']', ',', '9', '\x80', ' '}) {
      std::string body = kSmall;
      body[at] = byte;
      const bool accepted = problem_with(body).empty();
      CAPTURE(at, static_cast<int>(byte));
      // The readers need not agree on keys given twice; on grammar and encoding they must.
      if (accepted) CHECK(accepted_elsewhere(body));
    }
  }
}

TEST_CASE("broken_escape: finds what JSON does not know and halves of pairs, and nothing else",
          "[protocol][hostile]") {
  const auto [json, expected] = GENERATE(table<std::string, std::optional<std::size_t>>({
      {"", {}},
      {R"("plain")", {}},
      {R"("\ud83d\ude00")", {}},
      {R"("\\ud800")", {}},  // a backslash and letters
      {R"("\\\ud800")", 3},
      {R"("a\uD800")", 2},
      {R"("\udfff")", 1},
      {R"("\ud83d\ude00\ude00")", 13},
      {R"("\u0000\ud7ff\ue000")", {}},
      {R"("\ud800\")", 1},
      {R"("\"\\\/\b\f\n\r\t")", {}},
      {R"("\x41")", 1},
      {R"("a\u12")", 2},
      {R"("\u12G4")", 1},
      {R"("\u-123")", 1},
      {"\"\\", 1},
  }));
  CAPTURE(json);
  CHECK(broken_escape(json) == expected);
}

}  // namespace
}  // namespace kernwise::protocol
