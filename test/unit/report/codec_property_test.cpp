// SPDX-License-Identifier: Apache-2.0
#include <rapidcheck.h>

#include <catch2/catch_all.hpp>
#include <cmath>

#include "common/base/utf8.hpp"
#include "common/report/codec.hpp"
#include "common/report/fields.hpp"
#include "test/support/show_result.hpp"
#include "test/unit/report/sample.hpp"

namespace kernwise::report {
namespace {

/// Fills any value through the description that the codec uses, within the bounds of the wire, so
/// that a new field is part of this test from its first day.
class Filler {
 public:
  void required_text(std::string_view, std::string& text, std::size_t max) {
    text = clean(max);
    if (text.empty()) text = "x";
  }
  void text(std::string_view, std::string& text, std::size_t max) { text = clean(max); }
  void texts(std::string_view, std::vector<std::string>& texts, std::size_t max) {
    texts.resize(some(max));
    for (std::string& one : texts) one = clean(kTextBytes);
  }
  void required_real(std::string_view, double& value, double high) { value = real_up_to(high); }
  void real(std::string_view, double& value, double high) { value = real_up_to(high); }
  void real(std::string_view, std::optional<double>& value, double high) {
    if (coin()) value = real_up_to(high);
  }
  template <class Count>
  void required_count(std::string_view, Count& count, std::uint64_t low, std::uint64_t high) {
    count = static_cast<Count>(count_up_to(low, high));
  }
  template <class Count>
  void count(std::string_view, Count& count, std::uint64_t high) {
    count = static_cast<Count>(count_up_to(0, high));
  }
  void count(std::string_view, std::optional<std::uint64_t>& count, std::uint64_t high) {
    if (coin()) count = count_up_to(0, high);
  }
  void counts(std::string_view, std::vector<std::uint16_t>& counts, std::size_t max) {
    counts.resize(some(max));
    for (std::uint16_t& one : counts) one = static_cast<std::uint16_t>(count_up_to(0, 65535));
  }
  void flag(std::string_view, bool& flag) { flag = coin(); }
  void verdict(std::string_view, Verdict& verdict) {
    verdict = static_cast<Verdict>(*rc::gen::inRange<std::size_t>(0, kVerdictCount));
  }
  void direction(std::string_view, Direction& direction) {
    direction = coin() ? Direction::inbound : Direction::outbound;
  }
  void shares(std::string_view, WaitShares& shares, double high) {
    for (std::size_t at = 0; at < kShareCount; ++at) {
      shares[static_cast<Share>(at)] = real_up_to(high);
    }
  }
  template <class T>
  void required_object(std::string_view, T& object) {
    fields(*this, object);
  }
  template <class T>
  void object(std::string_view, T& object) {
    fields(*this, object);
  }
  template <class T>
  void object(std::string_view, std::optional<T>& object) {
    if (coin()) fields(*this, object.emplace());
  }
  template <class T>
  void required_list(std::string_view name, std::vector<T>& list, std::size_t max) {
    this->list(name, list, max);
  }
  template <class T>
  void list(std::string_view, std::vector<T>& list, std::size_t max) {
    list.resize(some(max));
    for (T& one : list) fields(*this, one);
  }

 private:
  static bool coin() { return *rc::gen::arbitrary<bool>(); }
  static std::size_t some(std::size_t max) {
    return *rc::gen::inRange<std::size_t>(0, std::min<std::size_t>(max, 2) + 1);
  }
  static std::string clean(std::size_t max) {
    return printable(*rc::gen::arbitrary<std::string>(), max);
  }
  /// At most six significant digits: what the wire keeps exactly.
  static double real_up_to(double high) {
    const int digits = *rc::gen::inRange(0, 1'000'000);
    const int exponent = *rc::gen::inRange(-8, 8);
    const double value = std::stod(std::to_string(digits) + "e" + std::to_string(exponent));
    return std::min(value, high);
  }
  static std::uint64_t count_up_to(std::uint64_t low, std::uint64_t high) {
    const auto any = *rc::gen::arbitrary<std::uint64_t>();
    const std::uint64_t span = high - low;
    return span == kMaxCount ? any : low + any % (span + 1);
  }
};

template <class Message>
Message filled() {
  Message message;
  Filler filler;
  fields(filler, message);
  return message;
}

}  // namespace

TEST_CASE("codec: any report within the bounds survives the wire", "[report]") {
  REQUIRE(rc::check("decode(encode(r)) == r", [] {
    const auto report = filled<Report>();
    const Result<Report> decoded = decode_report(encode(report));
    RC_ASSERT(decoded.has_value());
    const bool same = *decoded == report;
    RC_ASSERT(same);
  }));
}

TEST_CASE("codec: any reply within the bounds survives the wire", "[report]") {
  REQUIRE(rc::check("decode(encode(r)) == r", [] {
    const auto reply = filled<Reply>();
    const Result<Reply> decoded = decode_reply(encode(reply));
    RC_ASSERT(decoded.has_value());
    const bool same = *decoded == reply;
    RC_ASSERT(same);
  }));
}

TEST_CASE("codec: any numbers and bytes become a report that is accepted", "[report]") {
  REQUIRE(rc::check("the encoder keeps within the bounds",
                    [](double number, std::uint64_t count, const std::string& text) {
                      Report report = full_report();
                      report.node = report.boot_id = report.degraded[0] = text;
                      report.window_ms = static_cast<std::uint32_t>(count);
                      report.totals.cores = report.totals.disks[0].busy = number;
                      report.totals.disks[0].device = text;
                      Container& container = report.containers[0];
                      container.shares[Share::disk] = number;
                      container.confidence = number;
                      container.threads = static_cast<std::uint32_t>(count);
                      container.name.limit = number;
                      container.name.pod = container.top_functions[0].name = text;
                      container.peers[0].address = text;
                      RC_ASSERT(decode_report(encode(report)).has_value());
                    }));
}

TEST_CASE("codec: numbers keep six significant digits of any value", "[report]") {
  REQUIRE(rc::check("relative error", [](double number) {
    Report report = full_report();
    report.totals.runqueue = number;
    const double got = decode_report(encode(report))->totals.runqueue;
    const double bounded = number >= 1e-9 ? std::min(number, kMaxThreads) : 0;
    RC_ASSERT(std::abs(got - bounded) <= 5e-6 * bounded);
  }));
}

TEST_CASE("codec: a report with any one byte changed is read or refused, never a crash",
          "[report]") {
  const std::string text = encode(full_report());
  REQUIRE(rc::check("total function", [&](char byte) {
    std::string changed = text;
    changed[*rc::gen::inRange<std::size_t>(0, text.size())] = byte;
    const Result<Report> decoded = decode_report(changed);
    const bool told = decoded.has_value() || !decoded.error().message().empty();
    RC_ASSERT(told);
    RC_ASSERT(!decode_report(
                   std::string_view(text).substr(0, *rc::gen::inRange<std::size_t>(0, text.size())))
                   .has_value());
  }));
}

}  // namespace kernwise::report
