// SPDX-License-Identifier: Apache-2.0
#include "test/unit/report/schema.hpp"

#include <algorithm>
#include <catch2/catch_all.hpp>
#include <map>

#include "common/report/codec.hpp"
#include "test/support/show_result.hpp"
#include "test/unit/report/sample.hpp"

/// SCHEMA.md says what the codec does: each row is tried with wrong types, without the field, with
/// null, at its bound and one beyond it.
namespace kernwise::report {
namespace {

using Catch::Matchers::StartsWith;

/// A message with every field, and how the receiver reads it.
struct Message {
  std::string heading;
  json::Value document;
  std::function<std::string(std::string_view)> outcome;  ///< the complaint, or `accepted`
};

template <class T>
std::string outcome_of(const Result<T>& decoded) {
  return decoded ? "accepted" : decoded.error().message();
}

std::vector<Message> messages() {
  return {{"Report", *json::parse(encode(full_report())),
           [](std::string_view text) { return outcome_of(decode_report(text)); }},
          {"Reply", *json::parse(encode(full_reply())),
           [](std::string_view text) { return outcome_of(decode_reply(text)); }}};
}

std::string prefix_of(const Message& message, const Row& row) {
  return (message.heading == "Report" ? "report: " : "reply: ") + as_complaint(row.path);
}

/// Values of every type that the row's type is not.
std::vector<std::string> wrong_values(const Row& row) {
  std::map<std::string, std::string> samples{{"string", "\"x\""},
                                             {"number", "0.5"},
                                             {"boolean", "true"},
                                             {"object", "{}"},
                                             {"list", "[]"}};
  std::vector<std::string> wrong;
  if (row.type == "integer") wrong = {"0.5", "1e0", "-1", "-0", "1e400", "\"1\""};
  if (row.type == "number") wrong = {"\"NaN\"", "-0.5", "1e400", "1e999999999999", "\"1\""};
  for (const auto& [type, sample] : samples) {
    if (!row.type.starts_with(type) && !(row.type == "integer" && type == "number")) {
      wrong.push_back(sample);
    }
  }
  return wrong;
}

std::string repeated(const std::string& element, std::size_t times, const std::string& between) {
  std::string all;
  for (std::size_t at = 0; at < times; ++at) all += (at == 0 ? "" : between) + element;
  return all;
}

/// Text of the field at the given size: so many bytes, so many elements.
std::string of_size(const Message& message, const Row& row, std::size_t size) {
  if (row.type == "string") return '"' + std::string(size, 'x') + '"';
  const json::Value& first = field_at(message.document, row.path)->items().front();
  // A full container times 512 is larger than any report may be.
  const std::string element = row.path == "containers" ? R"({"cgroup_id":1})" : text_of(first);
  return "[" + repeated(element, size, ",") + "]";
}

std::string digits_of(std::string text) {
  std::erase(text, ',');
  if (text == "2^64-1") return "18446744073709551615";
  if (text.starts_with("10^")) return "1" + std::string(std::stoul(text.substr(3)), '0');
  return text;
}

/// The text of the largest allowed value and of one that is just too large; nothing without bound.
std::optional<std::pair<std::string, std::string>> bounds(const Message& message, const Row& row) {
  const bool sized = row.type == "string" || row.is_list();
  const std::string& range = row.range;
  const std::size_t most = range.find("≤ ");
  const std::size_t span = range.find("..");
  if (sized && most == std::string::npos && span == std::string::npos) return std::nullopt;
  if (sized) {
    const std::size_t from = most == 0 ? std::string("≤ ").size() : span + 2;
    const std::size_t size = std::stoul(range.substr(from));
    return std::pair(of_size(message, row, size), of_size(message, row, size + 1));
  }
  if (range.empty()) return std::nullopt;
  const std::string high = digits_of(span == std::string::npos ? range : range.substr(span + 2));
  if (row.type == "integer") {
    std::string over = high;  // no bound ends in 9
    ++over.back();
    return std::pair(high, over);
  }
  return std::pair(high, high + ".001");
}

}  // namespace

TEST_CASE("SCHEMA.md: names exactly the fields that are written", "[report]") {
  for (const Message& message : messages()) {
    std::vector<std::string> documented;
    for (const Row& row : schema_rows(message.heading)) documented.push_back(row.path);
    CHECK(documented == wire_paths(message.document));
  }
}

TEST_CASE("SCHEMA.md: no field takes a value of another type", "[report]") {
  for (const Message& message : messages()) {
    for (const Row& row : schema_rows(message.heading)) {
      for (const std::string& wrong : wrong_values(row)) {
        CAPTURE(row.path, row.type, wrong);
        const std::string text = with_field(message.document, row.path, wrong);
        const std::string complaint = message.outcome(text);
        // What is no JSON number of any size is the parser's to refuse.
        if (!complaint.starts_with("report: JSON: ") && !complaint.starts_with("reply: JSON: ")) {
          CHECK_THAT(complaint, StartsWith(prefix_of(message, row) + ": "));
        }
      }
    }
  }
}

TEST_CASE("SCHEMA.md: required fields must be there, others need not", "[report]") {
  const std::string absent = GENERATE("", "null");
  for (const Message& message : messages()) {
    for (const Row& row : schema_rows(message.heading)) {
      CAPTURE(row.path, absent);
      const std::string text = with_field(message.document, row.path, absent);
      CHECK(message.outcome(text) ==
            (row.required ? prefix_of(message, row) + ": missing" : "accepted"));
    }
  }
}

TEST_CASE("SCHEMA.md: the largest value is accepted, one more is not", "[report]") {
  std::size_t tried = 0;
  for (const Message& message : messages()) {
    for (const Row& row : schema_rows(message.heading)) {
      const auto limits = bounds(message, row);
      if (!limits) continue;
      ++tried;
      CAPTURE(row.path, row.range);
      const auto& [largest, over] = *limits;
      CHECK(message.outcome(with_field(message.document, row.path, largest)) == "accepted");
      CHECK_THAT(message.outcome(with_field(message.document, row.path, over)),
                 StartsWith(prefix_of(message, row) + ": "));
    }
  }
  CHECK(tried > 100);
}

TEST_CASE("SCHEMA.md: elements of plain lists have the bound of their row", "[report]") {
  const Message message = messages().front();
  const auto with = [&](std::string_view path, const std::string& text) {
    return message.outcome(with_field(message.document, path, "[" + text + "]"));
  };
  const std::string long_text = '"' + std::string(257, 'x') + '"';
  CHECK(with("degraded", '"' + std::string(256, 'x') + '"') == "accepted");
  CHECK(with("degraded", long_text) == "report: degraded[0]: longer than 256 bytes");
  CHECK(with("containers[].evidence", "\"a\"," + long_text) ==
        "report: containers[0].evidence[1]: longer than 256 bytes");
  CHECK(with("containers[].listening_ports", "80,65536") ==
        "report: containers[0].listening_ports[1]: out of range");
}

TEST_CASE("SCHEMA.md: a key twice or an unclean string refuses any object", "[report]") {
  const std::string unclean =
      GENERATE(R"("a\u0000b")", R"("a\nb")", R"("\u001b[31m")", R"("\u202egnp")");
  for (const Message& message : messages()) {
    for (const Row& row : schema_rows(message.heading)) {
      if (row.type == "object") {
        const std::string object = text_of(*field_at(message.document, row.path));
        const std::string twice = R"({"x":1,"x":2,)" + object.substr(1);
        CAPTURE(row.path);
        CHECK_THAT(message.outcome(with_field(message.document, row.path, twice)),
                   Catch::Matchers::ContainsSubstring("the key 'x' twice"));
      }
      if (row.type == "string") {
        CAPTURE(row.path, unclean);
        CHECK(message.outcome(with_field(message.document, row.path, unclean)) ==
              prefix_of(message, row) + ": a control character in the string");
      }
    }
  }
}

}  // namespace kernwise::report
