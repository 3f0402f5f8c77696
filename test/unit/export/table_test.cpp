// SPDX-License-Identifier: Apache-2.0
#include "profiler/export/table.hpp"

#include <rapidcheck.h>

#include <catch2/catch_test_macros.hpp>
#include <sstream>
#include <string>

#include "common/base/utf8.hpp"
#include "test/unit/export/sample_report.hpp"

namespace kernwise::profiler {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::size_t characters(const std::string& line) {
  std::size_t count = 0;
  for (const char c : line) count += (static_cast<unsigned char>(c) & 0xC0) == 0x80 ? 0 : 1;
  return count;
}

TEST_CASE("table: what a terminal of 120 characters shows", "[export]") {
  auto report = test::three_services();
  report.degraded = {"sock_send_length: kernel too old"};
  CHECK(print_table(report, 120) ==
        "node n1  window 5.0 s  busy 1.50 of 4 CPUs  contention 0.00  disk wait 0.00\n"
        "POD              VERDICT         CONF   CPU  RUNQ  DISK   NET   THR  LOCK   MEM "
        "TOP             EVIDENCE\n"
        "shop/svc-cpu/app cpu_saturated   0.80  0.90  0.10  0.00  0.00  0.00  0.00  0.00 "
        "main.burnCycles on_cpu 0.90 of limit 1\n"
        "shop/svc-web/app downstream_wait 1.00  0.00  0.00  0.00  0.70  0.00  0.10  0.00 "
        "10.0.0.7:8080\n"
        "shop/svc-io/app  disk_bound      0.40  0.02  0.00  0.50  0.00  0.00  0.00  0.00 "
        "254:0 write\n"
        "degraded: sock_send_length: kernel too old\n");
}

TEST_CASE("table: no line is wider than the terminal", "[export]") {
  auto report = test::three_services();
  report.containers[0].name.pod = "caf\xc3\xa9-\xe5\x90\x8d-with-a-name-that-goes-on-and-on-and-on";
  report.containers[1].evidence = {"a reason that goes on", "and another one that goes on"};
  for (std::size_t width = 0; width < 300; ++width) {
    for (const auto& line : lines_of(print_table(report, width))) {
      CAPTURE(width, line);
      CHECK(characters(line) <= std::max<std::size_t>(width, 60));
      CHECK(is_valid_utf8(line));
    }
  }
}

TEST_CASE("table: busiest first", "[export]") {
  const auto lines = lines_of(print_table(test::three_services(), 160));
  REQUIRE(lines.size() == 5);
  CHECK(lines[2].starts_with("shop/svc-cpu/app"));
  CHECK(lines[3].starts_with("shop/svc-web/app"));
  CHECK(lines[4].starts_with("shop/svc-io/app"));
}

TEST_CASE("table: hostile names stay in their line", "[export]") {
  for (const auto& name : test::hostile_names()) {
    auto report = test::three_services();
    report.node = name;
    report.degraded = {name};
    for (auto& one : report.containers) {
      one.name.pod = one.name.pod_namespace = one.name.container = name;
      one.pod_uid = one.path = one.block.device = name;
      one.evidence = {name};
      for (auto& function : one.top_functions) function.name = name;
      for (auto& peer : one.peers) peer.address = name;
    }
    const auto text = print_table(report, 100);
    CHECK(lines_of(text).size() == 6);
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(is_valid_utf8(text));
  }
}

TEST_CASE("table: any numbers are shown", "[export]") {
  REQUIRE(rc::check("numbers", [](double a, double b, double c) {
    report::Report report;
    report.totals.busy = a;
    report.totals.cores = b;
    auto one = test::container("p", test::shares({{Share::on_cpu, a}, {Share::network, b}}));
    one.confidence = c;
    report.containers = {one};
    RC_ASSERT(lines_of(print_table(report, 120)).size() == 3U);
  }));
}

}  // namespace
}  // namespace kernwise::profiler
