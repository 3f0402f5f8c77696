// SPDX-License-Identifier: Apache-2.0
#include <rapidcheck.h>
#include <zstd.h>

#include <catch2/catch_all.hpp>

#include "common/report/codec.hpp"
#include "test/support/show_result.hpp"
#include "test/unit/report/sample.hpp"

namespace kernwise::report {
namespace {

using Catch::Matchers::ContainsSubstring;

/// A frame as a sender without manners makes it.
std::string packed(std::string_view text, int level) {
  std::string frame(ZSTD_compressBound(text.size()), '\0');
  frame.resize(ZSTD_compress(frame.data(), frame.size(), text.data(), text.size(), level));
  return frame;
}

std::string refusal(std::string_view frame, std::size_t max_bytes = kMaxReportBytes) {
  const Result<std::string> text = decompress(frame, max_bytes);
  return text ? "accepted" : text.error().message();
}

}  // namespace

TEST_CASE("compress: a report comes back, in less than half its bytes", "[report]") {
  Report report = full_report();
  report.containers.resize(50, report.containers[0]);
  const std::string text = encode(report);
  const std::string frame = compress(text);
  CHECK(frame.size() * 2 < text.size());
  const Result<std::string> back = decompress(frame);
  REQUIRE(back);
  CHECK(*back == text);
}

TEST_CASE("compress: what it makes is always accepted, however well it packs", "[report]") {
  const std::size_t bytes = GENERATE(0U, 1U, 100U, 5'000U, 200'000U, 1'048'576U);
  const std::string text(bytes, 'a');
  const std::string frame = compress(text);
  CAPTURE(bytes, frame.size());
  CHECK(decompress(frame).value() == text);
  CHECK(frame.size() * 20 >= bytes);
  CHECK(frame.size() <= bytes / 20 + 32);
  // Another decoder reads the padding too.
  std::string plain(bytes, '\0');
  CHECK(ZSTD_decompress(plain.data(), plain.size(), frame.data(), frame.size()) == bytes);
}

TEST_CASE("compress: any text comes back", "[report]") {
  REQUIRE(rc::check("round trip", [](const std::string& text) {
    const Result<std::string> back = decompress(compress(text));
    RC_ASSERT(back.has_value());
    RC_ASSERT(*back == text);
  }));
}

TEST_CASE("decompress: bombs are refused before they are unpacked", "[report]") {
  const std::string zeros = packed(std::string(4UL * 1024 * 1024, '\0'), 19);
  REQUIRE(zeros.size() < 4096);
  CHECK_THAT(refusal(zeros), ContainsSubstring("zstd: Frame requires too much memory"));
  CHECK_THAT(refusal(packed(std::string(100'000, 'a'), 1)), ContainsSubstring("zstd: more than"));
  std::string many;
  const std::string frame = packed(std::string(30'000, 'a'), 1);
  for (int at = 0; at < 1000; ++at) many += frame;
  CHECK_THAT(refusal(many), ContainsSubstring("zstd: more than"));
}

TEST_CASE("decompress: the size bound holds to the byte", "[report]") {
  std::string text;
  for (int at = 0; at < 1000; ++at) text += std::to_string(at * at);
  CHECK(refusal(compress(text), text.size()) == "accepted");
  CHECK_THAT(refusal(compress(text), text.size() - 1), ContainsSubstring("zstd: more than"));
}

TEST_CASE("decompress: a frame that wants a huge window is refused", "[report]") {
  // RFC 8878, 3.1.1.1: no single segment, no content size, window descriptor 2^(10 + 21) = 2 GiB.
  const std::string frame("\x28\xB5\x2F\xFD\x00\xA8\x01\x00\x00", 9);
  CHECK_THAT(refusal(frame), ContainsSubstring("zstd: "));
}

TEST_CASE("decompress: broken frames are refused with a reason", "[report]") {
  const std::string frame = compress(encode(full_report()));
  CHECK(refusal("") == "zstd: empty");
  CHECK_THAT(refusal("{\"version\":1}"), ContainsSubstring("zstd: Unknown frame"));
  CHECK_THAT(refusal(frame.substr(0, frame.size() - 1)), ContainsSubstring("zstd: the text ends"));
  CHECK_THAT(refusal(frame + "x"), ContainsSubstring("zstd: "));
  REQUIRE(rc::check("any byte changed", [&](char byte) {
    std::string changed = frame;
    changed[*rc::gen::inRange<std::size_t>(0, frame.size())] = byte;
    const Result<std::string> text = decompress(changed);
    const bool bounded = !text || text->size() <= kMaxReportBytes;
    RC_ASSERT(bounded);
  }));
}

}  // namespace kernwise::report
