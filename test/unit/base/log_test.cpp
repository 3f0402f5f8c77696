// SPDX-License-Identifier: Apache-2.0
#include "common/base/log.hpp"

#include <rapidcheck.h>

#include <catch2/catch_all.hpp>

#include "common/base/json.hpp"
#include "common/base/utf8.hpp"
#include "test/support/show_result.hpp"

namespace kernwise::log {

TEST_CASE("format_record: logfmt quotes what is not one plain word", "[base]") {
  const auto [value, expected] = GENERATE(table<std::string, std::string>({
      {"shop/cart", "shop/cart"},
      {"", R"("")"},
      {"two words", R"("two words")"},
      {"a=b", R"("a=b")"},
      {"x\nlevel=error msg=forged", R"("x\u000alevel=error msg=forged")"},
      {"\x1B[31m", R"("\u001b[31m")"},
      {R"(quote" back\)", R"("quote\" back\\")"},
      {"caf\xC3\xA9", "\"caf\xC3\xA9\""},
      {"bad\xFF", "\"bad\xEF\xBF\xBD\""},
  }));
  CHECK(format_record(Format::logfmt, Level::info, "scaled", {{"target", value}}) ==
        "level=info msg=scaled target=" + expected);
}

TEST_CASE("format_record: a record is one JSON object on one line", "[base]") {
  CHECK(format_record(Format::json, Level::warn, "A \"b\"", {{"pod", "x\ny"}}) ==
        R"({"level":"warn","msg":"A \"b\"","pod":"x\u000ay"})");
}

TEST_CASE("format_record: keys stay words", "[base]") {
  CHECK(format_record(Format::logfmt, Level::error, "m", {{"a b=\n", "1"}}) ==
        "level=error msg=m a_b__=1");
  CHECK(format_record(Format::json, Level::debug, "m", {{"a\"b", "1"}}) ==
        R"({"level":"debug","msg":"m","a_b":"1"})");
}

TEST_CASE("format_record: long values are cut between characters", "[base]") {
  std::string accents;
  for (int at = 0; at < 5000; ++at) accents += "\xC3\xA9";
  const std::string line = format_record(Format::logfmt, Level::info, accents, {});
  CHECK(line.size() == std::string("level=info msg=\"...\"").size() + 4096);
  CHECK(is_valid_utf8(line));
}

TEST_CASE("format_record: any text is one record in both formats", "[base]") {
  REQUIRE(rc::check("one line", [](const std::string& message, const std::string& value) {
    const std::string line = format_record(Format::logfmt, Level::info, message, {{"pod", value}});
    RC_ASSERT(is_printable(line));
    const std::string record = format_record(Format::json, Level::info, message, {{"pod", value}});
    RC_ASSERT(is_printable(record));
    const Result<json::Value> parsed = json::parse(record);
    RC_ASSERT(parsed.has_value());
    RC_ASSERT(parsed->members().size() == 3U);
  }));
}

}  // namespace kernwise::log
