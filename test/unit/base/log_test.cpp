// SPDX-License-Identifier: Apache-2.0
#include "common/base/log.hpp"

#include <fcntl.h>
#include <rapidcheck.h>
#include <unistd.h>

#include <catch2/catch_all.hpp>

#include "common/base/fd.hpp"
#include "common/base/file.hpp"
#include "common/base/json.hpp"
#include "common/base/log_limit.hpp"
#include "common/base/utf8.hpp"
#include "test/support/show_result.hpp"
#include "test/unit/base/scratch.hpp"

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

namespace {

/// What the process writes to stderr while `act` runs.
template <class Act>
std::string written_to_stderr(const Act& act) {
  const Scratch scratch;
  const Fd file(::open(scratch.path("stderr").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  const Fd before(::dup(STDERR_FILENO));
  ::dup2(file.value(), STDERR_FILENO);
  act();
  ::dup2(before.value(), STDERR_FILENO);
  return read_file(scratch.path("stderr")).value();
}

}  // namespace

TEST_CASE("write: one line per record, with a time, from the configured level on", "[base]") {
  configure(Level::warn, Format::logfmt);
  const std::string text = written_to_stderr([] {
    debug("hidden");
    info("hidden");
    warn("Lost a node", {{"node", "n1\nn2"}});
    error("Failed");
  });
  CHECK_THAT(text, Catch::Matchers::Matches(
                       "ts=[0-9-]{10}T[0-9:.]{12}Z level=warn msg=\"Lost a node\" "
                       "node=\"n1\\\\u000an2\"\nts=[0-9TZ:.-]{24} level=error msg=Failed\n"));
}

TEST_CASE("write: JSON lines carry the time first", "[base]") {
  configure(Level::debug, Format::json);
  const std::string text = written_to_stderr([] { debug("Started", {{"pod", "a\"b"}}); });
  configure(Level::info, Format::logfmt);
  const Result<json::Value> record = json::parse(text);
  REQUIRE(record);
  CHECK(record->members().front().key == "ts");
  CHECK(record->find("msg")->text() == "Started");
  CHECK(record->find("pod")->text() == "a\"b");
  CHECK(text.ends_with("}\n"));
}

TEST_CASE("log: a message repeats twenty times a minute, then it is counted", "[base]") {
  RepeatLimit limit;
  const MonoTime start{std::chrono::seconds(1000)};
  for (std::uint64_t i = 0; i < RepeatLimit::kBurst; ++i) {
    CHECK(limit.admit("Window lost", start + std::chrono::seconds(i)) == 0U);
  }
  for (int i = 0; i < 500; ++i) {
    CHECK_FALSE(limit.admit("Window lost", start + std::chrono::seconds(59)));
  }
  CHECK(limit.admit("Degraded", start + std::chrono::seconds(59)) == 0U);  // others are not hurt
  CHECK(limit.admit("Window lost", start + std::chrono::seconds(60)) == 500U);
  CHECK(limit.admit("Window lost", start + std::chrono::seconds(60)) == 0U);
}

TEST_CASE("log: messages that are all different do not grow the limit", "[base]") {
  RepeatLimit limit;
  const MonoTime now{std::chrono::seconds(1000)};
  std::size_t admitted = 0;
  for (int i = 0; i < 10'000; ++i) {
    admitted += limit.admit("message " + std::to_string(i), now).has_value();
  }
  CHECK(admitted == RepeatLimit::kMaxMessages + RepeatLimit::kBurst);
}

}  // namespace kernwise::log
