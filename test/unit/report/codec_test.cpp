// SPDX-License-Identifier: Apache-2.0
#include "common/report/codec.hpp"

#include <catch2/catch_all.hpp>
#include <cmath>
#include <limits>

#include "common/base/json.hpp"
#include "test/support/show_result.hpp"
#include "test/unit/report/sample.hpp"

namespace kernwise::report {
namespace {

using Catch::Matchers::ContainsSubstring;

std::string refusal(std::string_view text) {
  const Result<Report> report = decode_report(text);
  return report ? "accepted" : report.error().message();
}

/// The smallest report that is complete.
Report small_report() {
  Report report;
  report.node = "n1";
  report.boot_id = "b";
  report.window_ms = 5000;
  report.totals.cores = 2;
  return report;
}

}  // namespace

TEST_CASE("codec: a report with every field survives the wire", "[report]") {
  const Report report = full_report();
  const Result<Report> decoded = decode_report(encode(report));
  REQUIRE(decoded);
  CHECK(*decoded == report);
}

TEST_CASE("codec: a reply with every field survives the wire", "[report]") {
  const Reply reply = full_reply();
  const Result<Reply> decoded = decode_reply(encode(reply));
  REQUIRE(decoded);
  CHECK(*decoded == reply);
}

TEST_CASE("codec: a small report is exactly these bytes", "[report]") {
  CHECK(encode(small_report()) ==
        R"({"version":1,"node":"n1","boot_id":"b","seq":0,"window_ms":5000,"totals":{"cores":2},)"
        R"("containers":[]})");
  CHECK(encode(Reply{}) == "{}");
}

TEST_CASE("codec: known zero and unknown stay different", "[report]") {
  Report report = small_report();
  report.containers.resize(2);
  report.containers[0].cpu.throttled_us = 0;
  report.containers[0].times = PodTimes{};
  report.containers[0].pressure.cpu = Pressure{};
  report.containers[0].memory_working_set_bytes = 0;
  report.containers[0].name.limit = 0.0;
  const Result<Report> decoded = decode_report(encode(report));
  REQUIRE(decoded);
  CHECK(*decoded == report);
  CHECK(decoded->containers[0].times.has_value());
  CHECK_FALSE(decoded->containers[1].times.has_value());
}

TEST_CASE("codec: members of a later version are skipped", "[report]") {
  const Result<Report> decoded = decode_report(
      R"({"later":{"a":[1,2,{"b":null}]},"version":1,"node":"n1","boot_id":"b","seq":7,)"
      R"("window_ms":5000,"totals":{"cores":2,"gpus":8},"containers":[)"
      R"({"cgroup_id":5,"shares":{"on_cpu":0.5,"gpu":0.25},"verdict":"gpu_bound"}]})");
  REQUIRE(decoded);
  CHECK(decoded->seq == 7);
  CHECK(decoded->containers[0].shares[Share::on_cpu] == 0.5);
  CHECK(decoded->containers[0].verdict == Verdict::unknown);
}

TEST_CASE("codec: members may come in any order", "[report]") {
  const Result<Report> decoded =
      decode_report(R"({"containers":[],"totals":{"busy":1,"cores":2},"window_ms":1,"seq":7,)"
                    R"("boot_id":"b","node":"n1","version":1})");
  REQUIRE(decoded);
  CHECK(decoded->totals.busy == 1);
}

TEST_CASE("codec: a complaint names the field by its path", "[report]") {
  const auto [written, broken, expected] = GENERATE(table<std::string, std::string, std::string>({
      {R"("seq":42)", R"("seq":-1)", "report: seq: expected an integer of 0 or more"},
      {R"("seq":42)", R"("seq":1e3)", "report: seq: expected an integer"},
      {R"("seq":42)", R"("seq":"42")", "report: seq: expected an integer"},
      {R"("seq":42)", R"("seq":18446744073709551616)", "report: seq: out of range"},
      {R"("version":1)", R"("version":2)", "report: version: out of range"},
      {R"("version":1)", R"("version":0)", "report: version: out of range"},
      {R"("window_ms":5000)", R"("window_ms":0)", "report: window_ms: out of range"},
      {R"("node":"n1")", R"("node":"a\nb")", "report: node: a control character"},
      {R"("node":"n1")", R"("node":"a\u0000b")", "report: node: a control character"},
      {R"("cores":4)", R"("cores":-4)", "report: totals.cores: out of range"},
      {R"("cores":4)", R"("cores":"4")", "report: totals.cores: expected a number"},
      {R"("device":"254:0","busy":0.5)", R"("device":"254:0","busy":1.5)",
       "report: totals.disks[0].busy: out of range"},
      {R"("disk":0.5)", R"("disk":[])", "report: containers[0].shares.disk: expected a number"},
      {R"("disk":0.5)", R"("disk":1e8)", "report: containers[0].shares.disk: out of range"},
      {R"("port":8080)", R"("port":65536)", "report: containers[0].peers[0].port: out of range"},
      {R"("direction":"inbound")", R"("direction":"up")",
       "report: containers[0].peers[0].direction: expected inbound or outbound"},
      {R"([80,443])", R"([80,"x"])", "report: containers[0].listening_ports[1]: expected an int"},
      {R"("has_inbound":true)", R"("has_inbound":1)",
       "report: containers[0].times.has_inbound: expected true or false"},
      {R"("confidence":0.75)", R"("confidence":1.01)",
       "report: containers[0].confidence: out of range"},
      {R"("evidence":["on_cpu)", R"("evidence":[5,"on_cpu)",
       "report: containers[0].evidence[0]: expected a string"},
  }));
  std::string text = encode(full_report());
  const std::size_t at = text.find(written);
  CAPTURE(text, written, broken);
  REQUIRE(at != std::string::npos);
  CHECK_THAT(refusal(text.replace(at, written.size(), broken)), ContainsSubstring(expected));
}

TEST_CASE("codec: each list has its bound, and one over it is refused", "[report]") {
  const auto [place, elements, element, expected] =
      GENERATE(table<std::string, std::size_t, std::string, std::string>({
          {"hooks", 65, R"({"hook":"h"})", "hooks: more than 64 elements"},
          {"degraded", 65, R"("d")", "degraded: more than 64 elements"},
          {"names_wanted", 513, "{}", "names_wanted: more than 512 elements"},
          {"containers", 513, R"({"cgroup_id":1})", "containers: more than 512 elements"},
      }));
  CAPTURE(place);
  std::string list = element;
  for (std::size_t at = 1; at < elements; ++at) list += "," + element;
  const std::string rest = place == "containers" ? "" : R"(,"containers":[])";
  CHECK_THAT(refusal(R"({"version":1,"node":"n1","boot_id":"b","seq":0,"window_ms":5000,)"
                     R"("totals":{"cores":2},")" +
                     place + "\":[" + list + "]" + rest + "}"),
             ContainsSubstring(expected));
}

TEST_CASE("codec: strings have bounds, and one byte over is refused", "[report]") {
  Report report = small_report();
  report.node = std::string(253, 'n');
  CHECK(refusal(encode(report)) == "accepted");
  std::string text = encode(small_report());
  const std::string written = R"("node":"n1")";
  text.replace(text.find(written), written.size(), R"("node":")" + std::string(254, 'n') + '"');
  CHECK_THAT(refusal(text), ContainsSubstring("node: longer than 253 bytes"));
}

TEST_CASE("codec: the encoder keeps within the decoder's bounds", "[report]") {
  Report report = full_report();
  report.totals.busy = std::numeric_limits<double>::quiet_NaN();
  report.totals.runqueue = std::numeric_limits<double>::infinity();
  report.totals.contention = -5;
  report.node = std::string(1000, 'n');
  report.window_ms = 0;
  report.containers[0].path = "bad\xFF\n\x1B[31m";
  report.containers[0].evidence.assign(100, "\xE2\x80\xAE");
  report.containers[0].listening_ports.assign(1000, 80);
  report.containers.resize(1000, report.containers[0]);
  const Result<Report> decoded = decode_report(encode(report));
  REQUIRE(decoded);
  CHECK(decoded->totals.busy == 0);
  CHECK(decoded->totals.contention == 0);
  CHECK(decoded->totals.runqueue == 1e7);
  CHECK(decoded->window_ms == 1);
  CHECK(decoded->node.size() == 253);
  CHECK(decoded->containers.size() == kMaxContainers);
  CHECK(decoded->containers[0].path == "bad\xEF\xBF\xBD[31m");
}

TEST_CASE("codec: a report too large for the wire loses details before containers", "[report]") {
  Report report = full_report();
  Container& container = report.containers[0];
  container.top_functions.assign(64, {std::string(512, 'f'), 1});
  report.containers.resize(100, container);
  const std::string text = encode(report);
  CHECK(text.size() <= kMaxReportBytes);
  const Result<Report> decoded = decode_report(text);
  REQUIRE(decoded);
  CHECK(decoded->containers.size() == 100);
  CHECK_FALSE(decoded->containers[0].top_functions.empty());

  for (Container& huge : report.containers) huge.path = std::string(512, 'p');
  report.containers.resize(512, report.containers[0]);
  for (Container& huge : report.containers) huge.evidence.assign(8, std::string(256, 'e'));
  const Result<Report> smaller = decode_report(encode(report));
  REQUIRE(smaller);
  CHECK(smaller->containers.size() > 100);
}

TEST_CASE("codec: numbers travel with six significant digits", "[report]") {
  Report report = small_report();
  report.totals.busy = 1.23456789;
  report.totals.runqueue = 1e-12;
  CHECK_THAT(encode(report), ContainsSubstring(R"("busy":1.23457})"));
}

}  // namespace kernwise::report
