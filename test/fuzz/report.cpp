// SPDX-License-Identifier: Apache-2.0
// What a node sends, and what it gets back; packed or not.
#include "common/report/codec.hpp"
#include "test/fuzz/fuzz.hpp"

namespace kernwise::fuzz {
namespace {

void read_text(std::string_view text) {
  if (const auto report = report::decode_report(text)) {
    const auto written = report::encode(*report);
    const auto again = report::decode_report(written);
    must(again.has_value(), "a report that was taken can be sent on");
    must(report::encode(*again) == written, "and is the same then");
  }
  if (const auto reply = report::decode_reply(text)) {
    const auto written = report::encode(*reply);
    const auto again = report::decode_reply(written);
    must(again.has_value() && report::encode(*again) == written, "so is a reply");
  }
}

}  // namespace

void read(std::string_view input) {
  read_text(input);
  if (const auto text = report::decompress(input)) {
    must(text->size() <= report::kMaxReportBytes, "what was unpacked keeps to the limit");
    read_text(*text);
  }
}

}  // namespace kernwise::fuzz
